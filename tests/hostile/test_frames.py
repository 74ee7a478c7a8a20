"""Frames that RFC 6455 forbids, frames without end, and too many of them."""

import itertools
import struct

import pytest

from attacker import (BINARY, CLOSE, JSON_PROTOCOL, MSGPACK_PROTOCOL, PING, TEXT, Attacker,
                      for_seconds, frame)

PATHS = {"live": "/?room_id=r1", "plain": "/?room_id=r1&dialect=plain"}


def close_with(code, reason=b""):
    return frame(CLOSE, struct.pack(">H", code) + reason)


RESERVED = [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]
NO_CODES = [0, 1, 999, 1004, 1005, 1006, 1012 + 4, 1100, 2000, 2999, 5000, 65535]
GOOD_CODES = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999]

NOT_UTF8 = {
    "a byte that is none": b"\xff", "another": b"\xfe", "a lone continuation": b"\x80",
    "an overlong zero": b"\xc0\x80", "an overlong slash": b"\xc0\xaf",
    "an overlong one of three": b"\xe0\x80\xaf", "of four": b"\xf0\x80\x80\xaf",
    "of five": b"\xf8\x80\x80\x80\xaf", "of six": b"\xfc\x80\x80\x80\x80\xaf",
    "a high surrogate": b"\xed\xa0\x80", "a low surrogate": b"\xed\xbf\xbf",
    "a pair of surrogates": b"\xed\xa0\x80\xed\xb0\x80", "beyond the last": b"\xf4\x90\x80\x80",
    "cut of two": b"\xc3", "cut of three": b"\xe4\xbd", "cut of four": b"\xf0\x9f\x98",
    "cut and gone on": b"\xe4\xbda", "latin 1": b"caf\xe9",
}


def forbidden():
    """name -> (bytes, close code)"""
    cases = {}
    for opcode in RESERVED:
        cases[f"opcode {opcode}"] = frame(opcode), 1002
    for bits, opcode in itertools.product(range(0x10, 0x80, 0x10), (TEXT, BINARY, PING, CLOSE)):
        case = f"reserved bits {bits:#x} on {opcode}"
        cases[case] = frame(opcode, first=0x80 | bits | opcode), 1002
    for opcode in (TEXT, BINARY, PING, CLOSE, 10):
        cases[f"unmasked {opcode}"] = frame(opcode, b"hi", masked=False), 1002
    for opcode in (PING, CLOSE, 10):
        cases[f"long control {opcode}"] = frame(opcode, b"x" * 126), 1002
        cases[f"control in parts {opcode}"] = frame(opcode, b"", first=opcode), 1002
    for length in (16385, 1 << 20, 1 << 31, 1 << 32, (1 << 63) - 1):
        cases[f"a length of {length}"] = frame(TEXT, b"x", length=length), 1009
    for length in (1 << 63, (1 << 64) - 1):
        cases[f"a length of {length}"] = frame(TEXT, b"x", length=length), 1002
    for code in NO_CODES:
        cases[f"close code {code}"] = close_with(code), 1002
    for name, text in NOT_UTF8.items():
        cases[f"text: {name}"] = frame(TEXT, text), 1007
        cases[f"parts: {name}"] = (frame(TEXT, text[:1], first=TEXT) +
                                   frame(0, text[1:], first=0x80)), 1007
        cases[f"reason: {name}"] = close_with(1000, text), 1007
    cases["half a close code"] = frame(CLOSE, b"\x03"), 1002
    cases["a continuation of nothing"] = frame(0, b"x"), 1002
    cases["a text within a text"] = frame(TEXT, b"a", first=TEXT) + frame(TEXT, b"b"), 1002
    cases["parts that are too much"] = (frame(TEXT, b"a" * 9000, first=TEXT) +
                                        frame(0, b"a" * 9000, first=0x80)), 1009
    return cases


FORBIDDEN = forbidden()


@pytest.mark.parametrize("dialect", PATHS)
def test_what_is_forbidden_ends_with_the_code_that_says_why(gateway, dialect):
    for case, (data, code) in FORBIDDEN.items():
        with Attacker(gateway).open(PATHS[dialect]) as attacker:
            attacker.say(data)

            assert attacker.close_code() == code, case


def test_good_close_codes_are_answered_with_the_same(gateway):
    for code in GOOD_CODES:
        with Attacker(gateway).open() as attacker:
            attacker.say(close_with(code, "再见".encode()))

            assert attacker.close_code() == code


@pytest.mark.parametrize("protocol, opcode", [(JSON_PROTOCOL, BINARY), (MSGPACK_PROTOCOL, TEXT)])
def test_the_wrong_type_of_frame_for_v1(gateway, protocol, opcode):
    with Attacker(gateway).open(Sec_WebSocket_Protocol=protocol) as attacker:
        attacker.say(frame(opcode, b"{}"))

        assert attacker.close_code() == 1003


# name -> (what it begins with, what goes on and on)
FLOODS = {
    "pings": (b"", frame(PING, b"x" * 125) * 500),
    "pongs": (b"", frame(10, b"x" * 125) * 500),
    "empty texts": (b"", frame(TEXT) * 5000),
    "heartbeats": (b"", frame(TEXT, b'{"msg_type":"ping"}') * 2000),
    "nonsense": (b"", frame(TEXT, b"{") * 5000),
    "joins": (b"", frame(TEXT, b'{"msg_type":"join","room_id":"r1","from_uid":"x"}') * 100),
    "likes": (b"", frame(TEXT, b'{"msg_type":"like","count":100}') * 500),
    "empty parts": (frame(TEXT, first=TEXT), frame(0, first=0) * 5000),
    "pings between parts": (frame(TEXT, b"a", first=TEXT), frame(PING) * 5000),
    "binaries": (b"", frame(BINARY, bytes(16000)) * 10),
}


@pytest.mark.parametrize("flood", FLOODS)
@pytest.mark.parametrize("reads", [True, False])
def test_a_flood_hurts_only_who_makes_it(gateway, flood, reads):
    begin, again = FLOODS[flood]
    with Attacker(gateway, receive_buffer=None if reads else 4096).open("/?room_id=r1") as attacker:
        attacker.say(begin)
        for _ in for_seconds(0.5):
            if attacker.pour(again) < 0:
                break  # it was closed: its own fault
            if reads:
                attacker.drink()


def test_one_byte_at_a_time_is_slow_but_allowed(gateway):
    with Attacker(gateway).open() as attacker:
        for byte in frame(TEXT, b'{"msg_type":"ping"}'):
            attacker.say(bytes([byte]))

        assert attacker.next_message().startswith(b'{"msg_type":"init"')
        assert attacker.next_message() == b'{"msg_type":"pong"}'


def test_what_follows_a_close_is_not_heard(gateway):
    with Attacker(gateway).open(Sec_WebSocket_Protocol=JSON_PROTOCOL) as attacker:
        attacker.say(close_with(1000) + frame(TEXT, b'{"msg_type":"join","room_id":"late"}') * 100)

        frames = list(attacker.frames())

    assert [opcode for opcode, _ in frames] == [CLOSE]
    assert gateway.room("late")["online_num"] == 0
