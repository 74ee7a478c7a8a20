"""A redis-server of a test's own, on a free port, in a folder of its own."""

import json
import random
import signal
import socket
import subprocess

from process import Process
from waiting import wait_until


def free_port():
    """Below the ports that the system gives to connections: while the server is down nobody else
    may come to sit on its port by chance.  So is the port of a cluster's bus, 10,000 above."""
    for _ in range(100):
        port = random.randrange(12000, 22000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise AssertionError("no free port")


class RedisServer:
    host = "127.0.0.1"
    within = ()  # what goes before each command

    def __init__(self, folder, *options, port=None):
        self.folder = folder
        self.options = options
        self.port = port or free_port()
        self.process = None
        self.start()

    @property
    def url(self):
        return f"redis://{self.host}:{self.port}"

    def start(self, *more):
        """Starts it, or starts it again on the same port and folder."""
        self.begin(*more)
        wait_until(self._answers, "redis-server to answer")

    def begin(self, *more):
        """The same, but it may still be loading what it has saved."""
        self.process = Process(
            [*self.within, "redis-server", "--port", str(self.port), "--bind", self.host,
             "--save", "", "--dir", str(self.folder), *self.options, *more],
            self.folder / "redis.log",
        )

    def _answers(self):
        assert self.process.running(), self.process.text()
        return self.cli("PING", check=False) == "PONG"

    def cli(self, *words, check=True):
        """What redis-cli prints for a command."""
        done = subprocess.run(
            [*self.within, "redis-cli", "-e", "-h", self.host, "-p", str(self.port), *words],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20,
        )
        if check:
            assert done.returncode == 0, done.stdout + done.stderr
        return (done.stdout if done.returncode == 0 else done.stderr).rstrip("\n")

    def fcall(self, room, message):
        """Publishes as a backend does; [id, term, seq]."""
        if not isinstance(message, str):
            message = json.dumps(message, ensure_ascii=False)
        printed = self.cli("FCALL", "livegate_publish", "1", f"live:{{{room}}}", message)
        name, term, seq = printed.splitlines()
        return [name, int(term), int(seq)]

    def publish(self, room, message):
        """Plain PUBLISH."""
        self.cli("PUBLISH", f"live:{{{room}}}", json.dumps(message, ensure_ascii=False))

    def hang(self):
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)

    def kill(self):
        self.process.kill()
