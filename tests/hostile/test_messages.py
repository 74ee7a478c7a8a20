"""Messages that are bombs, have wrong types, or name rooms that are none."""

import itertools
import json
import re
import urllib.parse

import msgpack
import pytest

from attacker import (BINARY, JSON_PROTOCOL, MSGPACK_PROTOCOL, TEXT, Attacker, frame, request)
from gateway import ROOT
from stage import ROOM

LIMIT = 16384

JSON_BOMBS = {
    "arrays": b"[" * LIMIT, "objects": b'{"a":' * (LIMIT // 5), "mixed": b'[{"a":' * (LIMIT // 6),
    "closed arrays": b'{"a":' + b"[" * 8000 + b"]" * 8000 + b"}",
    "digits": b'{"msg_type":"like","count":' + b"9" * 16000 + b"}",
    "an exponent": b'{"msg_type":"like","count":1e' + b"9" * 16000 + b"}",
    "members": b"{" + b",".join(b'"%d":0' % n for n in range(1800)) + b"}",
    "one name again and again": b"{" + b'"a":0,' * 2700 + b'"a":0}',
    "our name twice": b'{"msg_type":"message","room_id":"a","room_id":"b","content":"x"}',
    "escapes": b'{"msg_type":"message","content":"' + b"\\u0000" * 2700 + b'"}',
    "surrogates": b'{"msg_type":"message","content":"' + b"\\ud83d" * 2700 + b'"}',
    "blanks": b" " * LIMIT, "a quote without an end": b'{"' + b"\\" * 16000,
    "a name of 16 KB": b'{"' + b"a" * 16000 + b'":1}', "NaN": b'{"count":NaN}',
    "two objects": b'{"msg_type":"ping"}{"msg_type":"ping"}', "a zero": b'{"msg_type":"ping"}\0',
    "null": b"null", "a word": b"true", "nothing": b"",
}
MSGPACK_BOMBS = {
    "a map of 4 G": b"\xdf\xff\xff\xff\xff", "a map of 64 K": b"\xde\xff\xff",
    "a map of 15": b"\x8f", "arrays": b"\x91" * LIMIT, "maps": b"\x81\xa1a" * 5000,
    "an array of 4 G": b"\x81\xa1a\xdd\xff\xff\xff\xff",
    "a text of 4 G": b"\x81\xdb\xff\xff\xff\xff",
    "bytes of 4 G": b"\x81\xa1a\xc6\xff\xff\xff\xff",
    "ext of 4 G": b"\x81\xa1a\xc9\xff\xff\xff\xff\x01",
    "arrays of 4 G in each other": b"\x81\xa1a" + b"\xdd\xff\xff\xff\xff" * 3000,
    "never used": b"\xc1", "a map with it": b"\x81\xa1a\xc1", "numbers as names": b"\x81\x01\x01",
    "a map as a name": b"\x81\x81\x01\x01\x01", "not UTF-8": b"\x81\xa1\xff\xa1\xff",
    "bytes behind it": b"\x80\x80", "nothing": b"", "JSON": b'{"msg_type":"ping"}',
    "NaN": b"\x81\xa5count\xcb\x7f\xf8\0\0\0\0\0\0",
    "empty arrays": b"\x81\xa1a\xdc\x3f\x00" + b"\x90" * 16128,
}


@pytest.mark.parametrize("protocol, opcode, bombs", [
    (JSON_PROTOCOL, TEXT, JSON_BOMBS), (MSGPACK_PROTOCOL, BINARY, MSGPACK_BOMBS)])
def test_a_bomb_is_an_error_to_v1(gateway, protocol, opcode, bombs):
    for case, data in bombs.items():
        with Attacker(gateway).open(Sec_WebSocket_Protocol=protocol) as attacker:
            attacker.say(frame(opcode, data))

            assert b"error" in attacker.next_message(), case
            assert attacker.ask_alive()


@pytest.mark.parametrize("path", ["/?room_id=r1", "/?room_id=r1&dialect=plain"])
def test_a_bomb_is_nothing_to_others(gateway, path):
    with Attacker(gateway).open(path) as attacker:
        for data in JSON_BOMBS.values():
            attacker.say(frame(TEXT, data))
        for data in MSGPACK_BOMBS.values():
            attacker.say(frame(BINARY, data))

        assert attacker.ask_alive()


# ---- wrong types ----

KINDS = ["join", "leave", "message", "like", "subscribe", "on_off_shelf", "buy", "x_gift", "ping"]
FIELDS = re.findall(r'X\(\w+, "(\w+)"\)', (ROOT / "schema" / "message.h").read_text())
VALUES = [None, True, 0, -1, 1.5, 2**53, 2**63, -2**63, 1e308, "", "x", "x" * 3000, "\0", "\u202e",
          "\ufeff", "1", [], {}, [[]], {"a": [{}]}, ["on"], "canary\r\n"]


def good(kind):
    return {"msg_type": kind, "room_id": ROOM, "content": "x", "goods_id": "g", "status": "on"}


def wrong():
    for kind, field, value in itertools.product(KINDS, FIELDS, VALUES):
        if field not in ("ack", "msg_type") and (kind, field) != ("leave", "room_id"):
            yield {**good(kind), field: value}


@pytest.mark.parametrize("protocol, opcode, pack, unpack", [
    (JSON_PROTOCOL, TEXT, lambda m: json.dumps(m).encode(), json.loads),
    (MSGPACK_PROTOCOL, BINARY, msgpack.packb, msgpack.unpackb)])
def test_every_wrong_type_in_every_field_is_answered_by_v1(gateway, protocol, opcode, pack, unpack):
    sent = [{**message, "ack": number} for number, message in enumerate(wrong())]
    with Attacker(gateway).open("/?room_id=r1", Sec_WebSocket_Protocol=protocol) as attacker:
        frames, answered = attacker.frames(), 0
        for message in sent:
            attacker.say(frame(opcode, pack(message)))
            for _, payload in frames:
                answer = unpack(payload)
                if answer["msg_type"] in ("ack", "error") and answer.get("ack") == message["ack"]:
                    answered += 1
                    break
                assert answer["msg_type"] != "error" or "ack" in answer, (message, answer)

        assert answered == len(sent)


@pytest.mark.parametrize("dialect", ["live", "plain"])
def test_wrong_types_are_nothing_to_others(gateway, dialect):
    with Attacker(gateway).open(f"/?room_id=aside&dialect={dialect}") as attacker:
        for message in wrong():
            attacker.say(frame(TEXT, json.dumps(message).encode()))
            attacker.drink()
        for field in ("msg_type", "ack"):
            for value in VALUES:
                attacker.say(frame(TEXT, json.dumps({**good("message"), field: value}).encode()))

        assert attacker.ask_alive()


# ---- rooms ----

NO_ROOMS = [
    "r1\r\nSet-Cookie: a=b", "r1\r\nPUBLISH x y", "\r\n", "\0", "r1\0", "*", "?", "[a-z]", "r*", "{r1}",
    "}{", "live:{r1}", "r1}:log", "!worker", "!", "@all", "@u.7", "\u202er1", "r1\u200f", "\ufeffr1",
    "r\u03001", "直播间", "r1 ", " r1", "r1/..", "../r1", "r1\\", "r1%00", "a" * 65, "a" * 10240, "'; --",
    "$(id)", "<script>",
]


def test_a_room_that_is_none_is_refused_and_redis_never_hears_of_it(gateway):
    for room in NO_ROOMS:
        with Attacker(gateway).open(Sec_WebSocket_Protocol=JSON_PROTOCOL) as attacker:
            attacker.say(frame(TEXT, json.dumps({"msg_type": "join", "room_id": room}).encode()))

            assert json.loads(attacker.next_message())["code"] == "malformed", room
        with Attacker(gateway).open() as attacker:
            attacker.say(frame(TEXT, json.dumps({"msg_type": "join", "room_id": room}).encode()))
            attacker.say(frame(TEXT, json.dumps({**good("message"), "room_id": room}).encode()))

            assert attacker.ask_alive(), room

    heard = set(gateway.redis.cli("PUBSUB", "CHANNELS", "*").split("\n"))
    assert all(re.fullmatch(r"live:\{[A-Za-z0-9_.!-]+\}", channel) for channel in heard), heard


def test_a_room_that_is_none_in_an_address_is_not_found(gateway):
    for room in NO_ROOMS:
        quoted = urllib.parse.quote(room, safe="")
        for path in (f"/?room_id={quoted}", f"/rooms/{quoted}"):
            with Attacker(gateway) as attacker:
                attacker.say(request(path))
                answer = attacker.all_that_comes()

            assert re.match(rb"HTTP/1\.1 4(00|04|31) ", answer), (path, answer)
            assert b"Set-Cookie" not in answer
