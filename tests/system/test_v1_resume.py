"""Dialect v1: who comes back with its position is told what it missed, or that it cannot be."""

import pytest

from messages import CHAT, contents, on_shelf, publish_chats
from waiting import wait_until


def test_who_missed_nothing_goes_on(site, protocol):
    publish_chats(site, "r1", "1", "2")
    first = site.here.v1(protocol)
    joined = first.enter("r1", "u1")
    first.close()

    again = site.there.v1(protocol)
    resumed = again.enter("r1", "u1", after=(joined["term"], joined["seq"]))

    assert resumed["resumed"] is True
    assert (resumed["term"], resumed["seq"]) == (joined["term"], joined["seq"])
    assert [item["content"] for item in resumed["message_list"]] == ["1", "2"]
    publish_chats(site, "r1", "3")
    assert contents(again, 1) == ["3"]


def test_an_empty_room_can_be_gone_on_with(site, protocol):
    client = site.here.v1(protocol)
    assert client.enter("r1", "u1", after=(0, 0))["resumed"] is True

    client.cut()
    publish_chats(site, "r1", "1", "2")
    again = site.there.v1(protocol)

    assert again.enter("r1", "u1", after=(0, 0))["resumed"] is True
    assert contents(again, 2) == ["1", "2"]


@pytest.mark.parametrize("somebody_stays", [True, False])
@pytest.mark.parametrize("missed", [1, 20, 200])
def test_what_was_missed_comes_before_what_is_new(site, protocol, somebody_stays, missed):
    stays = [gateway.v1(protocol) for gateway in site.gateways] if somebody_stays else []
    for client in stays:
        client.enter("r1", "other")
    client = site.here.v1(protocol)
    client.enter("r1", "u1")
    site.publish("r1", on_shelf("g1"))
    publish_chats(site, "r1", "seen")
    client.skip_to(content="seen")
    after = client.positions["r1"]
    client.cut()

    site.publish("r1", on_shelf("g1", "off"))
    names = [f"{n}" for n in range(missed)]
    publish_chats(site, "r1", *names)
    again = site.there.v1(protocol)
    joined = again.enter("r1", "u1", after=after)

    assert joined["resumed"] is True
    assert (joined["term"], joined["seq"]) == after
    assert all(item["seq"] <= after[1] for item in joined["message_list"])
    again.expect(msg_type="on_off_shelf", status="off")
    assert contents(again, missed) == names
    publish_chats(site, "r1", "new")
    assert contents(again, 1) == ["new"]


def test_joining_again_with_a_position_goes_back_to_it(site, protocol):
    client = site.here.v1(protocol)
    client.enter("r1", "u1")
    publish_chats(site, "r1", "1", "2", "3")
    assert contents(client, 3) == ["1", "2", "3"]
    term = client.positions["r1"][0]

    assert client.enter("r1", "u1", after=(term, 1))["resumed"] is True
    assert contents(client, 2) == ["2", "3"]


def test_a_past_that_is_gone_is_told(bare_site, protocol):
    bare_site.start_redis()
    gateway = bare_site.start_gateway("--history", "20").wait_ready()
    client = gateway.v1(protocol)
    client.enter("r1", "u1")
    publish_chats(bare_site, "r1", "0")
    client.skip_to(content="0")
    after = client.positions["r1"]
    client.cut()
    wait_until(lambda: gateway.metric("livegate_rooms") == 0, "the room to be closed")
    publish_chats(bare_site, "r1", *[f"{n}" for n in range(1, 101)])

    again = gateway.v1(protocol)
    joined = again.enter("r1", "u1", after=after)

    assert joined["resumed"] is False
    assert joined["seq"] == 101
    assert [item["content"] for item in joined["message_list"]][-1] == "100"
    publish_chats(bare_site, "r1", "new")
    assert contents(again, 1) == ["new"]


@pytest.mark.parametrize("after", [(2**52, 5), (2**52, 1)])
def test_a_position_that_never_was_is_not_gone_on_with(site, protocol, after):
    publish_chats(site, "r1", "1", "2", "3")
    client = site.here.v1(protocol)

    joined = client.enter("r1", "u1", after=after)

    assert joined["resumed"] is False
    assert joined["seq"] == 3


def test_after_kill_9_a_client_goes_on_at_the_other_gateway(pair, protocol):
    clients = [pair.here.v1(protocol) for _ in range(5)]
    for n, client in enumerate(clients):
        client.enter("r1", f"u{n}")
    publish_chats(pair, "r1", "1", "2")
    seen = [client.skip_to(content="2") and client.positions["r1"] for client in clients]

    pair.here.kill()
    for content in ("3", "4"):
        pair.redis.fcall("r1", {**CHAT, "content": content})
    for n, after in enumerate(seen):
        client = pair.there.v1(protocol)
        assert client.enter("r1", f"u{n}", after=after)["resumed"] is True
        assert contents(client, 2) == ["3", "4"]
    pair.redis.fcall("r1", {**CHAT, "content": "5"})

    assert contents(client, 1) == ["5"]
