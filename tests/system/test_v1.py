"""Dialect v1: commands are answered, rooms are several, nothing is missed."""

import pytest

from messages import CHAT, on_shelf, publish_chats
from v1_client import JSON, MSGPACK
from viewer import enter
from waiting import wait_until


# ---- joining ----


def test_an_empty_room_is_at_position_zero(site, protocol):
    client = site.here.v1(protocol)

    assert client.enter("r1", "u1") == {
        "msg_type": "joined", "room_id": "r1", "term": 0, "seq": 0, "resumed": False,
        "online_num": 1, "like_num": 0, "subscribe_num": 0, "shelf": [], "message_list": []}


def test_joined_shows_the_room_as_one_cut(site, protocol):
    site.publish("r1", on_shelf("gone"))
    site.publish("r1", on_shelf("gone", "off"))
    shelved = site.publish("r1", on_shelf("g1"))
    said = publish_chats(site, "r1", "hi")[0]
    site.publish("r1", {"msg_type": "subscribe", "from_uid": "f1"})

    joined = site.there.v1(protocol).enter("r1", "u1")

    assert joined["seq"] == 5 and joined["term"] > 0
    assert joined["subscribe_num"] == 1
    [item], [chat] = joined["shelf"], joined["message_list"]
    assert {**on_shelf("g1"), **shelved, "room_id": "r1"}.items() <= item.items()
    assert {**CHAT, **said, "room_id": "r1"}.items() <= chat.items()
    assert item["ts"] > 1.6e12


def test_a_room_named_by_the_address_is_joined_at_once(site, protocol):
    site.here.v1(protocol, "/?room_id=r1").expect(msg_type="joined", room_id="r1")


def test_the_dialect_may_be_asked_for_by_the_query(site):
    client = site.here.client("/?dialect=v1&room_id=r1")

    client.expect(msg_type="joined", room_id="r1")


def test_a_join_with_a_number_is_acknowledged_before_joined(site, protocol):
    client = site.here.v1(protocol)
    ack = client.command("join", room_id="r1", from_uid="u1")

    client.expect(msg_type="ack", ack=ack, term=0, seq=0)
    client.expect(msg_type="joined")


def test_joining_again_is_answered_again_and_told_to_nobody(site, protocol):
    other = site.here.v1(protocol)
    other.enter("r1", "u1")
    client = site.there.v1(protocol)
    client.enter("r1", "u2")
    other.skip_to(msg_type="join", from_uid="u2")

    assert client.enter("r1", "u2")["online_num"] == 2
    publish_chats(site, "r1", "hi")
    other.expect(msg_type="message")


# ---- what comes ----


def test_every_kind_comes_with_its_place_and_without_banners(site, protocol):
    client = site.there.v1(protocol)
    client.enter("r1", "u1")

    for message in [CHAT, on_shelf("g1"), {"msg_type": "buy", "goods_name": "Tea"},
                    {"msg_type": "x_lottery", "prize": {"left": [], "n": -1, "f": 1e300}}]:
        place = site.publish("r1", message)
        seen = client.skip_to(msg_type=message["msg_type"])
        assert {**message, **place, "room_id": "r1"}.items() <= seen.items()
        assert "msg_content" not in seen

    site.publish("r1", {"msg_type": "subscribe", "from_uid": "f1"})
    client.expect(msg_type="subscribe", subscribe_num=1)
    site.publish("r1", {"msg_type": "like", "count": 3})
    client.expect(msg_type="like", like_num=3, delta=3, term=0, seq=0, room_id="r1")
    old = enter(site.here, "r1", "u2", "Bob")
    assert "msg_content" not in client.expect(msg_type="join", online_num=2, from_name="Bob")
    old.close()
    client.expect(msg_type="leave", online_num=1, from_uid="u2")


def test_both_encodings_say_the_same(site):
    clients = [site.here.v1(JSON), site.there.v1(MSGPACK)]
    first = [client.enter("r1", f"u{i}") for i, client in enumerate(clients)]
    assert [answer["room_id"] for answer in first] == ["r1", "r1"]

    site.publish("r1", {"msg_type": "x_all", "n": 2**53, "f": 0.1, "t": "é\n\u0000😀", "b": True,
                        "z": None, "l": [1, [], {}], "neg": -5})
    seen = [client.skip_to(msg_type="x_all") for client in clients]

    assert seen[0] == seen[1]


def test_old_and_new_clients_hear_each_other(site, protocol):
    new = site.here.v1(protocol)
    new.enter("r1", "u1", from_name="Ann")
    old = enter(site.there, "r1", "u2", "Bob")

    assert new.ask("message", content="new")["msg_type"] == "ack"
    old.skip_to(msg_type="message", content="new", from_name="Ann", from_uid="u1")
    old.send({"msg_type": "message", "content": "old"})
    new.skip_to(msg_type="message", content="old")


# ---- commands ----


def test_a_message_is_acknowledged_with_its_id_and_place(site, protocol):
    client = site.here.v1(protocol)
    client.enter("r1", "u1")

    ack = client.command("message", content="hi", id="m1")
    first, second = client.receive_json(), client.receive_json()
    answer, seen = sorted((first, second), key=lambda message: message["msg_type"])

    assert answer == {"msg_type": "ack", "ack": ack, "id": "u.u1.m1", "term": seen["term"],
                      "seq": 1}
    assert (seen["id"], seen["seq"], seen["from_uid"]) == ("u.u1.m1", 1, "u1")


def test_the_same_id_again_gets_the_first_answer(site, protocol):
    client = site.here.v1(protocol)
    client.enter("r1", "u1")

    first = client.ask("message", content="hi", id="m1")
    again = client.ask("message", content="hi", id="m1")

    assert {**again, "ack": 0} == {**first, "ack": 0}


@pytest.mark.parametrize("command", [
    {"msg_type": "like", "count": 2}, {"msg_type": "subscribe"}, {"msg_type": "buy"},
    on_shelf("g1"), {"msg_type": "x_mine", "a": 1}, {"msg_type": "ping"}, {"msg_type": "leave"}])
def test_every_command_is_acknowledged(site, protocol, command):
    client = site.here.v1(protocol)
    client.enter("r1", "u1")

    assert client.ask(**command)["msg_type"] == "ack"


def test_a_burst_of_commands_is_acknowledged_one_by_one(site, protocol):
    client = site.here.v1(protocol)
    client.enter("r1", "u1")

    acks = [client.command("message", content=f"{n}") for n in range(1000)]
    answers = []
    while len(answers) < len(acks):
        message = client.receive_json()
        if message["msg_type"] == "ack":
            answers.append(message)

    assert [answer["ack"] for answer in answers] == acks
    assert [answer["seq"] for answer in answers] == list(range(1, 1001))


def test_a_ping_is_answered_without_a_room(site, protocol):
    client = site.here.v1(protocol)
    client.send({"msg_type": "ping"})

    assert client.receive_json() == {"msg_type": "pong"}


@pytest.mark.parametrize("command, code, word", [
    ({"msg_type": "nothing"}, "unknown", "msg_type"),
    ({"type": "logout"}, "unknown", "msg_type"),
    ({"msg_type": 5}, "unknown", "msg_type"),
    ({"msg_type": "message"}, "malformed", "content"),
    ({"msg_type": "message", "content": 5}, "malformed", "content"),
    ({"msg_type": "message", "content": "x" * 2001}, "malformed", "content"),
    ({"msg_type": "like", "count": 101}, "malformed", "count"),
    ({"msg_type": "on_off_shelf", "status": "on"}, "malformed", "goods_id"),
    ({"msg_type": "on_off_shelf", "goods_id": "g", "status": "up"}, "malformed", "status"),
    ({"msg_type": "message", "content": "x", "room_id": "other"}, "not_joined", "join"),
    ({"msg_type": "leave", "room_id": "other"}, "not_joined", "join"),
    ({"msg_type": "join", "room_id": "*"}, "malformed", "room_id"),
    ({"msg_type": "join", "room_id": "r2", "term": "1", "seq": 1}, "malformed", "term"),
    ({"msg_type": "join", "room_id": "r2", "term": 1}, "malformed", "seq"),
    ({"msg_type": "join", "room_id": "r2", "seq": 1}, "malformed", "term"),
    ({"msg_type": "join", "room_id": "r2", "term": 1, "seq": -1}, "malformed", "seq"),
])
def test_a_mistake_is_answered_with_an_error_that_names_it(site, protocol, command, code, word):
    client = site.here.v1(protocol)
    client.enter("r1", "u1")

    client.send({**command, "ack": 7})
    error = client.expect(msg_type="error", ack=7, code=code, retry=False)
    assert word in error["message"]

    client.send(command)
    assert "ack" not in client.expect(msg_type="error", code=code)


@pytest.mark.parametrize("ack", ["one", -1, 1.5, 2**53, [], True])
def test_an_ack_that_is_no_number_is_refused(site, protocol, ack):
    client = site.here.v1(protocol)

    client.send({"msg_type": "ping", "ack": ack})

    error = client.expect(msg_type="error", code="malformed")
    assert "ack" not in error and "ack" in error["message"]


def test_without_a_room_there_is_nobody_to_talk_to(site, protocol):
    client = site.here.v1(protocol)

    assert client.ask("message", content="hi")["code"] == "not_joined"
    assert client.ask("join")["code"] == "malformed"
    assert client.ask("leave")["code"] == "not_joined"


def test_who_may_only_watch_is_told(bare_site, protocol):
    gateway = bare_site.start_gateway("--listen", "0.0.0.0:0")
    client = gateway.wait_ready().v1(protocol)
    client.enter("r1", "u1")

    assert client.ask("message", content="hi")["code"] == "not_allowed"


# ---- frames ----


@pytest.mark.parametrize("protocol, frames", [
    (JSON, ["{", "[1]", "hello", '{"msg_type":"ping","msg_type":"ping"}', "null"]),
    (MSGPACK, [b"\x81", b"\x91\x01", b"{}", b"\x81\xa1a\xc4\x01x", b"\x82\xa1a\x01\xa1a"])])
def test_what_cannot_be_read_is_an_error_and_the_tenth_is_the_last(site, protocol, frames):
    client = site.here.v1(protocol)

    for n in range(9):
        client.send(frames[n % len(frames)])
        client.expect(msg_type="error", code="malformed", retry=False)
    client.send(frames[0])

    assert client.wait_closed().code == 4400


def test_a_frame_of_the_wrong_type_closes(site):
    client = site.here.v1(JSON)
    client.send_binary(b'{"msg_type":"ping"}')
    assert client.wait_closed().code == 1003

    client = site.here.v1(MSGPACK)
    client.send('{"msg_type":"ping"}')
    assert client.wait_closed().code == 1003


# ---- several rooms ----


def test_one_connection_is_in_several_rooms(site, protocol):
    client = site.here.v1(protocol)
    for room in ("r1", "r2", "r3"):
        client.enter(room, "u1")

    for room in ("r2", "r1", "r3"):
        publish_chats(site, room, room)
        client.skip_to(msg_type="message", room_id=room, content=room)

    assert client.ask("message", content="x")["code"] == "malformed"
    assert client.ask("message", content="x", room_id="r2")["seq"] == 2
    client.skip_to(msg_type="message", room_id="r2", content="x")


def test_a_room_that_was_left_is_silent_and_the_others_are_not(site, protocol):
    client = site.here.v1(protocol)
    client.enter("r1", "u1")
    client.enter("r2", "u1")

    assert client.ask("leave", room_id="r1")["msg_type"] == "ack"
    publish_chats(site, "r1", "to r1")
    publish_chats(site, "r2", "to r2")

    client.expect(msg_type="message", room_id="r2")
    assert client.ask("message", content="back")["seq"] == 2  # the only one left
    assert client.ask("leave", room_id="r1")["code"] == "not_joined"


def test_a_hundred_rooms_are_enough(site, protocol):
    client = site.here.v1(protocol)
    for n in range(100):
        client.send({"msg_type": "join", "room_id": f"r{n}", "from_uid": "u1"})
    for _ in range(100):
        client.skip_to(msg_type="joined")

    assert client.ask("join", room_id="r100")["code"] == "too_many"
    assert client.enter("r5", "u1")["online_num"] == 1


# ---- Redis is away ----


def test_while_redis_is_away_commands_are_refused_and_may_be_tried_again(bare_site, protocol):
    bare_site.start_redis()
    gateway = bare_site.start_gateway().wait_ready()
    client = gateway.v1(protocol)
    client.enter("r1", "u1")

    bare_site.redis.kill()
    wait_until(lambda: not gateway.ready(), "the gateway to notice")

    for answer in (client.ask("message", content="hi", room_id="r1"),
                   client.ask("join", room_id="r2")):
        assert (answer["msg_type"], answer["code"], answer["retry"]) == (
            "error", "unavailable", True)
    assert client.enter("r1", "u1")["resumed"] is False  # it is known here
