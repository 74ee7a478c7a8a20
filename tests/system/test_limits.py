"""What one client may do, while another beside it loses nothing."""

import signal

from waiting import wait_until

FEW = ("--messages-per-minute", "60", "--likes-per-minute", "60", "--joins-per-minute", "60",
       "--command-burst", "5s", "--refusals-per-minute", "20")


def test_a_loud_client_of_the_old_kind_is_dropped_in_part_and_never_closed(bare_site):
    gateway = bare_site.start_gateway(*FEW)
    canary = gateway.v1()
    canary.enter("8", "1")
    loud = gateway.client()
    loud.join("8", "7", "Loud")

    for i in range(200):
        loud.send({"msg_type": "message", "content": f"{i}"})
        loud.send({"msg_type": "join", "room_id": "8", "from_uid": "7"})
        loud.send({"msg_type": "like"})
    loud.send({"msg_type": "ping"})

    loud.skip_to(msg_type="pong")
    for i in range(50):
        bare_site.publish("8", {"msg_type": "x_gift", "number": i})
    assert [canary.skip_to(msg_type="x_gift")["number"] for _ in range(50)] == list(range(50))
    for kind in ("message", "join", "like"):
        assert gateway.metric("livegate_commands_limited_total", kind=kind) > 180
    assert loud.close() == 1000


def test_a_client_of_v1_is_told_to_slow_down_and_closed_if_it_does_not(bare_site, protocol):
    gateway = bare_site.start_gateway(*FEW)
    canary = gateway.v1()
    canary.enter("8", "1")
    loud = gateway.v1(protocol)
    loud.enter("8", "7")

    for i in range(10):
        loud.command("message", content=f"{i}")
    refused = [loud.skip_to(msg_type="error") for _ in range(5)]

    assert all(answer["code"] == "too_many" and answer["retry"] for answer in refused)
    for i in range(20):
        loud.command("message", content=f"again {i}")
    assert loud.wait_closed().code == 4429
    assert canary.ask("message", content="here")["msg_type"] == "ack"


def test_heartbeats_are_not_limited(bare_site):
    gateway = bare_site.start_gateway(*FEW)
    live, page = gateway.client(), gateway.client("/webSocketServer.mn")

    for _ in range(300):
        live.send({"msg_type": "ping"})
        page.send("0123456789abcdefping")
        live.skip_to(msg_type="pong")
        assert page.receive() == "pong"


def test_limits_change_for_those_who_are_connected(bare_site, tmp_path):
    file = tmp_path / "livegate.conf"
    file.write_text("messages-per-minute = 1\n")
    environment = {"LIVEGATE_MESSAGES_PER_MINUTE": None}
    gateway = bare_site.start_gateway("--config", str(file), environment=environment)
    client = gateway.v1()
    client.enter("8", "7")
    assert client.ask("message", content="x")["msg_type"] == "ack"
    assert client.ask("message", content="x")["code"] == "too_many"

    file.write_text("messages-per-minute = 0\n")
    gateway.process.send_signal(signal.SIGHUP)

    wait_until(lambda: client.ask("message", content="x")["msg_type"] == "ack", "the new limit")


def test_a_room_over_its_budget_leaves_out_chat_and_delivers_the_rest(bare_site):
    gateway = bare_site.start_gateway("--room-messages-per-minute", "300")
    canary = gateway.v1()
    canary.enter("8", "1")
    crowd = [gateway.v1() for _ in range(10)]
    for number, client in enumerate(crowd):
        client.enter("8", f"u{number}")

    for i in range(20):
        bare_site.publish("8", {"msg_type": "x_gift", "number": i})
        for client in crowd:
            client.send({"msg_type": "message", "content": "hello", "ack": i})
    answers = [client.skip_to(msg_type="ack", ack=i) for client in crowd for i in range(20)]

    dropped = [answer for answer in answers if answer.get("dropped")]
    assert all("seq" in answer and answer["seq"] == 0 for answer in dropped)
    assert 0 < len(answers) - len(dropped) < 100 and len(answers) == 200
    assert gateway.metric("livegate_messages_sampled_total", kind="message") == len(dropped)
    assert [canary.skip_to(msg_type="x_gift")["number"] for _ in range(20)] == list(range(20))
