"""Publishers that give up on no message: each is retried by its id until it is acknowledged."""

import http.client
import json
import threading
import time

import redis

ONCE_MORE = 0.05  # seconds
LONGEST = 5.0     # seconds without an answer

RETRYABLE = ("LOADING", "OOM", "MASTERDOWN", "Function not found")


class Refused(Exception):
    """Not now, try again."""


class ByFunction:
    """FCALL, as a backend with a Redis client does it."""

    name = "fcall"

    def __init__(self, stage, room):
        self._stage = stage
        self._key = f"live:{{{room}}}"
        self._server = None
        self._redis = None

    def _connect(self):
        """To where Redis is now."""
        self._server = self._stage.redis
        self._redis = redis.Redis(self._server.host, self._server.port, socket_timeout=LONGEST,
                                  socket_connect_timeout=LONGEST, retry=None)

    def publish(self, message):
        """(term, seq)"""
        if self._server is not self._stage.redis:
            self._connect()
        try:
            answer = self._redis.execute_command("FCALL", "livegate_publish", 1, self._key, message)
        except (redis.ConnectionError, redis.TimeoutError, redis.ReadOnlyError, OSError) as error:
            raise Refused from error
        except redis.ResponseError as error:
            if not any(word in str(error) for word in RETRYABLE):
                raise
            raise Refused from error
        return answer[1], answer[2]


class ByHttp:
    """POST to a gateway's internal API; to the next one when it does not answer."""

    name = "http"

    def __init__(self, stage, room):
        self._path = f"/v1/rooms/{room}/messages"
        self._gateways = list(stage.gateways)
        self._link = None

    def publish(self, message):
        if not self._link:
            self._gateways.append(self._gateways.pop(0))
            self._link = http.client.HTTPConnection(
                "127.0.0.1", self._gateways[0].internal_port, timeout=2 * LONGEST)
        try:
            self._link.request("POST", self._path, message)
            answer = self._link.getresponse()
            body = json.loads(answer.read())
        except (OSError, http.client.HTTPException) as error:
            self._link.close()
            self._link = None
            raise Refused from error
        if answer.status in (429, 500, 503):
            raise Refused(body)
        assert answer.status == 200, body
        return body["term"], body["seq"]


class Publisher:
    """Numbered messages at a steady rate, one in flight."""

    def __init__(self, way, rate, kinds=("message", "buy", "x_trial"), size=100):
        self.name = way.name
        self.acknowledged = {}  # id: when
        self.positions = {}     # id: (term, seq)
        self.retries = 0
        self.failure = None
        self._way = way
        self._pause = 1 / rate
        self._kinds = kinds
        self._filler = "x" * max(0, size - 100)
        self._running = True
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self):
        self._thread.start()

    def stop(self):
        """When the message in flight has been acknowledged."""
        self._running = False
        if self._thread.ident:
            self._thread.join(30)
            assert not self._thread.is_alive(), "the last message is still not acknowledged"
        if self.failure:
            raise self.failure

    def _run(self):
        number = 0
        due = time.monotonic()
        try:
            while self._running:
                number += 1
                self.publish(f"{self.name}-{number}", self._kinds[number % len(self._kinds)])
                due = max(due + self._pause, time.monotonic() - self._pause)
                time.sleep(max(0.0, due - time.monotonic()))
        except BaseException as failure:  # told by stop()
            self.failure = failure

    def publish(self, name, kind):
        """Until it is acknowledged."""
        message = {"msg_type": kind, "id": name, "at": time.monotonic_ns(), "filler": self._filler}
        if kind == "message":
            message["content"] = name
        text = json.dumps(message, separators=(",", ":"))
        while True:
            try:
                self.positions[name] = self._way.publish(text)
                break
            except Refused:
                self.retries += 1
                time.sleep(ONCE_MORE)
        self.acknowledged[name] = time.monotonic()
