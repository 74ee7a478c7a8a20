"""With --single-session a viewer, known by its token, has one session in a room: the newest."""

import pytest

from tokens import SECRET, token
from waiting import wait_until

SINGLE = ("--token-secret", SECRET, "--single-session")


@pytest.fixture(params=["one gateway", "two gateways"])
def site(request, bare_site):
    """`here` and `there` are where a viewer is and where it comes again."""
    if request.param == "two gateways":
        bare_site.start_redis()
        bare_site.start_gateway(*SINGLE)
    bare_site.start_gateway(*SINGLE)
    for gateway in bare_site.gateways:
        gateway.wait_ready()
    return bare_site


def viewer(gateway, uid, room="8", **claims):
    client = gateway.v1(path=f"/?token={token(sub=uid, **claims)}")
    client.enter(room, uid)
    return client


def test_the_older_session_is_replaced_within_a_second_and_others_are_left_alone(site):
    canary = viewer(site.here, "canary")
    old, other = viewer(site.here, "7"), viewer(site.here, "8")

    new = viewer(site.there, "7")

    assert old.wait_closed(1).code == 4409
    for client in (canary, other, new):
        assert client.ask("message", content="here")["msg_type"] == "ack"
    assert site.here.metric("livegate_sessions_closed_total", code="4409") == 1


def test_a_viewer_counts_once_all_the_while_and_nobody_is_told(site):
    canary = viewer(site.here, "canary")
    viewer(site.here, "7")
    assert canary.skip_to(msg_type="join")["online_num"] == 2

    for _ in range(3):
        newest = viewer(site.there, "7")
        newest = viewer(site.here, "7")
    site.publish("8", {"msg_type": "x_end"})

    heard = []
    while not heard or heard[-1] != "x_end":
        heard.append(canary.receive_json()["msg_type"])
    assert heard == ["x_end"]
    wait_until(lambda: site.here.room("8")["online_num"] == 2, "the sum")
    assert newest.ask("message", content="here")["msg_type"] == "ack"


def test_in_another_room_a_viewer_may_have_another_session(site):
    one = viewer(site.here, "7", room="8")

    two = viewer(site.there, "7", room="9")

    assert two.ask("message", content="here")["msg_type"] == "ack"
    assert one.ask("message", content="here")["msg_type"] == "ack"


def test_joining_once_more_ends_nobody(site):
    one = viewer(site.here, "7")

    one.enter("8", "7")

    assert one.ask("message", content="here")["msg_type"] == "ack"


def test_what_a_client_only_says_of_itself_replaces_nobody(bare_site):
    gateway = bare_site.start_gateway(*SINGLE, "--anonymous", "viewer")
    one = viewer(gateway, "7")
    impostor = gateway.v1()

    impostor.enter("8", "7")
    viewer(gateway, "9").ask("message", content="here", from_uid="7")

    assert one.ask("message", content="here")["msg_type"] == "ack"


def test_without_the_setting_a_viewer_may_watch_twice(bare_site):
    gateway = bare_site.start_gateway("--token-secret", SECRET)
    one, two = viewer(gateway, "7"), viewer(gateway, "7")

    for client in (one, two):
        assert client.ask("message", content="here")["msg_type"] == "ack"


def test_it_needs_keys(bare_site):
    with pytest.raises(AssertionError, match="single-session needs a key"):
        bare_site.start_gateway("--single-session")
