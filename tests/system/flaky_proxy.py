"""A link that breaks: a TCP proxy between a gateway and its Redis (or a client and its gateway).

It passes bytes both ways until told otherwise:

    proxy.cut()                all connections end at once with RST; new ones are welcome
    proxy.refuse()             and new ones are not, until accept()
    proxy.stall()              half-open: connections stay, new ones are taken, nothing passes
    proxy.flow()               what was stalled goes on, in order, nothing lost
    proxy.lose_pushes(0.2)     that share of what Redis says to subscribers disappears (begin
                               with it while nothing is on its way: it looks at whole replies)
    proxy.delay(0.05)          everything passes that much later
    proxy.limit(1024)          no more bytes a second, each connection and way

Runs in a thread of its own; each call has taken effect when it returns."""

import collections
import queue
import random
import selectors
import socket
import struct
import threading
import time

from resp import PUSH, reply_end

CHUNK = 65536
MOST_WAITING = 1 << 20  # bytes on one way; more stay in the sender's socket
ONE_SLICE = 0.02        # seconds; how finely a limit is dealt out


class _Way:
    """One direction of one connection."""

    def __init__(self, source, sink, from_redis):
        self.source = source
        self.sink = sink
        self.from_redis = from_redis
        self.waiting = collections.deque()  # (when it is due, bytes)
        self.size = 0
        self.partial = b""  # the beginning of a reply
        self.ended = False  # the source will send no more
        self.next_slice = 0.0

    def add(self, due, data):
        self.waiting.append((due, data))
        self.size += len(data)

    def pass_on(self, now, most):
        """Sends what is due; False when the sink is gone."""
        while most > 0 and self.waiting and self.waiting[0][0] <= now:
            due, data = self.waiting.popleft()
            try:
                sent = self.sink.send(data[:most])
            except BlockingIOError:
                sent = 0
            except OSError:
                return False
            self.size -= sent
            most -= sent
            if sent < len(data):
                self.waiting.appendleft((due, data[sent:]))
                break
        return True


class FlakyProxy:
    def __init__(self, target_port, seed=1):
        self.target_port = target_port
        self.lost = 0         # messages that disappeared
        self.connections = 0  # ever taken
        self._random = random.Random(seed)
        self._stalled = False
        self._share_lost = 0.0
        self._delay = 0.0
        self._limit = None
        self._pairs = []  # the two ways of each connection
        self._calls = queue.SimpleQueue()
        self._selector = selectors.DefaultSelector()
        self._wake_read, self._wake_write = socket.socketpair()
        self._selector.register(self._wake_read, selectors.EVENT_READ)
        self._running = True
        self.port = 0
        self._listen()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}"

    # ---- what a test says ----

    def cut(self):
        self._do(self._close_all)

    def refuse(self):
        self._do(self._stop_listening)
        self.cut()

    def accept(self):
        self._do(self._listen)

    def stall(self):
        self._set("_stalled", True)

    def flow(self):
        self._set("_stalled", False)

    def lose_pushes(self, share):
        self._set("_share_lost", share)

    def delay(self, seconds):
        self._set("_delay", seconds)

    def limit(self, bytes_per_second):
        self._set("_limit", bytes_per_second)

    def stop(self):
        if self._running:
            self._set("_running", False)
            self._thread.join()

    def _set(self, name, value):
        self._do(lambda: setattr(self, name, value))

    def _do(self, call):
        done = threading.Event()
        self._calls.put((call, done))
        self._wake_write.send(b"!")
        assert done.wait(10), "the proxy's thread has died"

    # ---- the thread ----

    def _run(self):
        while self._running:
            for key, _ in self._selector.select(self._patience()):
                if key.fileobj is self._wake_read:
                    self._wake_read.recv(CHUNK)
                elif key.fileobj is self._listener:
                    self._take()
            while not self._calls.empty():
                call, done = self._calls.get()
                call()
                done.set()
            for pair in list(self._pairs):
                if not all(self._serve(way) for way in pair):
                    self._close(pair)
            self._watch()
        self._close_all()
        self._stop_listening()

    def _patience(self):
        if self._stalled:
            return None
        if self._limit:
            return ONE_SLICE
        due = [way.waiting[0][0] for pair in self._pairs for way in pair if way.waiting]
        return max(0.0, min(due) - time.monotonic()) if due else None

    def _watch(self):
        """Sleep only on sockets that we mean to read, or to write what could not be sent."""
        now = time.monotonic()
        for pair in self._pairs:
            wanted = {pair[0].source: 0, pair[0].sink: 0}
            for way in pair:
                if self._stalled or self._limit:
                    continue
                if not way.ended and way.size < MOST_WAITING:
                    wanted[way.source] |= selectors.EVENT_READ
                if way.waiting and way.waiting[0][0] <= now:
                    wanted[way.sink] |= selectors.EVENT_WRITE
            for sock, mask in wanted.items():
                self._watch_one(sock, mask)

    def _watch_one(self, sock, mask):
        key = self._selector.get_map().get(sock)
        if key is None:
            if mask:
                self._selector.register(sock, mask)
        elif not mask:
            self._selector.unregister(sock)
        elif key.events != mask:
            self._selector.modify(sock, mask)

    def _serve(self, way):
        """Reads and writes what it may; False when the connection has ended."""
        if self._stalled:
            return True
        now = time.monotonic()
        most = CHUNK * 16
        if self._limit:
            if now < way.next_slice:
                return True
            way.next_slice = now + ONE_SLICE
            most = max(1, int(self._limit * ONE_SLICE))
        if not way.ended and way.size < MOST_WAITING:
            self._read(way, now, min(CHUNK, most))
        return way.pass_on(now, most) and not (way.ended and not way.waiting)

    def _read(self, way, now, most):
        try:
            data = way.source.recv(most)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            way.ended = True
        if way.from_redis and data and (self._share_lost or way.partial):
            data = self._lose_some(way, data)
        if data:
            way.add(now + self._delay, data)

    def _lose_some(self, way, data):
        """Whole replies only, without those that shall not arrive."""
        data = way.partial + data
        kept = []
        at = 0
        while (end := reply_end(data, at)) is not None:
            if data.startswith(PUSH, at) and self._random.random() < self._share_lost:
                self.lost += 1
            else:
                kept.append(data[at:end])
            at = end
        way.partial = data[at:]
        return b"".join(kept)

    # ---- connections ----

    def _listen(self):
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind(("127.0.0.1", self.port))
        self._listener.listen(128)
        self._listener.setblocking(False)
        self.port = self._listener.getsockname()[1]
        self._selector.register(self._listener, selectors.EVENT_READ)

    def _stop_listening(self):
        if self._listener:
            self._selector.unregister(self._listener)
            self._listener.close()
            self._listener = None

    def _take(self):
        source, _ = self._listener.accept()
        self.connections += 1
        try:
            sink = socket.create_connection(("127.0.0.1", self.target_port), 5)
        except OSError:
            _reset(source)
            return
        for sock in (source, sink):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setblocking(False)
        self._pairs.append((_Way(source, sink, False), _Way(sink, source, True)))

    def _close(self, pair):
        self._pairs.remove(pair)
        for sock in (pair[0].source, pair[0].sink):
            self._watch_one(sock, 0)
            _reset(sock)

    def _close_all(self):
        for pair in list(self._pairs):
            self._close(pair)


def _reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()
