"""Requests that are no upgrade, too long, too slow, or two in one."""

import re

import pytest

from attacker import GOOD_HEADERS, Attacker, for_seconds, frame, horde, readable, request
from stage import ALLOWED_ORIGIN
from waiting import PATIENCE, wait_until

KEY = GOOD_HEADERS["Sec-WebSocket-Key"]
SECOND = request("/?room_id=smuggled")
CHUNKED = b"0\r\n\r\n"

REQUESTS = {
    "version 0": (request(Sec_WebSocket_Version="0"), 426),
    "version 12": (request(Sec_WebSocket_Version="12"), 426),
    "version 013": (request(Sec_WebSocket_Version="013"), 426),
    "version -13": (request(Sec_WebSocket_Version="-13"), 426),
    "version 13 13": (request(Sec_WebSocket_Version="13 13"), 426),
    "version of 1,000 digits": (request(Sec_WebSocket_Version="9" * 1000), 426),
    "no version": (request(Sec_WebSocket_Version=None), 426),
    "no key": (request(Sec_WebSocket_Key=None), 400),
    "empty key": (request(Sec_WebSocket_Key=""), 400),
    "key of 15 bytes": (request(Sec_WebSocket_Key="dGhlIHNhbXBsZSBub25j"), 400),
    "key of 17 bytes": (request(Sec_WebSocket_Key="dGhlIHNhbXBsZSBub25jZSE="), 400),
    "key of 2,000 bytes": (request(Sec_WebSocket_Key=KEY * 80), 400),
    "key with a line break": (request(Sec_WebSocket_Key=KEY[:10] + "\n" + KEY[10:]), 400),
    "two keys": (request(sec_websocket_key=KEY), 400),
    "two versions": (request(sec_websocket_version="8"), 426),
    "two hosts": (request(host="evil.example"), 400),
    "POST": (request(line="POST / HTTP/1.1"), 405),
    "PUT": (request(line="PUT / HTTP/1.1"), 405),
    "OPTIONS": (request(line="OPTIONS / HTTP/1.1"), 405),
    "CONNECT": (request(line="CONNECT / HTTP/1.1"), 405),
    "HTTP/0.9": (b"GET /\r\n\r\n", 400),
    "HTTP/1.2": (request(line="GET / HTTP/1.2"), 400),
    "no target": (request(line="GET  HTTP/1.1"), 400),
    "another site's target": (request(line="GET //evil.example/ HTTP/9.9"), 400),
    "spaces in the target": (request(line="GET / / HTTP/1.1"), 400),
    "the preface of HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (400, 405)),
    "a greeting of TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(300), 400),
    "a command of Redis": (b"*1\r\n$8\r\nFLUSHALL\r\n\r\n\r\n", 400),
    "a command of Redis inline": (b"FLUSHALL\r\n\r\n", 400),
    "zeros": (bytes(64), 400),
    "a header with a zero": (request(A="b\0c"), 400),
    "a header without a colon": (request(end="nonsense\r\n\r\n"), 400),
    "a header without a name": (request(end=": nothing\r\n\r\n"), 400),
    "a folded header": (request(end="A: b\r\n c\r\n\r\n"), 400),
    "a bare carriage return": (request(A="b\rSet-Cookie: c"), 400),
    "a cross-site Origin": (request(Origin="https://evil.example"), 403),
    "an Origin that begins well": (request(Origin=ALLOWED_ORIGIN + ".evil.example"), 403),
    "an Origin that ends well": (request(Origin="https://evil-shop.example"), 403),
    "an Origin of another scheme": (request(Origin="http://shop.example"), 403),
    "the Origin null": (request(Origin="null"), 403),
    "an empty Origin": (request(Origin=""), 403),
    "two Origins": (request(Origin=ALLOWED_ORIGIN, origin="https://evil.example"), 400),
    # what a proxy and a gateway may read as one request or as two
    "a body by length": (request(Content_Length=str(len(SECOND))) + SECOND, 400),
    "a body by chunks": (request(Transfer_Encoding="chunked") + CHUNKED + SECOND, 400),
    "both": (request(Content_Length="5", Transfer_Encoding="chunked") + CHUNKED + SECOND, 400),
    "chunks in disguise": (request(Transfer_Encoding="\x0bchunked") + CHUNKED + SECOND, 400),
    "chunks behind a blank": (request(**{"Transfer_Encoding ": "chunked"}) + CHUNKED + SECOND, 400),
    "a length of two opinions": (request(Content_Length="0", content_length="44") + SECOND, 400),
    "a length below zero": (request(Content_Length="-1") + SECOND, 400),
    "two that are refused": (request(Upgrade=None) + SECOND, 426),
    # too long
    "a target of 5,000 bytes": (request("/" + "a" * 5000), 431),
    "a header of 5,000 bytes": (request(A="a" * 5000), 431),
    "1,000 headers": (request(end="A: b\r\n" * 1000 + "\r\n"), 431),
    "a name of 5,000 bytes": (request(end="A" * 5000 + ": b\r\n\r\n"), 431),
}


@pytest.mark.parametrize("case", REQUESTS)
def test_a_request_that_is_none_is_answered_once_and_that_is_it(gateway, case):
    data, status = REQUESTS[case]

    with Attacker(gateway) as attacker:
        attacker.say(data)
        answer = attacker.all_that_comes()

    found = [int(s) for s in re.findall(rb"HTTP/1\.1 (\d+) ", answer)]
    assert len(found) == 1, answer
    assert found[0] in (status if isinstance(status, tuple) else (status,)), answer


def test_headers_without_an_end_are_not_listened_to(gateway):
    with Attacker(gateway) as attacker:
        attacker.say(b"GET / HTTP/1.1\r\n")
        said = 0
        while said < 100_000_000 and attacker.say(b"A: " + b"a" * 65000 + b"\r\n"):
            said += 65000

    assert said < 100_000_000


def test_slow_requests_end_at_one_deadline_for_all_of_them(gateway):
    with horde(gateway, 200) as slow:
        for one in slow:
            one.say(b"GET / HTTP/1.1\r\nA: ")
        for _ in for_seconds(PATIENCE):
            readable(slow, 0.05)  # a letter now and then, and never an end
            slow = [one for one in slow if one.pour(b"a") >= 0]
            if not slow:
                break

        assert not slow


def test_what_comes_behind_a_good_request_is_frames_and_no_request(gateway):
    with Attacker(gateway) as attacker:
        attacker.say(request() + SECOND)  # G is 0x47: RSV1, and opcode 7

        answer = attacker.all_that_comes()

    assert answer.count(b"HTTP/1.1") == 1
    assert b"\x88" in answer and b"\x03\xea" in answer  # Close 1002


def test_frames_before_the_request_are_no_request(gateway):
    with Attacker(gateway) as attacker:
        attacker.say(frame(1, b"hello") + request())

        assert attacker.all_that_comes().startswith(b"HTTP/1.1 400 ")


def test_a_connect_flood_keeps_nobody_out(gateway):
    before = gateway.metric("livegate_connections_total")
    with horde(gateway, 3000) as flood:
        for one in flood[::2]:
            one.say(request("/?room_id=r1"))

        with Attacker(gateway).open() as newcomer:
            assert newcomer.ask_alive()
        wait_until(lambda: gateway.metric("livegate_connections_total") == before + 1501,
                   "all that have asked to be let in")


def test_without_descriptors_the_rest_waits_and_nobody_is_hurt(gateway, open_stage):
    with open_stage.few_descriptors(20), horde(gateway, 200) as flood:
        for one in flood:
            one.say(request())
        assert readable(flood, PATIENCE)

    with Attacker(gateway).open() as newcomer:
        assert newcomer.ask_alive()


def test_resets_at_every_moment_of_a_connection(gateway):
    good = request("/?room_id=r1")
    text = frame(1, b'{"msg_type":"ping"}')
    moments = [b"", good[:1], good[:-1], good, good + text[:1], good + text[:-1], good + text * 50,
               good + frame(1, b"x", length=1 << 62)]

    for number in range(400):
        attacker = Attacker(gateway)
        attacker.say(moments[number % len(moments)])
        if number % 3 == 0:
            attacker.pour(b"")
        attacker.reset()
