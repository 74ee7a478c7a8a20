"""S1, the plain text page, and S2, the one global socket."""

from viewer import enter
from waiting import wait_until


# ---- S1, the plain text page ----


def test_plain_text_goes_to_plain_clients_as_it_was_typed_and_not_back(site):
    one = site.here.client("/?dialect=plain&room_id=r1")
    two = site.there.client("/rooms/r1?dialect=plain")
    wait_until(lambda: site.here.room("r1")["online_num"] == 2, "both to be in")

    one.send("小程序來了")
    assert two.receive() == "小程序來了"
    two.send('say "hi"\n\\')
    assert one.receive() == 'say "hi"\n\\'


def test_plain_text_reaches_the_live_room_as_a_message(site):
    ann = enter(site.here, "r1", "u1", "Ann")
    plain = site.there.client("/?dialect=plain&room_id=r1")

    plain.send("小程序來了")

    message = ann.skip_to(msg_type="message")
    assert message["content"] == "小程序來了"
    assert message["from_name"]


def test_a_queue_of_texts_right_after_open_arrives_in_order(site):
    other = site.there.client("/?dialect=plain&room_id=r1")
    wait_until(lambda: site.here.room("r1")["online_num"] == 1, "the first to be in")

    plain = site.here.client("/?dialect=plain&room_id=r1")
    for i in range(50):
        plain.send(f"t{i}")

    assert [other.receive() for _ in range(50)] == [f"t{i}" for i in range(50)]


def test_plain_clients_hear_no_greeting_no_joins_and_no_likes(site):
    plain = site.here.client("/?dialect=plain&room_id=r1")
    wait_until(lambda: site.here.room("r1")["online_num"] == 1, "it to be in")
    ann = enter(site.there, "r1", "u1", "Ann")

    ann.send({"msg_type": "like"})
    ann.skip_to(msg_type="like")
    ann.send({"msg_type": "message", "content": "x", "from_name": "Ann", "from_uid": "u1"})

    first = plain.receive_json()
    assert (first["msg_type"], first["content"]) == ("message", "x")


# ---- S2, one global socket ----


def test_the_path_rule_makes_it_plain_and_its_heartbeat_is_pong(site):
    client = site.here.client("/app/webSocketServer.mn")

    client.send("0123456789abcdEFping")

    assert client.receive() == "pong"


def test_something_like_its_heartbeat_is_a_message(site):
    client = site.here.client("/app/webSocketServer.mn?room_id=r1")
    other = site.there.client("/app/webSocketServer.mn?room_id=r1")
    wait_until(lambda: site.here.room("r1")["online_num"] == 2, "both to be in")

    client.send("0123456789abcdE-ping")

    assert other.receive() == "0123456789abcdE-ping"


def test_clients_without_a_room_meet_in_the_default_room(site):
    one = site.here.client("/webSocketServer.mn")
    two = site.there.client("/webSocketServer.mn")
    wait_until(lambda: site.here.room("lobby")["online_num"] == 2, "both to be in")

    one.send("hello")

    assert two.receive() == "hello"
