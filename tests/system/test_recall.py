"""A message is taken back: from then on no gateway shows it to anybody who has not got it yet."""
import signal

import pytest

from flaky_proxy import FlakyProxy
from viewer import enter
from waiting import wait_until

ROOM = "r1"


def say(gateway, name, content):
    status, body = gateway.post(ROOM, {"msg_type": "message", "id": name, "content": content})
    assert status == 200, body
    return body["term"], body["seq"]


def recall(gateway, name, expected=200):
    status, body = gateway.http("DELETE", f"/v1/rooms/{ROOM}/messages/{name}")
    assert status == expected, body
    return body


def history(gateway):
    status, body = gateway.http("GET", f"/v1/rooms/{ROOM}/messages")
    assert status == 200, body
    assert body["complete"] is True
    return body["messages"]


def shown(gateway, protocol):
    """The texts in the chat of one who joins."""
    client = gateway.v1(protocol)
    joined = client.enter(ROOM)
    client.close()
    return [item["content"] for item in joined["message_list"]]


def assert_is_gone(site, protocol, rest):
    """Nobody who joins is shown it, by whatever gateway; nor does anybody find it elsewhere."""
    for gateway in site.gateways:
        assert shown(gateway, protocol) == rest
        items = enter(gateway, ROOM, None, "Late").answer["message_list"]
        assert [item["content"] for item in items] == rest
        texts = [item["content"] for item in history(gateway) if "content" in item]
        assert texts == rest


def recalls(client, count):
    """The ids of the next recalls; nothing is said meanwhile."""
    names = []
    while len(names) < count:
        message = client.receive_json()
        assert message["msg_type"] in ("recall", "degraded"), message
        if message["msg_type"] == "recall":
            names.append(message["id"])
    return names


# ---- everybody hears of it ----


def test_who_is_there_is_told_on_every_gateway(site, protocol):
    viewers = [gateway.v1(protocol) for gateway in site.gateways]
    for viewer in viewers:
        viewer.enter(ROOM)
    live = enter(site.there, ROOM, "u1", "Ann")
    term, seq = say(site.here, "m1", "bad")
    for viewer in [*viewers, live]:
        viewer.skip_to(content="bad")

    assert recall(site.here, "m1") == {"changed": True}

    for viewer in viewers:
        viewer.expect(msg_type="recall", id="m1", room_id=ROOM, term=term, seq=seq + 1)
    assert live.receive_json() == {"msg_type": "recall", "id": "m1"}


def test_who_joins_later_is_shown_the_rest(site, protocol):
    watching = [gateway.v1(protocol) for gateway in site.gateways]
    for viewer in watching:
        viewer.enter(ROOM)
    for name in ("one", "two", "three"):
        say(site.here, name, f"text {name}")
    for viewer in watching:
        viewer.skip_to(content="text three")

    recall(site.there, "two")
    for viewer in watching:
        viewer.skip_to(msg_type="recall")

    assert_is_gone(site, protocol, ["text one", "text three"])


def test_the_history_has_a_tombstone_in_its_place(site):
    say(site.here, "m1", "good")
    term, seq = say(site.here, "m2", "bad")
    say(site.here, "m3", "fine")
    recall(site.here, "m2")

    messages = history(site.there)

    assert [(item["msg_type"], item["id"]) for item in messages] == [
        ("message", "m1"), ("recall", "m2"), ("message", "m3"), ("recall", "m2")]
    assert (messages[1]["term"], messages[1]["seq"]) == (term, seq)


@pytest.mark.parametrize("somebody_stays", [True, False])
def test_who_comes_back_is_told_that_it_was_recalled(site, protocol, somebody_stays):
    stays = [gateway.v1(protocol) for gateway in site.gateways] if somebody_stays else []
    for viewer in stays:
        viewer.enter(ROOM)
    client = site.here.v1(protocol)
    client.enter(ROOM, "u1")
    after = say(site.here, "m1", "good")
    client.skip_to(content="good")
    client.cut()
    say(site.here, "m2", "bad")
    say(site.here, "m3", "fine")
    recall(site.here, "m2")
    for viewer in stays:
        viewer.skip_to(msg_type="recall")

    again = site.there.v1(protocol)
    assert again.enter(ROOM, "u1", after=after)["resumed"] is True

    again.expect(msg_type="recall", id="m2")
    again.expect(content="fine")
    again.expect(msg_type="recall", id="m2")


def test_a_client_comes_back_while_messages_are_recalled(pair, protocol):
    """Whichever is first: it ends with each text recalled that it was shown."""
    client = pair.here.v1(protocol)
    client.enter(ROOM, "u1")
    after = say(pair.here, "m0", "good")
    client.skip_to(content="good")
    client.cut()
    names = [f"m{n}" for n in range(1, 41)]
    for name in names:
        say(pair.here, name, f"bad {name}")

    again = pair.there.v1(protocol)
    again.command("join", room_id=ROOM, from_uid="u1", term=after[0], seq=after[1])
    for name in names:
        recall(pair.here, name)
    say(pair.here, "end", "end")

    showing = set()
    while (message := again.receive_json()).get("content") != "end":
        if message["msg_type"] == "message":
            showing.add(message["id"])
        elif message["msg_type"] == "recall":
            showing.discard(message["id"])
    assert not showing


def test_a_backend_recalls_by_function(pair, protocol):
    client = pair.there.v1(protocol)
    client.enter(ROOM)
    name, _, _ = pair.redis.fcall(ROOM, {"msg_type": "x_bet", "content": "bad"})
    client.skip_to(content="bad")

    assert pair.redis.cli("FCALL", "livegate_moderate", "1", "live:{r1}", "recall", name) == "1"

    client.expect(msg_type="recall", id=name)
    assert "bad" not in pair.redis.cli("LRANGE", "live:{r1}:log", "0", "-1")


# ---- what cannot be recalled ----


def test_a_second_time_nothing_happens(site):
    say(site.here, "m1", "bad")

    assert recall(site.here, "m1") == {"changed": True}
    assert recall(site.there, "m1") == {"changed": False}
    assert len(history(site.here)) == 2


def test_what_is_not_in_the_history_is_not_found(bare_site):
    bare_site.start_redis()
    gateway = bare_site.start_gateway("--history", "10").wait_ready()
    assert recall(gateway, "never", 404)["code"] == "not_in_history"

    gateway.post(ROOM, {"msg_type": "buy", "id": "order"})
    for n in range(30):
        gateway.post(ROOM, {"msg_type": "x_n", "n": n})

    assert recall(gateway, "order", 404)["code"] == "not_in_history"


def test_what_is_on_the_shelf_is_taken_off_and_not_recalled(site):
    site.publish(ROOM, {"msg_type": "on_off_shelf", "id": "s1", "goods_id": "g", "status": "on"})

    assert recall(site.here, "s1", 400)["code"] == "malformed"
    assert len(site.here.room(ROOM)["shelf"]) == 1


# ---- gateways that are away meanwhile ----


def viewers_of(gateway, protocol):
    """One of each kind; the room stays open with the message in it."""
    viewers = [gateway.v1(protocol), enter(gateway, ROOM, "stays", "Ann")]
    viewers[0].enter(ROOM)
    return viewers


def test_a_gateway_that_was_stopped_shows_it_to_nobody_who_joins(pair, protocol):
    v1, live = viewers_of(pair.there, protocol)
    after = say(pair.here, "m0", "good")
    say(pair.here, "m1", "bad")
    v1.skip_to(content="bad")
    live.skip_to(content="bad")

    pair.there.process.send_signal(signal.SIGSTOP)
    recall(pair.here, "m1")
    pair.there.process.send_signal(signal.SIGCONT)

    v1.skip_to(msg_type="recall", id="m1")
    assert live.skip_to(msg_type="recall")["id"] == "m1"
    assert_is_gone(pair, protocol, ["good"])
    again = pair.there.v1(protocol)
    again.enter(ROOM, after=after)
    again.expect(msg_type="recall", id="m1")
    again.expect(msg_type="recall", id="m1")


@pytest.mark.parametrize("how", ["stall", "refuse"])
def test_a_gateway_that_was_cut_off_shows_it_to_nobody_once_it_is_whole(bare_site, protocol, how):
    proxy = FlakyProxy(bare_site.start_redis().port)
    bare_site.start_gateway().wait_ready()
    cut_off = bare_site.start_gateway("--redis", proxy.url).wait_ready()
    v1, live = viewers_of(cut_off, protocol)
    after = say(bare_site.here, "m0", "good")
    say(bare_site.here, "m1", "bad")
    v1.skip_to(content="bad")
    live.skip_to(content="bad")

    getattr(proxy, how)()
    v1.skip_to(msg_type="degraded", degraded=True)
    say(bare_site.here, "m2", "worse")
    recall(bare_site.here, "m1")
    recall(bare_site.here, "m2")
    (proxy.flow if how == "stall" else proxy.accept)()
    v1.skip_to(msg_type="degraded", degraded=False)

    wait_until(cut_off.ready, "the gateway to be ready again")
    assert_is_gone(bare_site, protocol, ["good"])
    again = cut_off.v1(protocol)
    assert again.enter(ROOM, after=after)["resumed"] is True
    assert recalls(again, 4) == ["m1", "m2", "m1", "m2"]
    proxy.stop()


def test_what_is_repaired_from_the_log_was_recalled_already(bare_site, protocol):
    """Pub/sub loses the message and its recall: neither was heard, both are read."""
    proxy = FlakyProxy(bare_site.start_redis().port)
    bare_site.start_gateway().wait_ready()
    deaf = bare_site.start_gateway("--redis", proxy.url).wait_ready()
    v1, live = viewers_of(deaf, protocol)
    say(bare_site.here, "m0", "good")
    v1.skip_to(content="good")
    live.skip_to(content="good")

    proxy.lose_pushes(1.0)
    say(bare_site.here, "m1", "bad")
    recall(bare_site.here, "m1")
    proxy.lose_pushes(0)
    say(bare_site.here, "m2", "fine")

    v1.expect(msg_type="recall", id="m1")
    v1.expect(msg_type="recall", id="m1")
    v1.expect(content="fine")
    live.expect(msg_type="recall", id="m1")
    live.expect(content="fine")
    proxy.stop()
