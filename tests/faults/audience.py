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
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


def client_frame(opcode, data):
    """Masked with zeros: as good as any mask, and cheap."""
    size = len(data)
    head = bytes([0x80 | opcode])
    head += bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
    return head + bytes(4) + data


def server_frames(data):
    """([(opcode, payload)], what is left over)."""
    frames, at, end = [], 0, len(data)
    while end - at >= 2:
        start, size = at + 2, data[at + 1]
        if size == 126:
            start, size = at + 4, int.from_bytes(data[at + 2:at + 4], "big")
        elif size == 127:
            start, size = at + 10, int.from_bytes(data[at + 2:at + 10], "big")
        if start + size > end:
            break
        assert data[at] & 0xF0 == 0x80, "whole frames only"
        frames.append((data[at] & 0x0F, data[start:start + size]))
        at = start + size
    return frames, data[at:]


class Viewer:
    """`pace`: bytes it reads in a second; None: all there is; 0: nothing, ever."""

    def __init__(self, kind, gateways, pace=None):
        self.kind = kind
        self.gateways = gateways  # where it may go, the first one first
        self.pace = pace
        self.diary = Diary()
        self.socket = None
        self.back_at = 0.0
        self.lost = 0       # connections that ended
        self.codes = []     # of the Close frames that came
        self._rest = b""

    def connect(self):
        # a gateway that is gone refuses: the next one, as behind a load balancer
        gateway = next(g for g in self.gateways if g.process.running())
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
        for text in self.kind.on_open():
            self._send(TEXT, text.encode())
        self.socket.setblocking(False)

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
        for opcode, payload in frames:
            if opcode in (TEXT, BINARY):
                self.kind.on_frame(payload, self.diary)
            elif opcode == PING:
                self._send(PONG, payload)
            elif opcode == CLOSE:
                self.codes.append(int.from_bytes(payload[:2], "big"))
        return bool(data)


class Audience:
    def __init__(self):
        self.viewers = []
        self._selector = selectors.DefaultSelector()
        self._away = []  # those whose connection was lost
        self._running = True
        self._thread = None
        self.failure = None

    def add(self, kind, gateways, pace=None):
        """Before it starts, or if it is a slow one, at any time."""
        viewer = Viewer(kind, gateways, pace)
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
        viewer.socket.close()
        viewer.socket = None
        viewer.lost += 1
        viewer.back_at = time.monotonic() + viewer.kind.back_after
        self._away.append(viewer)

    def _tick(self):
        now = time.monotonic()
        for viewer in [v for v in self._away if v.back_at <= now]:
            viewer.connect()
            self._selector.register(viewer.socket, selectors.EVENT_READ, viewer)
            self._away.remove(viewer)
        for viewer in list(self.viewers):
            if viewer.pace and viewer.socket and not viewer.read(int(viewer.pace * TICK)):
                viewer.socket.close()
                viewer.socket = None
                viewer.lost += 1


def resident_kb(pid, what="VmRSS"):
    """Of a process; VmHWM is the most since the mark was set back."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(what + ":"))


def forget_peak(pid):
    with open(f"/proc/{pid}/clear_refs", "w", encoding="ascii") as file:
        file.write("5")
