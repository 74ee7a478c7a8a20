"""The kinds of client that watch while things break: how each joins, and how it reads.

A kind is made anew for each viewer and lives through its reconnects.  It gets every frame and
writes what the viewer was shown into its diary."""

import json
import re

HEAD = re.compile(rb'"id":"([a-z]+)-(\d+)"(?:.{0,80}"at":(\d+))?')
SMALL = 4096  # bytes; what is larger is not taken apart, the load has only one core


class Live:
    """The published live room page (S0)."""

    name = "live"
    protocol = None
    back_after = 3.0  # seconds: it knows nothing else

    def __init__(self, room, uid):
        self.room = room
        self.uid = uid

    def on_open(self):
        """What it says first."""
        return [json.dumps({"msg_type": "join", "room_id": self.room, "from_uid": self.uid,
                            "from_name": self.uid, "is_anchor": False})]

    def on_frame(self, frame, diary):
        if len(frame) <= SMALL or b'"message_list"' in frame:
            message = json.loads(frame)
            if message["msg_type"] == "join" and "message_list" in message:
                diary.joined()
                diary.window(item.get("id", "") for item in message["message_list"])
                return
            if "at" in message:
                diary.shown(message["id"], message["at"])
            return
        found = HEAD.search(frame, 0, 256)
        diary.shown(f"{found[1].decode()}-{found[2].decode()}", int(found[3]))
