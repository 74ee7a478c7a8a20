"""S0, the live room page: every row of what it needs."""

import pytest

from viewer import enter


def test_the_first_frame_is_init_and_nothing_else_has_a_client_id(site):
    client = enter(site.here, "r1", "u1", "Ann")

    assert "client_id" not in client.answer
    client.send({"msg_type": "message", "content": "hi", "client_id": client.client_id})
    assert "client_id" not in client.expect(msg_type="message", content="hi")


def test_a_join_is_answered_with_the_whole_window(site):
    client = enter(site.here, "r1", "u1", "Ann")

    assert client.answer["message_list"] == []
    assert client.answer["online_num"] == 1
    assert client.answer["subscribe_num"] == 0
    assert client.answer["like_num"] == 0
    assert client.answer["msg_content"] == "Ann 进入直播间"
    assert client.answer["from_name"] == "Ann"
    assert client.answer["room_id"] == "r1"


def test_others_see_the_banner_and_how_many_are_there(site):
    ann = enter(site.here, "r1", "u1", "Ann")
    bob = enter(site.there, "r1", "u2", "Bob")

    seen = ann.expect(msg_type="join", from_uid="u2")

    assert seen["msg_content"] == "Bob 进入直播间"
    assert seen["online_num"] == 2
    assert "message_list" not in seen
    assert "client_id" not in seen
    assert bob.answer["online_num"] == 2


def test_a_message_goes_to_the_room_and_to_its_sender(site):
    ann = enter(site.here, "r1", "u1", "Ann")
    bob = enter(site.there, "r1", "u2", "Bob")

    bob.send({"msg_type": "message", "room_id": "r1", "from_name": "Bob", "content": "好"})

    for client in (ann, bob):
        message = client.skip_to(msg_type="message")
        assert (message["from_name"], message["content"]) == ("Bob", "好")


def test_a_late_joiner_gets_the_last_fifty_messages_oldest_first(site):
    ann = enter(site.here, "r1", "u1", "Ann")
    for i in range(60):
        ann.send({"msg_type": "message", "content": f"m{i}", "from_name": "Ann"})
    for i in range(60):
        ann.skip_to(msg_type="message", content=f"m{i}")

    late = enter(site.there, "r1", "u2", "Bob")

    shown = late.answer["message_list"]
    assert [item["content"] for item in shown] == [f"m{i}" for i in range(10, 60)]
    assert all(item["name"] == "Ann" and item["from_name"] == "Ann" for item in shown)
    assert len({item["id"] for item in shown}) == 50


def test_a_follow_counts_exactly_and_has_a_banner(site):
    ann = enter(site.here, "r1", "u1", "Ann")
    bob = enter(site.there, "r1", "u2", "Bob")

    bob.send({"msg_type": "subscribe", "room_id": "r1"})
    seen = ann.skip_to(msg_type="subscribe")

    assert seen["subscribe_num"] == 1
    assert seen["msg_content"] == "Bob 关注了直播间"
    ann.send({"msg_type": "subscribe", "room_id": "r1"})
    assert bob.skip_to(msg_type="subscribe", from_uid="u1")["subscribe_num"] == 2


def test_a_closed_socket_becomes_a_leave_with_a_fresh_count(site):
    ann = enter(site.here, "r1", "u1", "Ann")
    bob = enter(site.there, "r1", "u2", "Bob")

    assert bob.close() == 1000
    seen = ann.skip_to(msg_type="leave")

    assert seen["from_uid"] == "u2"
    assert seen["msg_content"] == "Bob 离开直播间"
    assert seen["online_num"] == 1


def test_a_cut_socket_becomes_a_leave_after_the_grace(site):
    ann = enter(site.here, "r1", "u1", "Ann")
    bob = enter(site.there, "r1", "u2", "Bob")

    bob.cut()

    assert ann.skip_to(msg_type="leave", from_uid="u2")["online_num"] == 1


def test_an_interrupted_close_has_the_grace_too(site):
    ann = enter(site.here, "r1", "u1", "Ann")
    bob = enter(site.there, "r1", "u2", "Bob")

    bob.close(1000, "interrupted")
    again = enter(site.there, "r1", "u2", "Bob")
    again.send({"msg_type": "message", "content": "back"})

    kinds = [ann.receive_json()["msg_type"] for _ in range(2)]
    assert kinds == ["join", "message"], "neither leave nor a second join"
    assert again.answer["online_num"] == 2


def test_the_shelf_is_relayed_whole_and_shown_to_who_comes_later(site):
    anchor = enter(site.here, "r1", "a1", "Anchor")
    item = {
        "msg_type": "on_off_shelf", "room_id": "r1", "goods_id": "g1", "goods_name": "Tea",
        "goods_price": 99.5, "default_image": "https://img/1.png", "status": "on", "tags": [],
    }
    anchor.send({**item, "client_id": anchor.client_id})
    assert anchor.skip_to(msg_type="on_off_shelf").items() >= item.items()
    anchor.send({**item, "goods_id": "g2", "status": "on"})
    anchor.skip_to(msg_type="on_off_shelf", goods_id="g2")
    anchor.send({**item, "goods_id": "g1", "status": "off"})
    anchor.skip_to(msg_type="on_off_shelf", goods_id="g1")

    late = enter(site.there, "r1", "u2", "Bob")
    shown = late.expect(msg_type="on_off_shelf")

    assert shown["goods_id"] == "g2"
    assert "client_id" not in shown
    late.send({"msg_type": "ping"})
    late.expect(msg_type="pong")


def test_unknown_fields_come_through_byte_for_byte(site):
    ann = enter(site.here, "r1", "u1", "Ann")
    raw = ('{"msg_type":"message","content":"x","price":99.00,"none":[],"big":12345678901234567890,'
           '"from_uid":"u1","from_name":"Ann"}')

    ann.send(raw)
    seen = ann.receive()

    for part in ('"price":99.00', '"none":[]', '"big":12345678901234567890'):
        assert part in seen


def test_likes_are_summed(site):
    ann = enter(site.here, "r1", "u1", "Ann")
    bob = enter(site.there, "r1", "u2", "Bob")

    for _ in range(30):
        bob.send({"msg_type": "like", "room_id": "r1"})
    bob.send({"msg_type": "like", "room_id": "r1", "count": 12})

    added = 0
    while added < 42:
        seen = ann.skip_to(msg_type="like")
        added += seen["delta"]
        assert seen["like_num"] == added
    assert set(seen) == {"msg_type", "like_num", "delta"}


def test_a_ping_is_answered_also_before_the_join(site):
    client = site.here.client()
    client.send({"msg_type": "ping"})

    client.expect(msg_type="init")
    assert client.receive_json() == {"msg_type": "pong"}
    client.send('{ "msg_type" : "ping" }')
    assert client.receive_json() == {"msg_type": "pong"}


def test_joining_another_room_is_a_switch(site):
    ann = enter(site.here, "r1", "u1", "Ann")
    bob = enter(site.there, "r1", "u2", "Bob")

    bob.answer = bob.join("r2", "u2", "Bob")
    assert bob.answer["online_num"] == 1
    assert ann.skip_to(msg_type="leave", from_uid="u2")["online_num"] == 1

    ann.send({"msg_type": "message", "content": "not for bob"})
    ann.skip_to(msg_type="message")
    site.publish("r2", {"msg_type": "message", "content": "for bob"})
    assert bob.skip_to(msg_type="message")["content"] == "for bob"


def test_joining_the_same_room_again_only_answers_again(site):
    ann = enter(site.here, "r1", "u1", "Ann")
    bob = enter(site.there, "r1", "u2", "Bob")
    ann.expect(msg_type="join", from_uid="u2")

    assert bob.join("r1", "u2", "Bob")["online_num"] == 2
    bob.send({"msg_type": "message", "content": "fence"})

    ann.expect(msg_type="message", content="fence")


def test_room_ids_and_uids_may_be_numbers_and_come_back_as_they_were(site):
    ann = enter(site.here, "42", "u1", "Ann")
    client = site.there.client()
    client.expect(msg_type="init")

    answer = client.join(42, 1001, "Bob")

    assert (answer["room_id"], answer["from_uid"]) == (42, 1001)
    assert ann.expect(msg_type="join")["from_uid"] == 1001


@pytest.mark.parametrize("frame", [
    '{"key":"value"}', '{"msg_type":"nothing_we_know"}', '{"msg_type":42}', "hello", "[1,2]",
    "null", "{", '{"msg_type":"join","room_id":"*"}', '""', "42",
    '{"msg_type":"message","content":{}}', '{"msg_type":"like","count":1e9}',
])
def test_what_is_not_understood_is_accepted_in_silence(site, frame):
    client = enter(site.here, "r1", "u1", "Ann")

    client.send(frame)
    client.send({"msg_type": "ping"})

    assert client.receive_json() == {"msg_type": "pong"}


def test_a_return_within_the_grace_is_told_to_nobody(site):
    ann = enter(site.here, "r1", "u1", "Ann")
    bob = enter(site.here, "r1", "u2", "Bob")
    ann.expect(msg_type="join", from_uid="u2")

    bob.cut()
    again = enter(site.there, "r1", "u2", "Bob")
    again.send({"msg_type": "message", "content": "back"})

    ann.expect(msg_type="message", content="back")
    assert again.answer["online_num"] == 2


def test_a_return_before_the_old_socket_is_gone_is_told_to_nobody(site):
    ann = enter(site.here, "r1", "u1", "Ann")
    bob = enter(site.here, "r1", "u2", "Bob")
    ann.expect(msg_type="join", from_uid="u2")

    again = enter(site.there, "r1", "u2", "Bob")
    bob.cut()
    again.send({"msg_type": "message", "content": "back"})

    ann.expect(msg_type="message", content="back")
    assert again.answer["online_num"] == 2
    cyd = enter(site.here, "r1", "u3", "Cyd")
    assert cyd.answer["online_num"] == 3
