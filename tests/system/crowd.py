"""Many clients at once, each a thread that behaves as its page does when it is sent away."""

import threading
import time

from client import Client, Closed
from v1_client import V1Client
from waiting import PATIENCE

ROOM = "r1"


class Member(threading.Thread):
    """Connects to the first of the gateways that does not drain, as a load balancer would choose."""

    comes_back = True

    def __init__(self, gateways, name):
        super().__init__(daemon=True)
        self.gateways = gateways
        self.name = name
        self.connections = 0
        self.ends = []  # (when, code) of each Close that came unasked
        self.ids = []   # of the messages it was shown
        self.failure = None
        self._client = None
        self._over = False

    def connect(self):
        gateway = next(g for g in self.gateways if not g.draining)
        self._client = self.open(gateway)
        self.connections += 1

    def open(self, gateway):
        raise NotImplementedError

    def watch(self):
        """Reads until its connection ends."""
        while True:
            self.note(self._client.receive_json())

    def note(self, message):
        if message.get("msg_type") == "message":
            self.ids.append(message["id"])

    def run(self):
        try:
            while not self._over:
                self.connect()
                try:
                    self.watch()
                except Closed as closed:
                    if self._over:
                        return
                    self.ends.append((time.monotonic(), closed.code))
                if not self.comes_back:
                    return
        except BaseException as failure:  # told by the test's thread
            self.failure = failure

    def leave(self):
        self._over = True
        if self._client:
            self._client.hang_up()
        self.join(2 * PATIENCE)
        assert not self.is_alive(), self.name


class LivePage(Member):
    def open(self, gateway):
        client = gateway.client()
        client.join(ROOM, self.name, self.name)
        return client


class GlobalSocket(Member):
    """S2."""

    def open(self, gateway):
        return gateway.client(f"/webSocketServer.mn?room_id={ROOM}")

    def watch(self):
        while True:
            self._client.receive()


class ChatPage(Member):
    """S3: after a clean close it stays away."""

    comes_back = False

    def open(self, gateway):
        return Client(gateway.port, f"/?room_id={ROOM}", protocols=["protocol1"])


class Sdk(Member):
    """v1: moves when it is told to, and goes on where it was."""

    def __init__(self, gateways, name):
        super().__init__(gateways, name)
        self.resumed = []

    def open(self, gateway):
        client = V1Client(gateway.port)
        joined = client.enter(ROOM, self.name, self._client and self._client.positions[ROOM])
        self.resumed.append(joined["resumed"])
        return client

    def watch(self):
        moves_at = None
        while moves_at is None or time.monotonic() < moves_at:
            try:
                message = self._client.receive_json(
                    20 if moves_at is None else max(0.001, moves_at - time.monotonic()))
            except AssertionError:
                assert moves_at is not None
                break  # nothing came until it was time
            self.note(message)
            if message["msg_type"] == "reconnect":
                moves_at = time.monotonic() + message["after_ms"] / 1000
        old = self._client
        self.connect()
        assert old.close() == 1000
        self.watch()


class Crowd:
    def __init__(self):
        self.members = []

    def add(self, kind, count, gateways):
        added = [kind(gateways, f"{kind.__name__}-{i}") for i in range(count)]
        for member in added:
            member.start()
        self.members += added
        return added

    def check(self):
        for member in self.members:
            if member.failure:
                raise AssertionError(member.name) from member.failure
        return True

    def leave(self):
        for member in self.members:
            member.leave()
