"""A connection that says whatever it likes, and what one needs to make it."""

import contextlib
import os
import resource
import select
import socket
import struct
import time

from waiting import PATIENCE

GOOD_HEADERS = {
    "Host": "shop.example",
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
TEXT, BINARY, CLOSE, PING = 1, 2, 8, 9
JSON_PROTOCOL, MSGPACK_PROTOCOL = "livegate.v1.json", "livegate.v1.msgpack"


def raise_file_limit():
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def request(path="/", line=None, end="\r\n", **changes):
    """An upgrade request; `changes` are headers, with _ for -, None to leave one out."""
    headers = {**GOOD_HEADERS, **{name.replace("_", "-"): v for name, v in changes.items()}}
    lines = [line or f"GET {path} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in headers.items() if value is not None]
    return ("\r\n".join(lines) + "\r\n" + end).encode("latin-1")


def frame(opcode, payload=b"", first=None, masked=True, length=None):
    """A frame; `first` is its whole first byte, `length` what it claims to hold, as 64 bits."""
    head = bytes([0x80 | opcode if first is None else first])
    mask = 0x80 if masked else 0
    if length is not None:
        head += bytes([mask | 127]) + struct.pack(">Q", length)
    elif len(payload) < 126:
        head += bytes([mask | len(payload)])
    elif len(payload) < 65536:
        head += bytes([mask | 126]) + struct.pack(">H", len(payload))
    else:
        head += bytes([mask | 127]) + struct.pack(">Q", len(payload))
    return head + (bytes(4) if masked else b"") + payload  # a mask of zeros changes nothing


class Attacker:
    def __init__(self, gateway, receive_buffer=None, source=None):
        self.socket = socket.socket()
        self.socket.settimeout(PATIENCE)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        if source:  # an address of this machine, 127.x.y.z
            self.socket.bind((source, 0))
        self.socket.connect(("127.0.0.1", gateway.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._came = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def open(self, path="/", **headers):
        """Upgrades."""
        self.socket.sendall(request(path, **headers))
        while b"\r\n\r\n" not in self._came:
            assert self._read(), self._came
        head, self._came = self._came.split(b"\r\n\r\n", 1)
        assert head.startswith(b"HTTP/1.1 101 "), head
        return self

    def say(self, data):
        """False when the gateway has hung up."""
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            return False
        return True

    def pour(self, data):
        """As much as it takes at once; how much, -1 when the gateway has hung up.  (A frame that
        was cut goes on with the next: what is poured again and again has to bear that.)"""
        self.socket.setblocking(False)
        try:
            return self.socket.send(data)
        except BlockingIOError:
            return 0
        except (BrokenPipeError, ConnectionResetError):
            return -1
        finally:
            self.socket.settimeout(PATIENCE)

    def drink(self):
        """Reads what there is, and forgets it."""
        self.socket.setblocking(False)
        try:
            self.socket.recv(1 << 20)
        except (BlockingIOError, ConnectionResetError):
            pass
        finally:
            self.socket.settimeout(PATIENCE)

    def _read(self):
        try:
            data = self.socket.recv(1 << 16)
        except ConnectionResetError:
            return False
        self._came += data
        return bool(data)

    def all_that_comes(self):
        """Until the gateway hangs up."""
        while self._read():
            pass
        return self._came

    def frames(self):
        """(opcode, payload) of each, until the gateway hangs up."""
        while True:
            size, at = self._size()
            if size is None or len(self._came) < at + size:
                if not self._read():
                    return
                continue
            opcode, payload = self._came[0] & 15, self._came[at:at + size]
            self._came = self._came[at + size:]
            yield opcode, payload

    def _size(self):
        """(of the payload, of the head) of the next frame."""
        if len(self._came) < 10 and (len(self._came) < 2 or len(self._came) < 2 + {
                126: 2, 127: 8}.get(self._came[1], 0)):
            return None, 0
        short = self._came[1]
        if short == 126:
            return struct.unpack(">H", self._came[2:4])[0], 4
        if short == 127:
            return struct.unpack(">Q", self._came[2:10])[0], 10
        return short, 2

    def close_code(self):
        """Of the Close frame that ends it; None if there is none."""
        for opcode, payload in self.frames():
            if opcode == CLOSE:
                return struct.unpack(">H", payload[:2])[0] if payload else 1005
        return None

    def next_message(self):
        return next((payload for opcode, payload in self.frames() if opcode in (TEXT, BINARY)),
                    None)

    def ask_alive(self):
        """Is it still served?"""
        word = os.urandom(8)
        self.say(frame(PING, word))
        return any(opcode == 10 and payload == word for opcode, payload in self.frames())

    def reset(self):
        """Gone without a word (RST)."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


@contextlib.contextmanager
def horde(gateway, count, **options):
    """So many attackers at once."""
    attackers = []
    try:
        for _ in range(count):
            attackers.append(Attacker(gateway, **options))
        yield attackers
    finally:
        for attacker in attackers:
            attacker.socket.close()


def readable(attackers, seconds):
    """Has something come, or ended, for one of them?  Waits so long for it."""
    poll = select.poll()
    for attacker in attackers:
        poll.register(attacker.socket, select.POLLIN)
    return bool(poll.poll(1000 * seconds))


def for_seconds(seconds):
    """Counts while the time lasts."""
    number, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        yield number
        number += 1
