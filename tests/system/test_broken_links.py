"""The link between a gateway and Redis breaks in every way a network knows."""

import time

import pytest

from flaky_proxy import FlakyProxy
from viewer import enter
from waiting import wait_until


@pytest.fixture
def proxy(bare_site):
    """Between the site's one gateway and its Redis."""
    made = FlakyProxy(bare_site.start_redis().port)
    bare_site.start_gateway("--redis", made.url).wait_ready()
    yield made
    made.stop()


def test_a_link_that_was_cut_is_made_again(bare_site, proxy):
    viewer = enter(bare_site.here, "r1", "u1", "Ann")

    proxy.cut()
    wait_until(bare_site.here.ready, "the gateway to be ready again")
    wait_until(lambda: bare_site.here.post("r1", {"msg_type": "buy"})[0] == 200, "an order to pass")

    viewer.expect(msg_type="buy")


def test_a_half_open_link_is_noticed_within_five_seconds_and_heals(bare_site, proxy):
    viewer = enter(bare_site.here, "r1", "u1", "Ann")

    proxy.stall()
    stalled = time.monotonic()
    wait_until(lambda: not bare_site.here.ready(), "the gateway to notice")
    assert time.monotonic() - stalled < 5.5
    viewer.send({"msg_type": "ping"})
    viewer.expect(msg_type="pong")

    proxy.flow()
    bare_site.here.wait_ready()
    assert bare_site.here.post("r1", {"msg_type": "buy"})[0] == 200
    viewer.expect(msg_type="buy")


def test_a_slow_link_only_makes_messages_late(bare_site, proxy):
    viewer = enter(bare_site.here, "r1", "u1", "Ann")

    proxy.delay(0.3)
    began = time.monotonic()
    bare_site.redis.fcall("r1", {"msg_type": "buy"})
    viewer.expect(msg_type="buy")

    assert time.monotonic() - began >= 0.3
    assert bare_site.here.ready()
