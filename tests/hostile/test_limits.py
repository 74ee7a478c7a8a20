"""Every limit, exceeded as fast as one client can, beside a canary that must not notice."""

import contextlib
import json

import pytest

from attacker import JSON_PROTOCOL, TEXT, Attacker, frame, horde, request
from tokens import token
from waiting import wait_until

MOST_SESSIONS, MOST_OF_AN_ADDRESS, MOST_ROOMS, MOST_FRAGMENTS = 40, 20, 5, 8
CANARYS = 3
ADDRESS = "127.0.0.2"


def limited(gateway, limit):
    return gateway.metric("livegate_limited_total", limit=limit)


def statuses(attackers, **headers):
    """Of the answers, when all have asked; None for one that was hung up on."""
    for number, attacker in enumerate(attackers):
        changes = {name: value.format(number) for name, value in headers.items()}
        attacker.say(request(f"/?token={token()}", **changes))
    return [status(attacker) for attacker in attackers]


def status(attacker):
    with contextlib.suppress(ConnectionError):
        answer = attacker.socket.recv(4096)
        return int(answer.split()[1]) if answer else None
    return None


def test_a_flood_from_one_address_gets_what_one_address_may_have(narrow):
    before = limited(narrow, "address")

    with horde(narrow, 200, source=ADDRESS) as flood:
        answers = statuses(flood)

        assert answers.count(101) == MOST_OF_AN_ADDRESS
        assert set(answers) <= {101, 429, None}
    assert limited(narrow, "address") - before == 200 - MOST_OF_AN_ADDRESS


def test_who_invents_where_he_is_from_gets_no_more(narrow):
    with horde(narrow, 60, source=ADDRESS) as flood:
        answers = statuses(flood, X_Forwarded_For="198.51.100.{0}, 127.0.0.9")

        assert answers.count(101) == MOST_OF_AN_ADDRESS


def test_behind_a_proxy_each_gets_his_own_and_no_word_of_his_counts(narrow):
    with horde(narrow, 60, source="127.0.0.9") as flood:
        answers = statuses(flood, X_Forwarded_For="203.0.113.{0}, 198.51.100.7")

        assert answers.count(101) == MOST_OF_AN_ADDRESS


def test_who_connects_and_says_nothing_keeps_only_his_own_address_busy(narrow):
    late = limited(narrow, "handshake")

    with horde(narrow, 200, source=ADDRESS), Attacker(narrow, source="127.0.0.3") as other:
        assert statuses([other]) == [101]
        wait_until(lambda: limited(narrow, "handshake") - late == MOST_OF_AN_ADDRESS,
                   "the silent ones to be given up")


def test_a_crowd_of_addresses_fills_the_worker_and_is_sent_away(narrow):
    before = limited(narrow, "sessions")

    with contextlib.ExitStack() as stack:
        crowd = [attacker for host in range(20, 30)
                 for attacker in stack.enter_context(horde(narrow, 15, source=f"127.0.0.{host}"))]
        answers = statuses(crowd)

        assert answers.count(101) == MOST_SESSIONS - CANARYS
        assert set(answers) == {101, 503}
    assert limited(narrow, "sessions") - before == answers.count(503)


def test_a_thousand_joins_are_as_many_rooms_as_one_may_have(narrow):
    rooms, before = narrow.metric("livegate_rooms"), limited(narrow, "rooms")

    with Attacker(narrow).open(f"/?token={token(sub='roomy')}",
                               Sec_WebSocket_Protocol=JSON_PROTOCOL) as attacker:
        for number in range(1000):
            attacker.say(frame(TEXT, json.dumps(
                {"msg_type": "join", "room_id": f"narrow-{number}", "ack": number}).encode()))
            attacker.drink()

        assert attacker.ask_alive()
        assert narrow.metric("livegate_rooms") == rooms + MOST_ROOMS
    assert limited(narrow, "rooms") - before == 1000 - MOST_ROOMS
    wait_until(lambda: narrow.metric("livegate_rooms") == rooms, "the rooms to be closed")


@pytest.mark.parametrize("payload", [b"", b"x"])
def test_a_message_without_end_is_cut_off(narrow, payload):
    before = limited(narrow, "fragments")

    with horde(narrow, 10, source=ADDRESS) as endless:
        for one in endless:
            one.open(f"/?token={token()}")
            one.say(frame(TEXT, payload, first=TEXT))
        for _ in range(1000):
            for one in endless:
                one.pour(frame(0, payload, first=0))

        assert {one.close_code() for one in endless} == {1008}
    assert limited(narrow, "fragments") - before == 10


def test_messages_and_requests_that_are_too_large(narrow):
    messages, headers = limited(narrow, "message_bytes"), limited(narrow, "header_bytes")

    for _ in range(50):
        with Attacker(narrow).open(f"/?token={token()}") as attacker:
            attacker.say(frame(TEXT, b"x" * 4097))
            assert attacker.close_code() == 1009
        with Attacker(narrow) as attacker:
            attacker.say(request(A="x" * 1000))
            assert attacker.all_that_comes().startswith(b"HTTP/1.1 431 ")

    assert limited(narrow, "message_bytes") - messages == 50
    assert limited(narrow, "header_bytes") - headers == 50


def test_one_viewer_who_comes_again_and_again_has_one_session(narrow):
    word = token(sub="hasty")

    with horde(narrow, 15, source=ADDRESS) as hasty:
        for one in hasty:
            one.open(f"/?room_id=r1&token={word}")

        assert [one.close_code() for one in hasty[:-1]] == [4409] * 14
        assert hasty[-1].ask_alive()
        assert narrow.room("r1")["online_num"] == CANARYS + 1
