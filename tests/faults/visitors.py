"""Viewers who come, are shown the past, watch a moment and go: phones put into pockets.

Between the window a visitor is shown and the frames that follow nothing may be missing and nothing
may come twice: the numbers of each publisher go up by one, from the first to the last."""

import itertools
import time

from client import Client
from stage import ROOM

MOMENT = 0.4  # seconds


class Visitors:
    """Speaks as the live room page does; the room has chat only."""

    def __init__(self, stage):
        self.stage = stage
        self.visits = 0

    def stay_for(self, seconds):
        """One after the other, at each gateway in turn."""
        end = time.monotonic() + seconds
        for gateway in itertools.cycle(self.stage.gateways):
            if time.monotonic() > end:
                return
            self._visit(gateway)
            self.visits += 1

    def _visit(self, gateway):
        client = Client(gateway.port)
        answer = client.join(ROOM, f"visitor-{self.visits}")
        shown = [item["id"] for item in answer["message_list"]]
        end = time.monotonic() + MOMENT
        while (left := end - time.monotonic()) > 0:
            try:
                message = client.receive_json(left)
            except AssertionError:
                break  # nothing more came
            if message["msg_type"] == "message":
                shown.append(message["id"])
        client.cut()
        assert_no_gaps(shown, len(answer["message_list"]))


def assert_no_gaps(shown, in_window):
    last = {}
    for name in shown:
        source, _, number = name.rpartition("-")
        assert int(number) == last.get(source, int(number) - 1) + 1, (
            f"{name} after {last}; {in_window} in the window, then {shown[in_window:]}")
        last[source] = int(number)
