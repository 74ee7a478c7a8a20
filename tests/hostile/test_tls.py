"""Attacks on TLS itself, at a gateway that speaks it, with a canary that does so too."""

import random
import socket
import ssl
import threading

import pytest

from attacker import Attacker, frame, horde, request
from waiting import PATIENCE, wait_until

HELLO = b"\x16\x03\x01"


def hello(context):
    """What a client says first."""
    into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
    with pytest.raises(ssl.SSLWantReadError):
        context.wrap_bio(into, out, server_hostname="localhost").do_handshake()
    return out.read()


class Secret(Attacker):
    """An attacker behind a handshake."""

    def __init__(self, gateway, **options):
        super().__init__(gateway, **options)
        self.plain = self.socket.dup()  # below the records
        self.socket = gateway.tls.wrap_socket(self.socket, server_hostname="localhost")

    def _read(self):
        try:
            return super()._read()
        except ssl.SSLError:  # the alert that says why it ends
            return False


GARBAGE = {
    "nothing but zeros": bytes(1000),
    "chance": random.Random(1).randbytes(2000),
    "a record of nothing": HELLO + b"\x00\x00",
    "a record larger than can be": HELLO + b"\xff\xff" + bytes(100),
    "a record of SSL 2": b"\x80\x2e\x01\x00\x02" + bytes(100),
    "a hello longer than it is": HELLO + b"\x00\x10\x01\xff\xff\xff" + bytes(12),
    "a hello that is none": HELLO + b"\x40\x00" + random.Random(2).randbytes(16384),
    "data before a hello": b"\x17\x03\x03\x00\x05hello",
    "an alert before a hello": b"\x15\x03\x03\x00\x02\x02\x28",
    "a request without TLS": request(),
    "a request with a body": request(line="POST / HTTP/1.1", Content_Length="5") + b"hello",
}


@pytest.mark.parametrize("bytes_", GARBAGE.values(), ids=list(GARBAGE))
def test_garbage_ends_the_connection(secured, bytes_):
    for _ in range(20):
        with Attacker(secured) as attacker:
            attacker.say(bytes_)
            attacker.all_that_comes()


def test_hellos_that_were_changed_end_the_connection(secured):
    dice, good = random.Random(3), hello(secured.tls)

    for _ in range(300):
        bad = bytearray(good)
        for _ in range(dice.randint(1, 8)):
            bad[dice.randrange(len(bad))] = dice.randrange(256)
        with Attacker(secured) as attacker:
            attacker.say(bytes(bad[:dice.randint(1, len(bad))]))
            attacker.socket.shutdown(socket.SHUT_WR)
            attacker.all_that_comes()


def test_half_handshakes_are_over_in_time(secured):
    good = hello(secured.tls)

    with horde(secured, 100) as attackers:
        for number, attacker in enumerate(attackers):
            attacker.say(good[:number % len(good)])

        for attacker in attackers:
            attacker.all_that_comes()


def test_a_handshake_byte_by_byte_is_over_in_time(secured):
    """The limit is for all of it, not for each byte."""
    good = hello(secured.tls)

    with horde(secured, 10) as attackers:
        for byte in good[:-1]:
            for attacker in attackers:
                attacker.say(bytes([byte]))

        for attacker in attackers:
            attacker.all_that_comes()


def test_resets_in_the_middle_harm_nobody(secured):
    good = hello(secured.tls)

    for number in range(200):
        attacker = Attacker(secured)
        attacker.say(good[:1 + number * 7 % len(good)] if number % 2 else good)
        attacker.reset()


def test_a_record_cut_in_two_ends_it(secured):
    with Secret(secured).open("/?room_id=r1") as attacker:
        attacker.plain.sendall(b"\x17\x03\x03\x01\x00" + bytes(100))
        attacker.plain.shutdown(socket.SHUT_WR)

        attacker.all_that_comes()


@pytest.mark.parametrize("record", [
    b"\x17\x03\x03\x00\x20" + bytes(32),        # not ours
    b"\x17\x03\x03\xff\xff" + bytes(1000),      # too long
    b"\x15\x03\x03\x00\x02\x01\x00",            # an alert in the clear
    b"\x16\x03\x03\x00\x04\x01\x00\x00\x00",    # another hello
    request(),
])
def test_records_that_are_not_the_clients_end_it(secured, record):
    with Secret(secured).open("/?room_id=r1") as attacker:
        attacker.plain.sendall(record)

        attacker.all_that_comes()


def test_records_of_one_byte_are_slow_and_good(secured):
    with Secret(secured) as attacker:
        for byte in request("/?room_id=r1&dialect=plain"):
            attacker.say(bytes([byte]))
        while b"\r\n\r\n" not in attacker._came:
            assert attacker._read()
        attacker._came = attacker._came.split(b"\r\n\r\n", 1)[1]

        for byte in frame(9, b"alive"):
            attacker.say(bytes([byte]))

        assert any(opcode == 10 and payload == b"alive" for opcode, payload in attacker.frames())


def test_a_request_that_never_ends_is_refused(secured):
    with Secret(secured) as attacker:
        attacker.say(b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 10000)

        assert attacker.all_that_comes().startswith(b"HTTP/1.1 431 ")


def test_who_never_reads_is_closed(secured):
    before = secured.metric("livegate_sessions_closed_total", code="4408")
    attackers = [Secret(secured, receive_buffer=4096).open("/?room_id=flood") for _ in range(5)]

    def closed():
        secured.post("flood", {"msg_type": "x_fire", "padding": "." * 12000})
        return secured.metric("livegate_sessions_closed_total", code="4408") - before == 5

    wait_until(closed, "those who do not read to be closed")
    for attacker in attackers:
        attacker.reset()


def test_a_storm_of_handshakes_harms_nobody(secured):
    def storm():
        for _ in range(40):
            with socket.create_connection(("127.0.0.1", secured.port), PATIENCE) as plain:
                secured.tls.wrap_socket(plain, server_hostname="localhost").close()

    threads = [threading.Thread(target=storm) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
