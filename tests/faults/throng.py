"""Thousands of phones behind a balancer, in one thread: each keeps its heartbeat, comes back as its
page does, and notes how often it had to."""

import selectors
import socket
import threading
import time

from audience import CHUNK, CLOSE, PING, PONG, TEXT, client_frame, server_frames
from diary import Diary
from waiting import PATIENCE, wait_until

TICK = 0.1            # seconds
UNANSWERED = 10.0     # seconds; then S2 believes that its socket is dead
SAID_ALL = (1000).to_bytes(2, "big")
REQUEST = ("GET {path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{offer}"
           "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n")


class Connection:
    """Of a phone, from the request to its end."""

    def __init__(self, phone, port):
        kind = phone.kind
        self.phone = phone
        self.upgraded = False
        self.left = False     # the phone has said goodbye
        self.code = None      # of the Close frame that came
        self.pinged_at = None  # while its heartbeat is unanswered
        self._rest = b""
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        offer = f"Sec-WebSocket-Protocol: {kind.protocol}\r\n" if kind.protocol else ""
        self.socket.sendall(REQUEST.format(path=kind.path, offer=offer).encode())
        self.socket.setblocking(False)

    def send(self, opcode, data):
        self.socket.sendall(client_frame(opcode, data))

    def leave(self):
        self.left = True
        self.send(CLOSE, SAID_ALL)

    def read(self):
        """False at the end."""
        try:
            data = self.socket.recv(CHUNK)
        except BlockingIOError:
            return True
        except OSError:
            return False
        self._rest += data
        if not self.upgraded and not self._read_answer():
            return bool(data)
        frames, self._rest = server_frames(self._rest)
        for _, opcode, payload in frames:
            self._take(opcode, payload)
        return bool(data)

    def _read_answer(self):
        head, end, rest = self._rest.partition(b"\r\n\r\n")
        if not end:
            return False
        assert head.startswith(b"HTTP/1.1 101 "), head
        self.upgraded, self._rest = True, rest
        self.phone.on_open(self)
        return True

    def _take(self, opcode, payload):
        if opcode == CLOSE:
            self.code = int.from_bytes(payload[:2], "big")
            if not self.left:
                self.send(CLOSE, payload[:2])
        elif opcode == PING:
            self.send(PONG, payload)
        elif payload == self.phone.kind.pong:
            self.pinged_at = None
        elif self is self.phone.connection:  # and not one it has moved away from
            self.phone.on_message(payload)


class Phone:
    def __init__(self, kind):
        self.kind = kind
        self.diary = Diary()
        self.connection = None  # the one it listens to
        self.connections = 0    # that were upgraded
        self.ends = []          # the code of each that ended unasked; None: without one
        self.faults = []        # what may never happen to it
        self.due = 0.0          # when it connects; None: it is there
        self.ping_at = 0.0
        self._left = None       # what it has moved away from, until the new one is open

    @property
    def lost(self):
        return len(self.ends)

    def on_open(self, connection):
        self.connections += 1
        first = self.kind.on_open()
        if first:
            connection.send(*first)
        if self._left:
            self._left.leave()
            self._left = None

    def on_message(self, payload):
        if self.kind.moves and payload.startswith(b'{"msg_type":"reconnect"'):
            after_ms = int(payload.rpartition(b":")[2].rstrip(b"}"))
            self.due = time.monotonic() + after_ms / 1000
        elif not self.kind.on_message(payload, self.diary):
            self.faults.append(f"refused: {payload}")

    def connect(self, port):
        self.due = None
        self._left = self.connection
        self.connection = Connection(self, port)
        return self.connection

    def on_end(self, connection):
        if connection is not self.connection:  # it had moved away
            self._left = None
            return
        self.connection = None
        if connection.upgraded:
            self.ends.append(connection.code)
        else:
            self.faults.append("sent to a gateway that takes nobody")
        self.due = time.monotonic() + self.kind.back_after

    def beat(self, now):
        """Its heartbeat."""
        connection = self.connection
        if connection.pinged_at and now - connection.pinged_at > UNANSWERED:
            self.faults.append("no pong in time")
            connection.pinged_at = now
        if self.kind.ping and now >= self.ping_at:
            self.ping_at = now + self.kind.ping_every
            connection.pinged_at = connection.pinged_at or now
            connection.send(TEXT, self.kind.ping)


class Throng:
    def __init__(self, port):
        self.phones = []
        self.failure = None  # of its thread
        self._port = port
        self._selector = selectors.DefaultSelector()
        self._running = True
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self, kinds):
        """They all come at the same moment; all are there when this returns."""
        self.phones = [Phone(kind) for kind in kinds]
        self._thread.start()
        self.wait_there(1)

    def wait_there(self, connections):
        """Until nobody is away, and each was upgraded so often at least."""
        def there():
            return self.failure or all(
                p.connections >= connections and p.connection and p.connection.upgraded
                for p in self.phones)

        wait_until(there, self._say_who_is_away, 60)
        assert not self.failure, self.failure

    def _say_who_is_away(self):
        away = [p for p in self.phones if not p.connection or not p.connection.upgraded]
        return f"{len(away)} phones to be back; {[p.faults for p in away if p.faults][:5]}"

    @property
    def keen(self):
        return self.phones

    def stop(self):
        self._running = False
        if self._thread.ident:
            self._thread.join()
        for key in list(self._selector.get_map().values()):
            key.data.socket.close()

    def _run(self):
        try:
            next_tick = time.monotonic()
            while self._running:
                for key, _ in self._selector.select(max(0.0, next_tick - time.monotonic())):
                    if not key.data.read():
                        self._end(key.data)
                if time.monotonic() >= next_tick:
                    next_tick = time.monotonic() + TICK
                    self._tick(time.monotonic())
        except BaseException as failure:  # told by the test's thread
            self.failure = failure
            raise

    def _end(self, connection):
        self._selector.unregister(connection.socket)
        connection.socket.close()
        connection.phone.on_end(connection)

    def _tick(self, now):
        for phone in self.phones:
            if phone.due is not None and phone.due <= now:
                connection = phone.connect(self._port)
                self._selector.register(connection.socket, selectors.EVENT_READ, connection)
            elif phone.connection and phone.connection.upgraded:
                phone.beat(now)
