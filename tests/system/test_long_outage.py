"""An outage longer than the history: what is before the log's beginning is lost, and v1 clients are
told so; what the log still holds everybody is shown, once and in order."""
import pytest

from flaky_proxy import FlakyProxy
from viewer import enter
from waiting import wait_until

ROOM = "r1"
HISTORY = 20


@pytest.fixture
def proxy(bare_site):
    """Between Redis and `here`; `there` is connected directly."""
    made = FlakyProxy(bare_site.start_redis().port)
    bare_site.start_gateway("--redis", made.url).wait_ready()
    bare_site.start_gateway("--history", str(HISTORY)).wait_ready()
    yield made
    made.stop()


def publish(site, numbers):
    for n in numbers:
        kind = "buy" if n % 2 else "message"
        status, body = site.there.post(ROOM, {"msg_type": kind, "id": f"m-{n}", "content": "hi"})
        assert status == 200, body
    return body["term"], body["seq"]


def sleep_through(site, proxy, numbers):
    """They are published while `here` hears nothing; the first of them that is left."""
    proxy.refuse()
    wait_until(lambda: not site.here.ready(), "the gateway to notice")
    publish(site, numbers)
    left = int(site.redis.cli("LLEN", f"live:{{{ROOM}}}:log"))
    proxy.accept()
    assert HISTORY <= left < len(numbers)
    return numbers[-1] + 1 - left


def names(client, first, last):
    """What comes, up to the last one."""
    seen = []
    while not seen or seen[-1] != f"m-{last}":
        message = client.receive_json()
        if message["msg_type"] in ("buy", "message"):
            seen.append(message["id"])
    return seen


def test_what_the_log_still_holds_follows_what_is_lost(bare_site, proxy, protocol):
    live = enter(bare_site.here, ROOM, "u1", "Ann")
    client = bare_site.here.v1(protocol)
    client.enter(ROOM, "u2")
    term, _ = publish(bare_site, [1])
    client.skip_to(id="m-1")
    live.skip_to(id="m-1")

    first = sleep_through(bare_site, proxy, range(2, 100))

    joined = client.skip_to(msg_type="joined")
    assert joined["resumed"] is False
    assert (joined["term"], joined["seq"]) == (term, first - 1)
    assert all(item["seq"] < first for item in joined["message_list"])
    expected = [f"m-{n}" for n in range(first, 100)]
    assert names(client, first, 99) == expected
    assert names(live, first, 99) == expected
    assert bare_site.here.metric("livegate_missed_total") == 1

    publish(bare_site, [100])
    client.skip_to(id="m-100")
    assert bare_site.here.v1(protocol).enter(ROOM)["seq"] == 100
