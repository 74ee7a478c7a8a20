"""A v1 client is told when its gateway does not hear Redis, and when its room is whole again; of short
breaks, and to other clients, nothing is said."""
import pytest

from flaky_proxy import FlakyProxy
from viewer import enter
from waiting import wait_until

ROOM = "r1"


@pytest.fixture
def proxy(bare_site):
    """Between Redis and `here`; `there` is connected directly."""
    made = FlakyProxy(bare_site.start_redis().port)
    bare_site.start_gateway("--redis", made.url).wait_ready()
    bare_site.start_gateway().wait_ready()
    yield made
    made.stop()


def buy(site, number):
    status, body = site.there.post(ROOM, {"msg_type": "buy", "id": f"order-{number}"})
    assert status == 200
    return body["term"], body["seq"]


def test_an_outage_is_told_and_then_up_to_where_nothing_is_missing(bare_site, proxy, protocol):
    client = bare_site.here.v1(protocol)
    client.enter(ROOM, "u1")
    here = buy(bare_site, 1)
    client.skip_to(msg_type="buy", id="order-1")

    proxy.stall()
    client.skip_to(msg_type="degraded", room_id=ROOM, degraded=True, term=here[0], seq=here[1])
    buy(bare_site, 2)
    last = buy(bare_site, 3)
    proxy.flow()

    client.skip_to(msg_type="buy", id="order-2")
    client.skip_to(msg_type="buy", id="order-3")
    client.skip_to(msg_type="degraded", room_id=ROOM, degraded=False, term=last[0], seq=last[1])


def test_who_joins_meanwhile_is_told_with_the_answer(bare_site, proxy, protocol):
    client, late = bare_site.here.v1(protocol), bare_site.here.v1(protocol)
    assert "degraded" not in client.enter(ROOM, "u1")

    proxy.refuse()
    client.skip_to(msg_type="degraded", degraded=True)
    assert late.enter(ROOM)["degraded"] is True
    proxy.accept()

    late.skip_to(msg_type="degraded", degraded=False)
    assert "degraded" not in late.enter(ROOM)


def test_other_clients_and_short_breaks_notice_nothing(bare_site, proxy):
    live = enter(bare_site.here, ROOM, "u1", "Ann")
    client = bare_site.here.v1()
    client.enter(ROOM)
    live.expect(msg_type="join")

    proxy.cut()
    wait_until(lambda: bare_site.here.metric("livegate_broker_reconnects_total") >= 2, "new links")
    bare_site.here.wait_ready()
    buy(bare_site, 1)

    client.skip_to(msg_type="buy")
    live.expect(msg_type="buy")
    proxy.refuse()
    client.expect(msg_type="degraded", degraded=True, patience=15)
    proxy.accept()
    client.expect(msg_type="degraded", degraded=False)
    buy(bare_site, 2)
    live.expect(msg_type="buy")
