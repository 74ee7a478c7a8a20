"""Two gateways on one Redis: what backends publish reaches viewers on both, and what breaks heals."""

import json
import time

import pytest

from viewer import enter
from waiting import wait_until

MESSAGES = [
    {"msg_type": "join", "from_uid": "b1", "from_name": "Shop"},
    {"msg_type": "leave", "from_uid": "b1", "from_name": "Shop"},
    {"msg_type": "message", "from_name": "Shop", "content": "welcome"},
    {"msg_type": "like", "count": 3},
    {"msg_type": "subscribe", "from_uid": "b2", "from_name": "Fan"},
    {"msg_type": "buy", "from_name": "Fan", "goods_name": "Tea"},
    {"msg_type": "on_off_shelf", "goods_id": "g1", "goods_name": "Tea", "status": "on"},
    {"msg_type": "x_lottery", "prize": {"name": "Tea", "left": []}},
]


def by_fcall(site, room, message):
    site.redis.fcall(room, message)


def by_plain_publish(site, room, message):
    site.redis.publish(room, message)


def by_http(site, room, message):
    status, body = site.there.post(room, message)
    assert status == 200, body


@pytest.mark.parametrize("publish", [by_fcall, by_plain_publish, by_http])
def test_every_kind_reaches_viewers_on_both_gateways(pair, publish):
    viewers = [enter(pair.here, "r1", "u1", "Ann"), enter(pair.there, "r1", "u2", "Bob")]
    viewers[0].skip_to(msg_type="join", from_uid="u2")

    for message in MESSAGES:
        publish(pair, "r1", message)
        for viewer in viewers:
            seen = viewer.expect(msg_type=message["msg_type"])
            for name in set(message) - {"count"}:
                assert seen[name] == message[name]


@pytest.mark.parametrize("publish", [by_fcall, by_plain_publish, by_http])
def test_banners_and_counters_are_added_for_old_clients(pair, publish):
    viewer = enter(pair.here, "r1", "u1", "Ann")
    expected = {
        "join": {"msg_content": "Shop 进入直播间", "online_num": 1},
        "leave": {"msg_content": "Shop 离开直播间", "online_num": 1},
        "like": {"like_num": 3, "delta": 3},
        "subscribe": {"msg_content": "Fan 关注了直播间", "subscribe_num": 1},
        "buy": {"msg_content": "Fan 购买了 Tea"},
    }
    if publish is by_plain_publish:  # shown, but nothing is counted
        expected["subscribe"]["subscribe_num"] = 0
        expected["like"]["like_num"] = 0

    for message in MESSAGES:
        publish(pair, "r1", message)
        viewer.expect(msg_type=message["msg_type"], **expected.get(message["msg_type"], {}))


def test_how_old_messages_are_when_viewers_get_them_is_measured_by_class(pair):
    bob = enter(pair.there, "r1", "u2", "Bob")

    by_fcall(pair, "r1", {"msg_type": "buy", "goods_name": "Tea"})
    bob.skip_to(msg_type="buy")

    def counted(bound):
        return pair.there.metric("livegate_delivery_seconds_bucket", **{"class": "protected",
                                                                        "le": bound})

    wait_until(lambda: counted("+Inf") == 1, "it to be counted")
    assert counted("5") == 1
    assert pair.here.metric("livegate_delivery_seconds_count", **{"class": "protected"}) == 0


def test_a_backends_own_banner_is_left_alone(pair):
    viewer = enter(pair.here, "r1", "u1", "Ann")

    pair.redis.fcall("r1", {"msg_type": "buy", "msg_content": "sold out!"})

    assert viewer.expect(msg_type="buy")["msg_content"] == "sold out!"


def test_a_publishers_position_and_client_id_are_not_relayed(pair):
    viewer = enter(pair.here, "r1", "u1", "Ann")

    pair.redis.fcall("r1", {"msg_type": "message", "content": "x", "seq": 9, "term": 1,
                            "client_id": "c", "ts": 5, "id": "order-1"})

    seen = viewer.expect(msg_type="message")
    assert not {"seq", "term", "client_id", "ts"} & set(seen)
    assert seen["id"] == "order-1"


def test_the_same_id_is_delivered_once(pair):
    viewer = enter(pair.there, "r1", "u1", "Ann")

    first = pair.redis.fcall("r1", {"msg_type": "buy", "id": "o1"})
    again = pair.redis.fcall("r1", {"msg_type": "buy", "id": "o1"})
    status, body = pair.here.post("r1", {"msg_type": "buy", "id": "o1"})
    pair.redis.fcall("r1", {"msg_type": "message", "content": "fence"})

    assert first == again
    assert status == 200
    assert [body["id"], body["term"], body["seq"]] == first
    viewer.expect(msg_type="buy")
    viewer.expect(msg_type="message", content="fence")


def test_a_late_joiner_on_another_gateway_sees_history_and_shelf(pair):
    ann = enter(pair.here, "r1", "u1", "Ann")
    for i in range(5):
        pair.redis.fcall("r1", {"msg_type": "message", "from_name": "Shop", "content": f"m{i}"})
    for name in ("g1", "g2", "g3"):
        pair.redis.fcall("r1", {"msg_type": "on_off_shelf", "goods_id": name, "status": "on",
                                "goods_price": "99.00"})
    pair.redis.fcall("r1", {"msg_type": "on_off_shelf", "goods_id": "g2", "status": "off"})
    pair.redis.fcall("r1", {"msg_type": "like", "count": 7})
    pair.redis.fcall("r1", {"msg_type": "subscribe"})

    late = enter(pair.there, "r1", "u2", "Bob")

    assert [item["content"] for item in late.answer["message_list"]] == [f"m{i}" for i in range(5)]
    assert (late.answer["like_num"], late.answer["subscribe_num"]) == (7, 1)
    assert [late.expect(msg_type="on_off_shelf")["goods_id"] for _ in range(2)] == ["g1", "g3"]
    ann.close()


def test_a_message_published_as_msgpack_arrives_as_json(pair):
    viewer = enter(pair.here, "r1", "u1", "Ann")
    packed = (b"\x82\xa8msg_type\xa7message\xa7content\xa2hi")

    status, body = pair.there.http("POST", "/v1/rooms/r1/messages", packed,
                                   {"Content-Type": "application/msgpack"})

    assert status == 200, body
    viewer.expect(msg_type="message", content="hi")


def test_a_bad_message_names_its_field_and_changes_nothing(pair):
    viewer = enter(pair.here, "r1", "u1", "Ann")

    status, body = pair.here.post("r1", {"msg_type": "message", "content": 42})
    assert status == 400
    assert body["code"] == "malformed"
    assert "content" in body["message"]
    answer = pair.redis.cli("FCALL", "livegate_publish", "1", "live:{r1}",
                            '{"msg_type":"message","content":42}', check=False)
    assert "content" in answer
    pair.redis.fcall("r1", {"msg_type": "message", "content": "fence"})

    viewer.expect(msg_type="message", content="fence")
    assert pair.here.room("r1")["seq"] == 1


def test_a_redis_restart_is_healed_while_sockets_stay_open(pair):
    ann = enter(pair.here, "r1", "u1", "Ann")
    bob = enter(pair.there, "r1", "u2", "Bob")
    ann.skip_to(msg_type="join", from_uid="u2")

    pair.redis.kill()
    for gateway in pair.gateways:
        wait_until(lambda: not gateway.ready(), "readyz to turn red")
        status, body = gateway.http("GET", "/readyz")
        assert status == 503
        assert body["reasons"]
    started = time.monotonic()
    status, body = pair.here.post("r1", {"msg_type": "buy"})
    assert status == 503
    assert body["code"] == "unavailable"
    assert time.monotonic() - started < 2, "at once, not after a deadline"
    ann.send({"msg_type": "ping"})
    ann.expect(msg_type="pong")

    pair.redis.start()
    for gateway in pair.gateways:
        gateway.wait_ready()
    bob.send({"msg_type": "message", "content": "still here"})

    for viewer in (ann, bob):
        viewer.skip_to(msg_type="message", content="still here")
    status, _ = pair.there.post("r1", {"msg_type": "buy"})
    assert status == 200
    ann.skip_to(msg_type="buy")


def test_redis_may_be_absent_when_the_gateway_starts(bare_site):
    redis = bare_site.start_redis()
    redis.kill()

    gateway = bare_site.start_gateway()
    wait_until(lambda: "refused" in str(gateway.http("GET", "/readyz")[1]), "the reason to be told")
    assert gateway.http("GET", "/readyz")[0] == 503
    assert gateway.http("GET", "/livez")[0] == 200
    viewer = gateway.client()
    viewer.expect(msg_type="init")
    viewer.send({"msg_type": "join", "room_id": "r1", "from_uid": "u1"})

    redis.start()
    gateway.wait_ready()

    viewer.expect(msg_type="join", online_num=1)


def test_functions_flushed_from_redis_are_loaded_again(pair):
    viewer = enter(pair.here, "r1", "u1", "Ann")

    pair.redis.cli("FUNCTION", "FLUSH")
    wait_until(lambda: pair.there.post("r1", {"msg_type": "buy"})[0] == 200, "publishing to work")

    viewer.expect(msg_type="buy")


def test_counts_are_right_again_after_a_gateway_was_killed(pair):
    viewers = [enter(pair.here, "r1", "u1", "Ann")]
    viewers += [enter(pair.there, "r1", f"v{i}", "Bob") for i in range(3)]
    assert pair.here.room("r1")["online_num"] == 4

    pair.there.kill()
    killed = time.monotonic()
    wait_until(lambda: pair.here.room("r1")["online_num"] == 1, "the dead gateway's viewers to go")

    assert time.monotonic() - killed < 5
    assert enter(pair.here, "r1", "u9", "Cyd").answer["online_num"] == 2


def test_many_rooms_at_once_do_not_mix(pair):
    viewers = [enter((pair.here, pair.there)[i % 2], f"r{i}", "u1", "Ann") for i in range(50)]

    for i in range(50):
        pair.redis.fcall(f"r{i}", {"msg_type": "message", "content": f"for {i}"})

    for i, viewer in enumerate(viewers):
        viewer.expect(msg_type="message", content=f"for {i}")


def test_redis_is_left_alone_when_the_last_viewer_has_gone(pair):
    viewer = enter(pair.here, "r1", "u1", "Ann")
    assert pair.redis.cli("PUBSUB", "NUMSUB", "live:{r1}").split()[-1] == "1"

    viewer.close()

    wait_until(lambda: pair.redis.cli("PUBSUB", "NUMSUB", "live:{r1}").split()[-1] == "0",
               "the gateway to unsubscribe")
    assert pair.here.metric("livegate_rooms") == 0


def test_the_order_is_the_same_for_all(pair):
    viewers = [enter(g, "r1", f"u{i}", "Ann") for i, g in enumerate(pair.gateways)]
    viewers[0].skip_to(msg_type="join", from_uid="u1")

    for i in range(100):
        viewers[i % 2].send(json.dumps({"msg_type": "message", "content": f"m{i}"}))

    seen = [[v.skip_to(msg_type="message")["content"] for _ in range(100)] for v in viewers]
    assert seen[0] == seen[1]
    assert sorted(seen[0]) == sorted(f"m{i}" for i in range(100))
