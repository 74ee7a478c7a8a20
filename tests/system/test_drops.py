"""What is not delivered is counted, by why and by its kind."""

from viewer import enter
from waiting import wait_until


def drops(gateway, **labels):
    return gateway.metric("livegate_drops_total", **labels)


def test_what_a_client_says_in_vain_is_counted_by_reason_and_kind(bare_site):
    gateway = bare_site.start_gateway()
    ann = enter(gateway, "r1", "u1", "Ann")

    ann.send({"msg_type": "message", "content": {}})
    ann.send({"msg_type": "like", "count": 0})
    ann.send({"msg_type": "nothing"})
    ann.send({"key": "value"})
    ann.send({"msg_type": "message", "room_id": "r2", "content": "elsewhere"})
    ann.send({"msg_type": "ping"})
    ann.skip_to(msg_type="pong")

    assert drops(gateway, reason="malformed", kind="message") == 1
    assert drops(gateway, reason="malformed", kind="like") == 1
    assert drops(gateway, reason="malformed", kind="unknown") == 1
    assert drops(gateway, reason="unknown", kind="unknown") == 1
    assert drops(gateway, reason="not_joined", kind="message") == 1
    assert drops(gateway) == 5


def test_what_a_v1_client_is_refused_is_too(bare_site, protocol):
    gateway = bare_site.start_gateway()
    ann = gateway.v1(protocol)

    assert ann.ask("message", room_id="r1", content="x")["code"] == "not_joined"
    assert ann.ask("buy", room_id="r1", id="not an id")["code"] == "malformed"
    assert ann.ask("nothing", room_id="r1")["code"] == "unknown"

    assert drops(gateway, reason="not_joined", kind="message") == 1
    assert drops(gateway, reason="malformed", kind="buy") == 1
    assert drops(gateway, kind="unknown") == 1
    assert drops(gateway) == 3


def test_what_redis_does_not_take_is_counted_by_kind(bare_site, protocol):
    bare_site.start_redis()
    gateway = bare_site.start_gateway().wait_ready()
    old, new = enter(gateway, "r1", "u1", "Ann"), gateway.v1(protocol)
    new.enter("r1", "u2")

    bare_site.redis.kill()

    def dropped():
        old.send({"msg_type": "message", "content": "x"})
        return drops(gateway, reason="broker_down", kind="message")

    wait_until(dropped, "a message to be dropped")
    assert new.ask("buy", goods_name="Lipstick")["retry"]
    assert drops(gateway, reason="broker_down", kind="buy") == 1
