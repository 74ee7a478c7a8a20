"""What all old clients have in common."""

import json

from viewer import enter


def test_unknown_subprotocols_do_not_drop_the_connection(site):
    client = site.here.client(protocols=["what-is-this", "and-that"])

    assert client.subprotocol is None
    client.expect(msg_type="init")


def test_of_several_subprotocols_the_first_known_is_echoed(site):
    assert site.here.client(protocols=["nope", "chat", "protocol1"]).subprotocol == "chat"


def test_one_object_a_frame_even_in_a_burst(site):
    ann = enter(site.here, "r1", "u1", "Ann")

    for i in range(200):
        ann.send({"msg_type": "message", "content": f"m{i}"})

    for i in range(200):
        ann.expect(msg_type="message", content=f"m{i}")


def test_a_message_in_fragments_is_one_message(site):
    ann = enter(site.here, "r1", "u1", "Ann")

    ann.send_parts('{"msg_type":"mess', 'age","content":', '"x"}')

    ann.expect(msg_type="message", content="x")


def test_too_large_a_message_is_refused_with_1009(site):
    ann = enter(site.here, "r1", "u1", "Ann")

    ann.send(json.dumps({"msg_type": "message", "content": "x" * 20000}))

    assert ann.wait_closed().code == 1009


def test_a_leave_message_leaves_at_once_and_the_socket_stays(site):
    ann = enter(site.here, "r1", "u1", "Ann")
    bob = enter(site.there, "r1", "u2", "Bob")

    bob.send({"msg_type": "leave", "room_id": "r1"})
    assert ann.skip_to(msg_type="leave")["online_num"] == 1
    bob.send({"msg_type": "ping"})
    bob.skip_to(msg_type="pong")


def test_when_the_gateway_stops_clients_are_told_to_come_back(site):
    ann = enter(site.here, "r1", "u1", "Ann")

    site.here.stop()

    closed = ann.wait_closed()
    assert (closed.code, closed.reason) == (1012, "restart, reconnect")
