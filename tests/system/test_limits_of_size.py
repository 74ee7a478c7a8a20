"""How large, how many: each limit says so to who exceeds it, counts it, and leaves others alone."""

import http.client
import signal
import socket

import pytest
from waiting import PATIENCE, wait_until

UPGRADE = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
           "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
CONTINUATION, TEXT = 0, 1
FINAL = 0x80


def limited(gateway, limit):
    return gateway.metric("livegate_limited_total", limit=limit)


def upgrade(gateway, **headers):
    """(status, its headers) of an upgrade that is not to be."""
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=PATIENCE)
    connection.request("GET", "/", headers={**UPGRADE, **headers})
    answer = connection.getresponse()
    connection.close()
    return answer.status, answer.headers


def fragment(first, payload=b""):
    assert len(payload) < 126
    return bytes([first, 0x80 | len(payload), 0, 0, 0, 0]) + payload


@pytest.fixture
def canary(bare_site):
    """Somebody else, who is served all the while: called, it proves that."""
    def begin(gateway):
        client = gateway.v1()
        client.enter("8", "canary")
        return lambda: client.ask("message", content="here")["msg_type"] == "ack"

    return begin


def test_a_client_of_v1_is_in_as_many_rooms_as_allowed(bare_site, canary):
    gateway = bare_site.start_gateway("--max-rooms", "3")
    alive = canary(gateway)
    client = gateway.v1()
    for room in ("a", "b", "c", "c"):
        client.enter(room, "7")

    refused = client.ask("join", room_id="d")

    assert (refused["msg_type"], refused["code"]) == ("error", "too_many")
    assert limited(gateway, "rooms") == 1
    client.ask("leave", room_id="a")
    client.enter("d", "7")
    assert alive()


@pytest.mark.parametrize("payload", [b"", b"x"])
def test_a_message_in_too_many_fragments_ends_its_connection(bare_site, canary, payload):
    gateway = bare_site.start_gateway("--max-fragments", "10")
    alive = canary(gateway)
    good, bad = gateway.client(), gateway.client()
    pieces = [fragment(TEXT, payload)] + [fragment(CONTINUATION, payload) for _ in range(8)]

    good.socket.sendall(b"".join(pieces) + fragment(FINAL | CONTINUATION))
    bad.socket.sendall(b"".join(pieces) + fragment(CONTINUATION))

    assert bad.wait_closed().code == 1008
    good.send({"msg_type": "ping"})
    good.skip_to(msg_type="pong")
    assert limited(gateway, "fragments") == 1
    assert alive()


def test_a_message_that_is_too_large_is_counted(bare_site, canary):
    gateway = bare_site.start_gateway("--max-message", "200")
    alive = canary(gateway)
    client = gateway.client()

    client.send("x" * 201)

    assert client.wait_closed().code == 1009
    assert limited(gateway, "message_bytes") == 1
    assert alive()


def test_a_request_with_too_many_headers_is_refused(bare_site, canary):
    gateway = bare_site.start_gateway("--max-header-bytes", "600")
    alive = canary(gateway)

    assert upgrade(gateway, A="x" * 600)[0] == 431

    assert limited(gateway, "header_bytes") == 1
    assert alive()


def test_a_larger_request_can_be_allowed(bare_site):
    gateway = bare_site.start_gateway("--max-header-bytes", "16KB")

    assert upgrade(gateway, A="x" * 15000)[0] == 101
    assert upgrade(gateway, A="x" * 17000)[0] == 431


def test_a_request_that_takes_too_long_is_counted(bare_site, canary):
    gateway = bare_site.start_gateway("--handshake-timeout", "300ms")
    alive = canary(gateway)
    slow = [socket.create_connection(("127.0.0.1", gateway.port)) for _ in range(2)]
    slow[0].sendall(b"GET / HTTP/1.1\r\n")

    wait_until(lambda: limited(gateway, "handshake") == 2, "both to be given up")

    assert slow[0].recv(100).startswith(b"HTTP/1.1 408 ")
    assert slow[1].recv(100) == b""
    assert alive()


def test_a_full_worker_asks_to_come_back_later_and_has_room_when_somebody_leaves(
        bare_site, canary, tmp_path):
    file = tmp_path / "livegate.conf"
    file.write_text("max-sessions = 3\n")
    gateway = bare_site.start_gateway("--config", str(file))
    alive = canary(gateway)
    clients = [gateway.client() for _ in range(2)]

    status, headers = upgrade(gateway)

    assert (status, headers["Retry-After"]) == (503, "1")
    assert limited(gateway, "sessions") == 1
    assert gateway.metric("livegate_upgrades_refused_total", status="503") == 1
    clients.pop().close()
    wait_until(lambda: gateway.metric("livegate_connections") == 2, "one to be gone")
    clients.append(gateway.client())
    assert upgrade(gateway)[0] == 503

    file.write_text("max-sessions = 4\n")
    gateway.process.send_signal(signal.SIGHUP)
    wait_until(lambda: upgrade(gateway)[0] == 101, "the new limit")
    assert alive()
