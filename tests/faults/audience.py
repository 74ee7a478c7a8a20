"""Viewers: many sockets in one thread, each with a kind that understands it and a diary.

Lean, for the load shares two cores with what it measures: the frames of a server are unmasked,
so they are read where they lie."""

import selectors
import socket
import threading
import time

from diary import Diary
from waiting import PATIENCE, wait_until

CHUNK = 262144
TICK = 0.1  # seconds
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


def client_frame(opcode, data):
    """Masked with zeros: as good as any mask, and cheap."""
    size = len(data)
    head = bytes([0x80 | opcode])
    head += bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
    return head + bytes(4) + data


def server_frames(data):
    """([(whether it is the last of its message, opcode, payload)], what is left over)."""
    frames, at, end = [], 0, len(data)
    while end - at >= 2:
        start, size = at + 2, data[at + 1]
        if size == 126:
            start, size = at + 4, int.from_bytes(data[at + 2:at + 4], "big")
        elif size == 127:
            start, size = at + 10, int.from_bytes(data[at + 2:at + 10], "big")
        if start + size > end:
            break
        assert data[at] & 0x70 == 0, "no extension was agreed on"
        frames.append((data[at] & 0x80 != 0, data[at] & 0x0F, data[start:start + size]))
        at = start + size
    return frames, data[at:]


class Viewer:
    """`pace`: bytes it reads in a second; None: all there is; 0: nothing, ever."""

    def __init__(self, kind, gateways, first=0, pace=None):
        self.kind = kind
        self.gateways = gateways  # where it may go, now and later …
        self.turn = first         # … beginning with this one
        self.pace = pace
        self.diary = Diary()
        self.socket = None
        self.back_at = 0.0
        self.speak_at = None  # when what it said first has to be said again
        self.lost = 0       # connections that ended
        self.codes = []     # of the Close frames that came
        self._rest = b""
        self._parts = None  # of a message that comes in several frames

    def connect(self):
        # to the next one that is there, as behind a load balancer
        while not self.gateways[self.turn % len(self.gateways)].process.running():
            self.turn += 1
        gateway = self.gateways[self.turn % len(self.gateways)]
        self.socket = socket.socket()
        if self.pace is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(("127.0.0.1", gateway.port))
        offer = f"Sec-WebSocket-Protocol: {self.kind.protocol}\r\n" if self.kind.protocol else ""
        self.socket.sendall(
            f"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{offer}"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
            .encode())
        answer = b""
        while b"\r\n\r\n" not in answer:
            more = self.socket.recv(1)  # not a byte of what follows
            assert more, f"no upgrade: {answer}"
            answer += more
        assert answer.startswith(b"HTTP/1.1 101 "), answer
        self._rest = b""
        self._parts = None
        self.speak()
        self.socket.setblocking(False)

    def speak(self):
        self.speak_at = None
        self._send(*self.kind.on_open())

    def _send(self, opcode, data):
        self.socket.sendall(client_frame(opcode, data))

    def read(self, most=CHUNK):
        """False at the end."""
        try:
            data = self.socket.recv(most)
        except BlockingIOError:
            return True
        except OSError:
            return False
        frames, self._rest = server_frames(self._rest + data)
        for last, opcode, payload in frames:
            if opcode in (CONTINUATION, TEXT, BINARY):
                self._take(last, opcode, payload)
            elif opcode == PING:
                self._send(PONG, payload)
            elif opcode == CLOSE:
                self.codes.append(int.from_bytes(payload[:2], "big"))
        return bool(data)

    def close(self):
        """With what lies unread: the gateway gets a RST."""
        self.socket.close()
        self.socket = None
        self.lost += 1

    def _take(self, last, opcode, payload):
        """A message, or a part of one."""
        assert (opcode == CONTINUATION) == (self._parts is not None), "parts of two messages"
        assert opcode in (CONTINUATION, self.kind.opcode), opcode
        if self._parts is not None or not last:
            self._parts = (self._parts or []) + [payload]
            if not last:
                return
            payload, self._parts = b"".join(self._parts), None
        if not self.kind.on_message(payload, self.diary):
            self.speak_at = time.monotonic() + self.kind.back_after


class Audience:
    def __init__(self):
        self.viewers = []
        self._selector = selectors.DefaultSelector()
        self._away = []  # those whose connection was lost
        self._cut = threading.Event()
        self._running = True
        self._thread = None
        self.failure = None

    def add(self, kind, gateways, first=0, pace=None):
        """Before it starts, or if it is a slow one, at any time."""
        viewer = Viewer(kind, gateways, first, pace)
        viewer.connect()
        if pace is None:
            assert not self._thread
            self._selector.register(viewer.socket, selectors.EVENT_READ, viewer)
        self.viewers.append(viewer)
        return viewer

    def start(self):
        """From here on they read; all have joined when this returns."""
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        wait_until(lambda: self.failure or all(v.diary.joins for v in self.keen), "all to join")

    @property
    def keen(self):
        """Those who read what they get: the account is about them."""
        return [viewer for viewer in list(self.viewers) if viewer.pace is None]

    def cut(self):
        """All who read lose their connection, soon, and without a word to the gateway."""
        self._cut.set()

    def stop(self):
        self._running = False
        if self._thread:
            self._thread.join()
        for viewer in self.viewers:
            if viewer.socket:
                viewer.socket.close()

    def _run(self):
        try:
            next_tick = time.monotonic() + TICK
            while self._running:
                for key, _ in self._selector.select(max(0.0, next_tick - time.monotonic())):
                    if not key.data.read():
                        self._lose(key.data)
                if time.monotonic() >= next_tick:
                    next_tick = time.monotonic() + TICK
                    self._tick()
        except BaseException as failure:  # told by the test's thread
            self.failure = failure
            raise

    def _lose(self, viewer):
        self._selector.unregister(viewer.socket)
        viewer.close()
        viewer.turn += 1
        viewer.back_at = time.monotonic() + viewer.kind.back_after
        self._away.append(viewer)

    def _tick(self):
        now = time.monotonic()
        for viewer in [v for v in self._away if v.back_at <= now]:
            self._bring_back(viewer)
        for viewer in self.keen:
            if viewer.socket and viewer.speak_at and viewer.speak_at <= now:
                viewer.speak()
            if viewer.socket and self._cut.is_set():
                self._lose(viewer)
        self._cut.clear()
        for viewer in list(self.viewers):
            if viewer.pace and viewer.socket and not viewer.read(int(viewer.pace * TICK)):
                viewer.close()

    def _bring_back(self, viewer):
        try:
            viewer.connect()
        except OSError:  # it died between our look and our knock
            viewer.back_at = time.monotonic() + viewer.kind.back_after
            return
        self._selector.register(viewer.socket, selectors.EVENT_READ, viewer)
        self._away.remove(viewer)


def resident_kb(pid, what="VmRSS"):
    """Of a process; VmHWM is the most since the mark was set back."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(what + ":"))


def forget_peak(pid):
    with open(f"/proc/{pid}/clear_refs", "w", encoding="ascii") as file:
        file.write("5")
