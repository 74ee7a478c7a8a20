"""Viewers who come, are shown the past, watch a moment and go: phones put into pockets.

Between the window a visitor is shown and the frames that follow nothing may be missing and nothing
may come twice: the numbers of each publisher go up by one, from the first to the last."""

import itertools
import time

from client import Client
from stage import ROOM
from v1_client import JSON, MSGPACK, V1Client

MOMENT = 0.4  # seconds


class Visitors:
    """One of each kind, one after the other, at each gateway in turn; the room has chat only."""

    def __init__(self, stage):
        self.stage = stage
        self.visits = 0
        self._guests = [Stranger(), Regular(JSON), Regular(MSGPACK)]

    def stay_for(self, seconds):
        end = time.monotonic() + seconds
        turns = itertools.cycle(itertools.product(self.stage.gateways, self._guests))
        while time.monotonic() < end:
            gateway, guest = next(turns)
            guest.visit(gateway)
            self.visits += 1


def chats_of_a_moment(client):
    """Their ids."""
    end = time.monotonic() + MOMENT
    while (left := end - time.monotonic()) > 0:
        try:
            message = client.receive_json(left)
        except AssertionError:
            return  # nothing more came
        if message["msg_type"] == "message":
            yield message["id"]


class Stranger:
    """Speaks as the live room page does: each visit is its first."""

    def visit(self, gateway):
        client = Client(gateway.port)
        window = [item["id"] for item in client.join(ROOM, "stranger")["message_list"]]
        shown = [*window, *chats_of_a_moment(client)]
        client.cut()
        assert_no_gaps(shown, len(window))


class Regular:
    """Speaks v1: goes on where its last visit ended, so that all visits are one story."""

    def __init__(self, protocol):
        self._protocol = protocol
        self._position = None
        self._shown = []

    def visit(self, gateway):
        client = V1Client(gateway.port, protocol=self._protocol)
        joined = client.enter(ROOM, "regular", after=self._position)
        if self._position:
            assert joined["resumed"], joined
        else:
            self._shown = [item["id"] for item in joined["message_list"]]
        self._shown += chats_of_a_moment(client)
        self._position = client.positions[ROOM]
        client.cut()
        assert_no_gaps(self._shown, 0)


def assert_no_gaps(shown, in_window):
    last = {}
    for name in shown:
        source, _, number = name.rpartition("-")
        assert int(number) == last.get(source, int(number) - 1) + 1, (
            f"{name} after {last}; {in_window} in the window, then {shown[in_window:]}")
        last[source] = int(number)
