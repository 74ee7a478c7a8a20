"""The canary: publishes all the while, and two clients beside it must be shown every message.

canary.py PORT ROOM TOKEN AUTHORITY, the latter two may be empty: a process of its own, which attackers do not keep from running.  For
each line on its stdin it waits until all that was published was shown, and prints an account."""

import json
import pathlib
import ssl
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))

from client import Client  # noqa: E402
from v1_client import MSGPACK, V1Client  # noqa: E402
from waiting import wait_until  # noqa: E402

EVERY = 0.01  # seconds
NAME = "canary"


class Watcher(threading.Thread):
    """Reads what its client is shown: each message of the canary once, in order."""

    def __init__(self, client, sent):
        super().__init__(daemon=True)
        self.client = client
        self.sent = sent
        self.seen = 0
        self.worst = 0.0
        self.failure = None

    def run(self):
        try:
            while True:
                message = self.client.receive_json()
                if message["msg_type"] == "message" and message.get("from_uid") == NAME:
                    self.note(int(message["content"]))
        except BaseException as failure:  # told by the account
            self.failure = repr(failure)

    def note(self, number):
        assert number == self.seen, f"{number} instead of {self.seen}"
        self.worst = max(self.worst, time.monotonic() - self.sent[number])
        self.seen += 1


class Canary:
    def __init__(self, port, room, token, authority):
        self.room = room
        tls = ssl.create_default_context(cafile=authority) if authority else None
        self.sent = []  # when
        address = f"/?room_id={room}" + (f"&token={token}" if token else "")
        self.voice = V1Client(port, address, tls=tls)
        self.voice.skip_to(msg_type="joined")
        self.watchers = [Watcher(Client(port, address, tls=tls), self.sent),
                         Watcher(V1Client(port, address, MSGPACK, tls=tls), self.sent)]
        for watcher in self.watchers:
            watcher.client.skip_to(msg_type="init" if watcher is self.watchers[0] else "joined")
            watcher.start()

    def sing(self):
        self.sent.append(time.monotonic())
        answer = self.voice.ask("message", room_id=self.room, content=str(len(self.sent) - 1),
                                from_uid=NAME)
        assert answer["msg_type"] == "ack", answer

    def failure(self):
        return next((w.failure for w in self.watchers if w.failure), None)

    def account(self):
        """When all was shown, or something has failed."""
        wait_until(lambda: self.failure() or all(w.seen == len(self.sent) for w in self.watchers),
                   "the last message to be shown")
        worst = max(watcher.worst for watcher in self.watchers)
        for watcher in self.watchers:
            watcher.worst = 0.0
        return {"sung": len(self.sent), "worst": worst, "failure": self.failure()}


def main():
    canary = Canary(int(sys.argv[1]), *sys.argv[2:])
    asked = threading.Semaphore(0)

    def listen():
        for _ in sys.stdin:
            asked.release()

    threading.Thread(target=listen, daemon=True).start()
    while True:
        canary.sing()
        if asked.acquire(timeout=EVERY):
            print(json.dumps(canary.account()), flush=True)


if __name__ == "__main__":
    main()
