"""One client in ten thousand rooms, and many that come, go, stall and vanish."""

import itertools
import json

import pytest

from attacker import (JSON_PROTOCOL, PING, TEXT, Attacker, for_seconds, frame, horde, readable)
from waiting import wait_until

MANY = 10_000
MOST_ROOMS = 100  # of one v1 connection


def join(room, **more):
    return frame(TEXT, json.dumps({"msg_type": "join", "room_id": room, **more}).encode())


def say_all(attacker, frames):
    """In pieces, reading nothing but a look at what has come."""
    while piece := b"".join(itertools.islice(frames, 500)):
        attacker.say(piece)
        attacker.drink()


def test_ten_thousand_joins_of_v1_are_a_hundred_rooms_and_the_rest_is_told(gateway):
    rooms = gateway.metric("livegate_rooms")
    with Attacker(gateway).open(Sec_WebSocket_Protocol=JSON_PROTOCOL) as attacker:
        for number in range(MANY):
            attacker.say(join(f"many-{number}", ack=number))
            if number % 100 == 99:
                refused = told(attacker, number)
                assert refused == (number >= MOST_ROOMS)

        assert gateway.metric("livegate_rooms") == rooms + MOST_ROOMS
    wait_until(lambda: gateway.metric("livegate_rooms") == rooms, "the rooms to be closed")


def told(attacker, number):
    """Was this command refused?"""
    for _, payload in attacker.frames():
        answer = json.loads(payload)
        if answer.get("ack") == number and answer["msg_type"] in ("ack", "error"):
            return answer["msg_type"] == "error"
    raise AssertionError("closed")


@pytest.mark.parametrize("room", ["r1", "hop-{}"])
def test_ten_thousand_joins_of_a_page(gateway, room):
    rooms = gateway.metric("livegate_rooms")
    with Attacker(gateway).open() as attacker:
        say_all(attacker, (join(room.format(number), from_uid="x") for number in range(MANY)))

    wait_until(lambda: gateway.metric("livegate_rooms") == rooms, "the rooms to be closed")


def test_churn(gateway):
    online = gateway.room("r1")["online_num"]

    for number in range(500):
        with Attacker(gateway).open(f"/?room_id=r1&from_uid=churn-{number % 10}") as attacker:
            if number % 2:
                attacker.say(join(f"other-{number}", from_uid="x"))

    wait_until(lambda: gateway.room("r1")["online_num"] == online, "all to have left")


def test_who_never_reads_what_he_asks_for_is_closed(gateway):
    asks = [frame(PING, b"x" * 100) * 100, frame(TEXT, b'{"msg_type":"ping"}') * 100,
            join("r1") * 10, frame(TEXT, b'{"msg_type":"nothing"}') * 100]
    for protocol in (None, JSON_PROTOCOL):
        with horde(gateway, 20, receive_buffer=4096) as silent:
            asking = [(one.open("/?room_id=r1", Sec_WebSocket_Protocol=protocol), ask)
                      for one, ask in zip(silent, itertools.cycle(asks))]
            for _ in for_seconds(2):
                asking = [(one, ask) for one, ask in asking if one.pour(ask) >= 0]


def test_who_says_nothing_to_pings_is_taken_for_gone(gateway):
    with horde(gateway, 50) as silent:
        for one in silent:
            one.open("/?room_id=half-open")

        wait_until(lambda: gateway.room("half-open")["online_num"] == 0, "them to be gone")


def test_who_closes_one_half_is_let_go(gateway):
    with horde(gateway, 50) as halves:
        for number, one in enumerate(halves):
            if number % 2:
                one.open("/?room_id=r1")
            one.socket.shutdown(1)  # says nothing more, but would read

        for one in halves:
            assert one.all_that_comes() is not None


def test_a_join_and_gone_before_it_is_answered(gateway):
    for number in range(300):
        attacker = Attacker(gateway).open()
        attacker.say(join(f"gone-{number % 7}", from_uid=f"u{number % 3}"))
        attacker.reset()

    wait_until(lambda: gateway.room("gone-1")["online_num"] == 0, "nobody to be counted")


def test_a_crowd_in_the_canarys_room_that_shouts(gateway):
    shout = frame(TEXT, b'{"msg_type":"message","content":"' + b"a" * 1000 + b'"}') * 5
    with horde(gateway, 20) as crowd:
        for one in crowd:
            one.open("/?room_id=r1")
        for _ in for_seconds(2):
            readable(crowd, 0.01)
            for one in crowd:
                one.pour(shout)
                one.drink()
