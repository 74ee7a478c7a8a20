"""A client of the dialect v1, in JSON or msgpack, that checks the order of what it is told."""

import itertools
import json

import msgpack
from websockets.frames import Frame, Opcode

from client import Client
from waiting import PATIENCE

JSON, MSGPACK = "livegate.v1.json", "livegate.v1.msgpack"
OPCODES = {JSON: Opcode.TEXT, MSGPACK: Opcode.BINARY}


class V1Client(Client):
    def __init__(self, port, path="/", protocol=JSON, **options):
        self.protocol = protocol
        self.positions = {}  # of the last sequenced message of each room
        self._acks = itertools.count(1)
        super().__init__(port, path, protocols=[protocol], **options)
        assert self.subprotocol == protocol

    def _on_event(self, event):
        if isinstance(event, Frame) and event.opcode in (Opcode.TEXT, Opcode.BINARY):
            assert event.opcode is OPCODES[self.protocol], event
        super()._on_event(event)

    def send(self, message):
        """A text or bytes go as they are, anything else in the client's encoding."""
        if self.protocol == MSGPACK and not isinstance(message, str):
            self.send_binary(message if isinstance(message, bytes) else msgpack.packb(message))
        else:
            super().send(message)

    def receive_json(self, patience=PATIENCE):
        """The next message, whatever its encoding."""
        self._wait(patience)
        data = self._messages.pop(0)
        message = json.loads(data) if self.protocol == JSON else msgpack.unpackb(data)
        assert isinstance(message, dict), message
        self._check_order(message)
        return message

    def _check_order(self, message):
        """Positions grow: `joined` says where they start, every sequenced message moves on."""
        if message["msg_type"] in ("error", "ack", "pong", "reconnect", "room_settings", "removed"):
            return
        room, here = message["room_id"], (message["term"], message["seq"])
        if message["msg_type"] == "joined":
            self.positions[room] = here
        elif message["msg_type"] == "degraded":
            assert here == self.positions[room], f"{message} at {self.positions[room]}"
        elif here != (0, 0):
            term, seq = self.positions[room]
            assert here[1] == seq + 1 and here[0] >= term, f"{message} after {(term, seq)}"
            self.positions[room] = here

    # ---- commands ----

    def command(self, msg_type, **fields):
        """Sends it with a number of its own; the number."""
        ack = next(self._acks)
        self.send({"msg_type": msg_type, "ack": ack, **fields})
        return ack

    def answer(self, ack):
        """The ack or error with this number; other messages are passed over."""
        while True:
            message = self.receive_json()
            if message["msg_type"] in ("ack", "error") and message.get("ack") == ack:
                return message

    def ask(self, msg_type, **fields):
        """A command and its answer."""
        return self.answer(self.command(msg_type, **fields))

    def enter(self, room, uid=None, after=None, **fields):
        """Joins, going on after a position (term, seq) if there is one; `joined`."""
        if uid:
            fields["from_uid"] = uid
        if after is not None:
            fields["term"], fields["seq"] = after
        self.send({"msg_type": "join", "room_id": room, **fields})
        return self.skip_to(msg_type="joined", room_id=room)
