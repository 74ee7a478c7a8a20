"""Clients that read slowly or not at all: closed in time, and nobody else's trouble."""

import itertools

import pytest
from websockets.exceptions import InvalidStatus

from viewer import enter
from waiting import wait_until

ROOM = "r1"
LITTLE = 4096  # bytes that the machine of a client takes for it
PADDING = "." * 8000


def fire(gateway, number):
    status, _ = gateway.post(ROOM, {"msg_type": "x_fire", "number": number, "padding": PADDING})
    assert status == 200


def closed(gateway, code):
    return gateway.metric("livegate_sessions_closed_total", code=str(code))


def test_who_never_reads_is_closed_and_the_others_miss_nothing(bare_site):
    gateway = bare_site.start_gateway("--slow-seconds", "1s")
    reader = enter(gateway, ROOM, "u1", "Ann")
    never = [gateway.client(f"/?room_id={ROOM}", receive_buffer=LITTLE) for _ in range(20)]

    for number in itertools.count():
        fire(gateway, number)
        reader.skip_to(msg_type="x_fire", number=number)
        if number % 100 == 0 and closed(gateway, 4408) == len(never):
            break

    assert gateway.metric("livegate_connections") == 1
    for client in never:
        client.cut()


def test_who_stops_for_a_moment_and_reads_on_stays(bare_site):
    gateway = bare_site.start_gateway("--room-log-bytes", "64MB")
    pauses = gateway.client(f"/?room_id={ROOM}", receive_buffer=LITTLE)

    for number in range(200):  # more than its socket takes
        fire(gateway, number)

    for number in range(200):
        assert pauses.skip_to(msg_type="x_fire")["number"] == number
    assert closed(gateway, 4408) == 0


def test_a_v1_client_that_falls_off_the_log_is_repaired_unseen(site, protocol):
    clients = [gateway.v1(protocol, receive_buffer=LITTLE) for gateway in site.gateways]
    for client in clients:
        client.enter(ROOM, "u1")

    for number in range(300):  # more than a socket and a log take
        fire(site.here, number)

    for gateway, client in zip(site.gateways, clients):
        for number in range(300):  # the client checks that none is missing
            client.skip_to(msg_type="x_fire", number=number)
        assert gateway.metric("livegate_sessions_repaired_total") >= 1
        assert closed(gateway, 4408) == 0


def test_where_the_history_does_not_reach_back_a_v1_client_is_told(bare_site, protocol):
    bare_site.start_redis()
    gateway = bare_site.start_gateway("--history", "20").wait_ready()
    client = gateway.v1(protocol, receive_buffer=LITTLE)
    client.enter(ROOM, "u1")

    for number in range(300):
        fire(gateway, number)

    joined = client.skip_to(msg_type="joined")
    assert joined["resumed"] is False
    if joined["seq"] < 300:
        client.skip_to(msg_type="x_fire", number=299)
    fire(gateway, 300)
    client.skip_to(msg_type="x_fire", number=300)
    assert closed(gateway, 4408) == 0


def test_a_live_client_that_falls_off_the_log_is_told_to_come_back(bare_site):
    gateway = bare_site.start_gateway()
    client = gateway.client(f"/?room_id={ROOM}", receive_buffer=LITTLE)

    for number in range(300):
        fire(gateway, number)

    assert client.wait_closed().code == 4408


def test_the_kernel_keeps_little_for_who_does_not_read(bare_site):
    gateway = bare_site.start_gateway()
    never = gateway.client(f"/?room_id={ROOM}", receive_buffer=LITTLE)

    number = 0
    while gateway.metric("livegate_sessions_behind") == 0:
        fire(gateway, number)
        number += 1

    assert number * len(PADDING) < 400_000
    never.cut()


def resident(gateway):
    """Bytes; what it shows of itself."""
    return gateway.metric("process_resident_memory_bytes")


def refused(gateway):
    return gateway.metric("livegate_upgrades_refused_total", status="503")


def test_hundreds_who_never_read_cost_little_and_let_nobody_in_but_for_a_while(bare_site):
    gateway = bare_site.start_gateway("--memory-limit", "2MB")
    reader = gateway.v1()
    reader.enter(ROOM, "u1")
    fire(gateway, 0)
    before = resident(gateway)
    never = [gateway.client(f"/?room_id={ROOM}", receive_buffer=LITTLE) for _ in range(300)]

    number = 0
    while gateway.metric("livegate_sessions_shed_total") == 0:
        number += 1
        fire(gateway, number)

    assert not gateway.ready()
    assert "memory: clients make us hold too much" in gateway.http("GET", "/readyz")[1]["reasons"]
    with pytest.raises(InvalidStatus) as answer:
        gateway.client()
    assert answer.value.response.status_code == 503
    assert refused(gateway) == 1
    for _ in range(300):
        number += 1
        fire(gateway, number)
    reader.skip_to(msg_type="x_fire", number=number)
    wait_until(gateway.ready, "the gateway to be ready again")
    enter(gateway, ROOM, "u2", "Bob")
    assert resident(gateway) - before < 64 << 20
    assert gateway.metric("livegate_readers_bytes") < 2 << 20
    for client in never:
        client.cut()
