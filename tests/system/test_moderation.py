"""Bans, mutes, kicks and the settings of rooms, by HTTP and by FCALL, on real gateways and Redis."""

import os
import pathlib
import re
import subprocess
import time

import pytest

from flaky_proxy import FlakyProxy
from tokens import SECRET, token
from viewer import enter
from waiting import wait_until

PAGE = pathlib.Path(__file__).parents[2] / "docs/moderation.md"
WITHIN = 1.0  # seconds; what is asked of a gateway


def moderate(gateway, method, path, status=200, body=None):
    answer = gateway.http(method, f"/v1/{path}", body)
    assert answer[0] == status, answer
    return answer[1]


def by_http(site, room, uid):
    moderate(site.here, "PUT", f"rooms/{room}/bans/{uid}")


def by_fcall(site, room, uid):
    assert site.redis.cli("FCALL", "livegate_moderate", "1", f"live:{{{room}}}", "ban", uid) == "1"


# ---- bans and kicks ----


@pytest.mark.parametrize("ban", [by_http, by_fcall])
def test_a_ban_reaches_a_viewer_on_the_other_gateway_within_a_second(pair, ban):
    took = []
    for i in range(20):
        viewer = pair.there.v1()
        viewer.enter("r1", uid=f"u{i}")

        began = time.monotonic()
        ban(pair, "r1", f"u{i}")
        assert viewer.wait_closed().code == 4430
        took.append(time.monotonic() - began)

    took.sort()
    print(f"ban to close on the other gateway, {ban.__name__}: median {took[10] * 1000:.1f} ms, "
          f"most {took[-1] * 1000:.1f} ms")
    assert took[-1] < WITHIN


def test_a_banned_viewer_is_told_so_when_it_joins_and_the_others_see_nothing(site, protocol):
    watcher = site.here.v1()
    watcher.enter("r1", uid="w")
    moderate(site.here, "PUT", "rooms/r1/bans/u1")

    banned = site.there.v1(protocol)
    answer = banned.ask("join", room_id="r1", from_uid="u1", from_name="Ann")
    assert (answer["msg_type"], answer["code"], answer["retry"]) == ("error", "banned", False)
    banned.enter("r2", uid="u1")  # a room it is not banned from

    site.publish("r1", {"msg_type": "message", "content": "fence"})
    assert watcher.expect(msg_type="message")["content"] == "fence"
    assert site.there.metric("livegate_drops_total", reason="banned", kind="join") >= 1


def test_who_comes_first_into_a_room_is_not_let_in_either(pair):
    moderate(pair.here, "PUT", "rooms/r9/bans/u1")

    banned = pair.there.v1()
    answer = banned.ask("join", room_id="r9", from_uid="u1", from_name="Ann")

    assert (answer["msg_type"], answer["code"]) == ("error", "banned")
    other = pair.here.v1()
    assert other.enter("r9", uid="u2")["online_num"] == 1


def test_a_live_client_stays_connected_but_is_in_no_room(site):
    ann = enter(site.there, "r1", "u1", "Ann")
    bob = enter(site.there, "r1", "u2", "Bob")
    ann.skip_to(msg_type="join", from_uid="u2")

    moderate(site.here, "PUT", "rooms/r1/bans/u1")
    bob.skip_to(msg_type="leave", from_uid="u1", online_num=1)
    site.publish("r1", {"msg_type": "message", "content": "not for Ann"})
    bob.skip_to(msg_type="message", content="not for Ann")
    ann.send({"msg_type": "message", "room_id": "r1", "content": "still here"})
    ann.send({"msg_type": "join", "room_id": "r1", "from_uid": "u1", "from_name": "Ann"})
    ann.send({"msg_type": "ping"})

    ann.expect(msg_type="pong")
    site.publish("r1", {"msg_type": "message", "content": "fence"})
    bob.expect(msg_type="message", content="fence")


def test_a_ban_is_lifted(site):
    moderate(site.here, "PUT", "rooms/r1/bans/u1")
    viewer = site.there.v1()
    assert viewer.ask("join", room_id="r1", from_uid="u1")["code"] == "banned"

    assert moderate(site.here, "DELETE", "rooms/r1/bans/u1") == {"changed": True}
    assert moderate(site.here, "DELETE", "rooms/r1/bans/u1") == {"changed": False}

    wait_until(lambda: viewer.ask("join", room_id="r1", from_uid="u1")["msg_type"] == "ack",
               "Ann to be let in")


def test_a_ban_ends_by_itself(site):
    began = time.monotonic()
    moderate(site.here, "PUT", "rooms/r1/bans/u1?seconds=2")
    viewer = site.there.v1()
    assert viewer.ask("join", room_id="r1", from_uid="u1")["code"] == "banned"

    wait_until(lambda: viewer.ask("join", room_id="r1", from_uid="u1")["msg_type"] == "ack",
               "the ban to end")

    assert 1.9 < time.monotonic() - began < 4


def test_a_ban_survives_the_gateways(pair):
    moderate(pair.here, "PUT", "rooms/r1/bans/u1?seconds=600")
    for gateway in pair.gateways:
        gateway.stop()

    again = pair.start_gateway().wait_ready()

    assert again.v1().ask("join", room_id="r1", from_uid="u1")["code"] == "banned"
    [ban] = moderate(again, "GET", "rooms/r1/moderation")["bans"]
    assert ban["uid"] == "u1" and 590 < ban["seconds"] <= 600


def test_a_ban_from_all_rooms(site):
    here, there = site.here.v1(), site.there.v1()
    here.enter("r1", uid="u1")
    there.enter("r2", uid="u1")
    there.enter("r3", uid="u1")

    moderate(site.here, "PUT", "bans/u1?seconds=60")

    assert here.wait_closed().code == 4430
    assert there.wait_closed().code == 4430
    assert site.there.v1().ask("join", room_id="r4", from_uid="u1")["code"] == "banned"
    assert moderate(site.there, "GET", "moderation")["bans"][0]["uid"] == "u1"


def test_a_kick_ends_the_stay_and_keeps_nobody_out(site):
    viewer = site.there.v1()
    viewer.enter("r1", uid="u1")

    moderate(site.here, "POST", "rooms/r1/kicks/u1")

    assert viewer.wait_closed().code == 4430
    assert site.there.v1().ask("join", room_id="r1", from_uid="u1")["msg_type"] == "ack"
    assert site.there.metric("livegate_removals_total", why="kick") == 1


def test_a_client_in_several_rooms_loses_the_one(site, protocol):
    viewer = site.there.v1(protocol)
    viewer.enter("r1", uid="u1")
    viewer.enter("r2", uid="u1")

    moderate(site.here, "PUT", "rooms/r1/bans/u1")

    assert viewer.skip_to(msg_type="removed") == {
        "msg_type": "removed", "room_id": "r1", "code": "banned"}
    site.publish("r2", {"msg_type": "message", "content": "still here"})
    viewer.skip_to(msg_type="message", content="still here")


def test_a_ban_made_while_the_way_to_redis_was_cut_is_not_missed(bare_site):
    proxy = FlakyProxy(bare_site.start_redis().port)
    gateway = bare_site.start_gateway("--redis", proxy.url).wait_ready()
    viewer, other = gateway.v1(), gateway.v1()
    viewer.enter("r1", uid="u1")
    other.enter("r2", uid="u2")

    proxy.stall()
    by_fcall(bare_site, "r1", "u1")
    by_fcall(bare_site, "!all", "u2")
    proxy.cut()
    proxy.flow()

    assert viewer.wait_closed().code == 4430
    assert other.wait_closed().code == 4430
    proxy.stop()


def test_a_ban_counts_for_the_verified_uid_whatever_a_client_says(bare_site):
    bare_site.start_redis()
    gateway = bare_site.start_gateway("--token-secret", SECRET).wait_ready()
    moderate(gateway, "PUT", "rooms/r1/bans/u1")

    viewer = gateway.v1(path=f"/?token={token(sub='u1', rooms=['r1'])}")

    assert viewer.ask("join", room_id="r1", from_uid="somebody")["code"] == "banned"


# ---- mutes, room mute, slow mode ----


def test_a_muted_viewer_may_watch_and_like_but_not_speak(site, protocol):
    muted, other = site.there.v1(protocol), site.here.v1()
    muted.enter("r1", uid="u1")
    other.enter("r1", uid="u2")
    assert muted.ask("message", room_id="r1", content="before")["msg_type"] == "ack"

    moderate(site.here, "PUT", "rooms/r1/mutes/u1?seconds=60")

    answer = wait_until(lambda: refused(muted, "message", content="x"), "the mute")
    assert (answer["code"], answer["retry"]) == ("muted", False)
    assert muted.ask("like", room_id="r1")["msg_type"] == "ack"
    assert other.ask("message", room_id="r1", content="I may")["msg_type"] == "ack"
    assert site.there.metric("livegate_drops_total", reason="muted", kind="message") >= 1

    moderate(site.here, "DELETE", "rooms/r1/mutes/u1")
    wait_until(lambda: not refused(muted, "message", content="y"), "the mute to be lifted")


def refused(client, msg_type, **fields):
    answer = client.ask(msg_type, room_id="r1", **fields)
    return answer if answer["msg_type"] == "error" else None


def test_what_a_muted_live_client_says_is_dropped_in_silence(site):
    muted = enter(site.there, "r1", "u1", "Ann")
    other = enter(site.here, "r1", "u2", "Bob")
    moderate(site.here, "PUT", "mutes/u1")
    moderate(site.here, "POST", "rooms/r1/kicks/nobody")  # once it is told, so is the other

    def dropped():
        muted.send({"msg_type": "message", "room_id": "r1", "from_uid": "u1", "content": "x"})
        return site.there.metric("livegate_drops_total", reason="muted")

    wait_until(dropped, "the mute")
    site.publish("r1", {"msg_type": "message", "content": "fence"})
    other.skip_to(msg_type="message", content="fence")
    muted.send({"msg_type": "ping"})
    muted.skip_to(msg_type="pong")


def test_in_a_muted_room_only_those_speak_who_run_it(bare_site):
    bare_site.start_redis()
    gateway = bare_site.start_gateway("--token-secret", SECRET).wait_ready()
    viewer = gateway.v1(path=f"/?token={token(sub='u1', rooms=['r1'])}")
    anchor = gateway.v1(path=f"/?token={token(sub='u2', rooms=['r1'], role='anchor')}")
    viewer.enter("r1")
    anchor.enter("r1")

    moderate(gateway, "PUT", "rooms/r1/settings", body={"muted": True})

    assert viewer.skip_to(msg_type="room_settings") == {
        "msg_type": "room_settings", "room_id": "r1", "muted": True, "slow_mode_s": 0}
    assert viewer.ask("message", room_id="r1", content="x")["code"] == "room_muted"
    assert anchor.ask("message", room_id="r1", content="listen")["msg_type"] == "ack"
    bare_site.publish("r1", {"msg_type": "message", "content": "from the shop"})
    viewer.skip_to(msg_type="message", content="from the shop")


def test_settings_are_told_to_who_is_there_and_who_comes(site, protocol):
    viewer = site.there.v1(protocol)
    viewer.enter("r1", uid="u1")

    moderate(site.here, "PUT", "rooms/r1/settings", body={"muted": True, "slow_mode_s": 7})
    viewer.skip_to(msg_type="room_settings", muted=True, slow_mode_s=7)
    late = site.there.v1(protocol).enter("r1", uid="u2")
    assert (late["muted"], late["slow_mode_s"]) == (True, 7)
    assert moderate(site.there, "GET", "rooms/r1/settings") == {"muted": True, "slow_mode_s": 7}

    moderate(site.here, "PUT", "rooms/r1/settings", body={"muted": False})
    viewer.skip_to(msg_type="room_settings", muted=False, slow_mode_s=7)


def test_slow_mode_gives_each_viewer_one_message_in_a_while(site):
    ann, bob = site.there.v1(), site.there.v1()
    ann.enter("r1", uid="u1")
    bob.enter("r1", uid="u2")
    moderate(site.here, "PUT", "rooms/r1/settings", body={"slow_mode_s": 2})
    ann.skip_to(msg_type="room_settings", slow_mode_s=2)

    assert ann.ask("message", room_id="r1", content="one")["msg_type"] == "ack"
    began = time.monotonic()
    answer = ann.ask("message", room_id="r1", content="two")
    assert (answer["code"], answer["retry"]) == ("slow_mode", True)
    assert bob.ask("message", room_id="r1", content="mine")["msg_type"] == "ack"

    wait_until(lambda: not refused(ann, "message", content="three"), "her turn")
    assert 1.8 < time.monotonic() - began < 5


def test_what_redis_could_not_take_costs_no_turn_in_slow_mode(bare_site):
    bare_site.start_redis()
    gateway = bare_site.start_gateway().wait_ready()
    ann = gateway.v1()
    ann.enter("r1", uid="u1")
    moderate(gateway, "PUT", "rooms/r1/settings", body={"slow_mode_s": 3600})
    ann.skip_to(msg_type="room_settings", slow_mode_s=3600)

    bare_site.redis.kill()
    answer = ann.ask("message", room_id="r1", id="m1", content="hello")
    assert (answer["code"], answer["retry"]) in [("unavailable", True), ("timeout", True)]
    assert ann.ask("message", room_id="r1", id="m1", content="hello")["code"] != "slow_mode"
    bare_site.redis.start()
    gateway.wait_ready()

    assert ann.ask("message", room_id="r1", id="m1", content="hello")["msg_type"] == "ack"


# ---- what is refused ----


@pytest.mark.parametrize("method, path, body, detail", [
    ("PUT", "rooms/r1/bans/u1?seconds=-1", None, "seconds"),
    ("PUT", "rooms/r1/mutes/u1?seconds=9999999999", None, "seconds"),
    ("PUT", "rooms/r1/bans/%0A", None, "uid"),
    ("PUT", "rooms/r1/settings", {"muted": 1}, "muted"),
    ("PUT", "rooms/r1/settings", {"slow_mode_s": 3601}, "slow_mode_s"),
    ("PUT", "rooms/r1/settings", [], "object"),
])
def test_what_is_malformed_is_refused_by_name(site, method, path, body, detail):
    answer = moderate(site.here, method, path, 400, body)
    assert answer["code"] == "malformed" and detail in answer["message"], answer


def test_the_internal_key_is_needed(bare_site):
    gateway = bare_site.start_gateway("--internal-key", "k" * 32)

    moderate(gateway, "PUT", "rooms/r1/bans/u1", 401)
    status, _ = gateway.http("PUT", "/v1/rooms/r1/bans/u1", None,
                             {"Authorization": f"Bearer {'k' * 32}"})
    assert status == 200


def test_a_wrong_method_is_told_which_are_right(site):
    assert site.here.http("PATCH", "/v1/rooms/r1/bans/u1")[0] == 405


def test_what_the_page_says_works_as_it_stands(pair):
    ports = {"6379": str(pair.redis.port), "8081": str(pair.here.internal_port)}
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGE.read_text(encoding="utf-8"),
                        re.MULTILINE | re.DOTALL)
    by_curl, by_redis = (re.sub("6379|8081", lambda port: ports[port[0]], code) for code in blocks)
    environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}

    def run(code):
        return subprocess.run(["sh", "-ec", code], env=environment, text=True, timeout=60,
                              capture_output=True, check=True).stdout

    told = run(by_curl)
    assert told.startswith('{"changed":true}' * 5) and '"slow_mode_s":5' in told
    assert moderate(pair.there, "GET", "moderation")["mutes"] == [{"uid": "u3"}]
    assert run(by_redis).split() == ["1"] * 5
