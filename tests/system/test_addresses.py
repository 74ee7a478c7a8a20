"""How many connections one address may have, and who is behind a proxy."""

import contextlib
import socket

from test_limits_of_size import limited, upgrade
from waiting import wait_until

PROXY = "127.0.0.9"


def let_in(gateway, addresses, **options):
    """Tries to connect from each address: the sockets that are open then."""
    opened = []
    for address in addresses:
        with contextlib.suppress(Refused):
            opened.append(connect(gateway, address, **options))
    return opened


class Refused(Exception):
    pass


def connect(gateway, source, forwarded=None):
    """An upgraded socket, from that address of this machine; `forwarded` are whole headers."""
    sock = socket.create_connection(("127.0.0.1", gateway.port), source_address=(source, 0))
    lines = ["GET / HTTP/1.1", "Host: a", "Upgrade: websocket", "Connection: Upgrade",
             "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]
    lines += [f"X-Forwarded-For: {value}" for value in forwarded or ()]
    sock.sendall("\r\n".join([*lines, "", ""]).encode())
    answer = sock.recv(200)
    if answer.startswith(b"HTTP/1.1 101 "):
        return sock
    sock.close()
    assert answer.startswith(b"HTTP/1.1 429 "), answer
    raise Refused


def test_one_address_has_so_many_connections_and_others_are_served(bare_site):
    gateway = bare_site.start_gateway("--connections-per-address", "3")

    opened = let_in(gateway, ["127.0.0.2"] * 6)
    others = let_in(gateway, ["127.0.0.3", "127.0.0.4"])

    assert (len(opened), len(others)) == (3, 2)
    assert limited(gateway, "address") == 3
    assert gateway.metric("livegate_upgrades_refused_total", status="429") == 3
    opened.pop().close()
    wait_until(lambda: gateway.metric("livegate_connections") == 4, "one to be gone")
    opened += let_in(gateway, ["127.0.0.2"] * 2)
    assert len(opened) == 3


def test_who_has_said_nothing_yet_counts_too_and_is_told_before_he_speaks(bare_site):
    gateway = bare_site.start_gateway("--connections-per-address", "2", "--handshake-timeout", "1s")
    silent = [socket.create_connection(("127.0.0.1", gateway.port)) for _ in range(2)]

    late = socket.create_connection(("127.0.0.1", gateway.port))

    answer = late.recv(2000)
    assert answer.startswith(b"HTTP/1.1 429 ") and b"Retry-After: " in answer
    for sock in silent:
        assert sock.recv(1) == b""  # after its time
    assert upgrade(gateway)[0] == 101


def test_without_the_limit_an_address_has_as_many_as_it_likes(bare_site):
    gateway = bare_site.start_gateway()

    assert len(let_in(gateway, ["127.0.0.2"] * 50)) == 50


def test_behind_a_trusted_proxy_its_clients_are_counted(bare_site):
    gateway = bare_site.start_gateway("--connections-per-address", "2", "--trusted-proxies",
                                      f"10.0.0.0/8,{PROXY}")

    held = [let_in(gateway, [PROXY] * 4, forwarded=forwarded) for forwarded in (
        ["198.51.100.1"],
        ["203.0.113.99, 198.51.100.2, 10.1.1.1"],  # what its client has invented stands first
        ["203.0.113.98", "198.51.100.3"],
        ["2001:db8::1"],
        [],                                        # the proxy itself: a probe
        ["unknown"])]

    assert [len(opened) for opened in held] == [2, 2, 2, 2, 4, 4]
    same = let_in(gateway, [PROXY] * 2, forwarded=["198.51.100.2"])
    neighbour = let_in(gateway, [PROXY] * 2, forwarded=["2001:db8::2"])
    assert (same, neighbour) == ([], [])


def test_anybody_elses_word_for_where_he_is_from_is_not_believed(bare_site):
    gateway = bare_site.start_gateway("--connections-per-address", "2", "--trusted-proxies", PROXY)

    opened = [sock for number in range(6)
              for sock in let_in(gateway, ["127.0.0.2"],
                                        forwarded=[f"198.51.100.{number}, {PROXY}"])]

    assert len(opened) == 2
