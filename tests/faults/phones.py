"""Kinds of client as they behave at a restart: what each says to live, and where it goes next.

`Sdk` speaks v1 and moves when it is told to.  The others are pages that know nothing of restarts:
their connection ends, they wait, and connect again."""

import json

from kinds import Live, TEXT, V1Json


class LivePage(Live):
    """S0."""

    name = "live page"
    path = "/"
    ping = json.dumps({"msg_type": "ping"}).encode()
    pong = json.dumps({"msg_type": "pong"}, separators=(",", ":")).encode()
    ping_every = 3.0  # seconds
    moves = False

    def on_message(self, frame, diary):
        message = json.loads(frame)
        if message["msg_type"] in ("init", "pong"):
            return True
        return super().on_message(frame, diary)


class GlobalSocket:
    """S2: in dialect plain, and it closes a socket that does not answer `pong` in time."""

    name = "global socket"
    protocol = None
    opcode = TEXT
    path = "/webSocketServer.mn"
    ping = b"0123456789abcdefping"
    pong = b"pong"
    ping_every = 5.0  # seconds
    back_after = 1.0
    resumes = False
    moves = False

    def __init__(self, room, uid):
        self.path = f"{self.path}?room_id={room}&from_uid={uid}"

    def on_open(self):
        return None

    def on_message(self, frame, diary):
        message = json.loads(frame)
        if "at" in message:
            diary.shown(message["id"], message["at"])
        return True


class Sdk(V1Json):
    name = "v1 sdk"
    path = "/"
    ping = pong = None
    ping_every = 0.0
    moves = True
