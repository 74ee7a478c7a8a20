"""S3, the chat page, and S4, the device page."""

from viewer import enter


# ---- S3, the chat page ----


def test_data_is_relayed_as_message_with_both_names_and_not_to_its_sender(site):
    one = site.here.client("/?room_id=r1", protocols=["protocol1"])
    two = site.there.client("/?room_id=r1", protocols=["protocol1"])
    assert one.subprotocol == "protocol1"
    for client in (one, two):
        client.expect(msg_type="init")
        client.expect(msg_type="join")

    one.send({"data": "hello \"you\""})
    seen = two.skip_to(msg_type="message")
    assert (seen["data"], seen["content"]) == ('hello "you"', 'hello "you"')

    two.send({"data": "fence"})
    assert one.skip_to(msg_type="message")["data"] == "fence"


def test_every_message_has_data_for_who_offered_protocol1(site):
    chat = site.here.client("/?room_id=r1", protocols=["protocol1"])
    chat.skip_to(msg_type="join")
    ann = enter(site.there, "r1", "u1", "Ann")

    ann.send({"msg_type": "message", "content": "hi"})

    assert chat.skip_to(msg_type="message")["data"] == "hi"
    assert "data" not in ann.skip_to(msg_type="message")


def test_a_clean_close_is_answered_with_1000(site):
    client = site.here.client(protocols=["protocol1"])

    assert client.close() == 1000


# ---- S4, the device page ----


def test_its_heartbeat_is_met_with_silence(site):
    client = site.here.client("/ws")
    client.expect(msg_type="init")

    client.send("heart-check-mobile")
    client.send({"msg_type": "ping"})

    assert client.receive_json() == {"msg_type": "pong"}


def test_a_logout_is_a_clean_leave(site):
    ann = enter(site.here, "r1", "u1", "Ann")
    device = enter(site.there, "r1", "u2", "Dev", "/ws")

    device.send({"type": "logout", "device": 7})
    assert ann.skip_to(msg_type="leave")["from_uid"] == "u2"
    assert device.close() == 1000
