"""The kinds of client that watch while things break: how each joins, and how it reads.

A kind is made anew for each viewer and lives through its reconnects.  It gets every message and
writes what the viewer was shown into its diary."""

import json
import re

import msgpack

TEXT, BINARY = 1, 2  # RFC 6455 5.2

LIVE_HEAD = re.compile(rb'"id":"([a-z]+-\d+)"(?:.{0,80}"at":(\d+))?')
V1_HEAD = re.compile(
    rb'"id":"([a-z]+-\d+)","ts":\d+,"term":(\d+),"seq":(\d+),.{0,80}?"at":(\d+)')
SMALL = 4096  # bytes; what is larger is not taken apart, the load has only one core


class Live:
    """The published live room page (S0)."""

    name = "live"
    protocol = None
    opcode = TEXT
    back_after = 3.0  # seconds: it knows nothing else
    resumes = False

    def __init__(self, room, uid):
        self.room = room
        self.uid = uid

    def on_open(self):
        """What it says first: (opcode, payload)."""
        join = {"msg_type": "join", "room_id": self.room, "from_uid": self.uid,
                "from_name": self.uid, "is_anchor": False}
        return self.opcode, json.dumps(join).encode()

    def on_message(self, frame, diary):
        """False: it was refused what it said first, and will say it again."""
        if len(frame) <= SMALL or b'"message_list"' in frame:
            message = json.loads(frame)
            if message["msg_type"] == "join" and "message_list" in message:
                diary.joined()
                diary.window(item.get("id", "") for item in message["message_list"])
            elif "at" in message:
                diary.shown(message["id"], message["at"])
            return True
        found = LIVE_HEAD.search(frame, 0, 256)
        diary.shown(found[1].decode(), int(found[2]))
        return True


class V1Json:
    """Our SDKs: it knows its position, and comes back to it."""

    name = "v1 json"
    protocol = "livegate.v1.json"
    opcode = TEXT
    back_after = 0.3  # seconds
    resumes = True

    def __init__(self, room, uid):
        self.room = room
        self.uid = uid
        self.position = None  # (term, seq) up to which it has everything

    def on_open(self):
        join = {"msg_type": "join", "room_id": self.room, "from_uid": self.uid}
        if self.position:
            join["term"], join["seq"] = self.position
        return self.opcode, self._pack(join)

    def on_message(self, frame, diary):
        message = self._read(frame)
        kind = message["msg_type"]
        if kind == "error":
            assert message["retry"], message
            return False
        if kind == "joined":
            self._joined(message, diary)
        elif kind == "degraded":
            diary.degraded.append(message["degraded"])
            diary.gaps += (message["term"], message["seq"]) != self.position
        elif message.get("seq"):
            self._came((message["term"], message["seq"]), diary)
            if "at" in message:
                diary.shown(message["id"], message["at"])
        return True

    def _joined(self, joined, diary):
        """From here on it has everything: what it had, or what it is shown now."""
        here = (joined["term"], joined["seq"])
        if joined["resumed"]:
            assert here == self.position, f"resumed at {here}, not {self.position}"
            diary.resumed += 1
        else:
            if self.position:
                diary.began_anew += 1
            diary.window(item["id"] for item in joined["message_list"])
        self.position = here
        diary.joined()

    def _came(self, here, diary):
        """Each position follows the last one; after a rollback the count goes on in a new term."""
        term, seq = self.position
        if here[0] > term > 0:  # an empty room is in none
            diary.terms += 1
        in_place = here[1] == seq + 1 or (here[0] > term and here[1] <= seq)
        if here[0] < term or not in_place:
            diary.gaps += 1
        self.position = here

    def _read(self, frame):
        if len(frame) <= SMALL or b'"message_list"' in frame:
            return json.loads(frame)
        found = V1_HEAD.search(frame, 0, 320)
        return {"msg_type": "x", "id": found[1].decode(), "term": int(found[2]),
                "seq": int(found[3]), "at": int(found[4])}

    def _pack(self, message):
        return json.dumps(message).encode()


class V1Msgpack(V1Json):
    """The same in MessagePack."""

    name = "v1 msgpack"
    protocol = "livegate.v1.msgpack"
    opcode = BINARY

    def _read(self, frame):
        return msgpack.unpackb(frame)

    def _pack(self, message):
        return msgpack.packb(message)


KINDS = (Live, V1Json, V1Msgpack)
WHO_RESUME = tuple(kind for kind in KINDS if kind.resumes)
