"""A gateway before a Redis, its canary, and what an attack may not do to them."""

import contextlib
import json
import os
import pathlib
import re
import resource
import subprocess
import sys

from gateway import Gateway
from redis_server import RedisServer
from waiting import wait_until

ROOM = "r1"
ALLOWED_ORIGIN = "https://shop.example"
CANARYS = 3          # connections
MOST_GROWTH = 64e6   # bytes
WORST_DELAY = 1.0    # seconds, of what the canary says

# Freed memory goes back at once, so that what the gateway holds can be seen.
SANITIZER = "quarantine_size_mb=1:malloc_context_size=4"


class Stage:
    def __init__(self, folder, name, options, pass_word, authority=None):
        self.name = name
        self.redis = RedisServer(folder)
        self.gateway = Gateway(
            folder, "--redis", self.redis.url, "--handshake-timeout", "1s", "--ping-interval", "2s",
            "--slow-seconds", "1s", "--leave-grace", "0", "--allowed-origins", ALLOWED_ORIGIN,
            *options,
            environment={"ASAN_OPTIONS": ":".join(filter(None, (os.environ.get("ASAN_OPTIONS"),
                                                                SANITIZER)))},
            tls=authority.trusting() if authority else None)
        self.gateway.redis = self.redis
        self.gateway.wait_ready()
        self._canary = subprocess.Popen(
            [sys.executable, pathlib.Path(__file__).with_name("canary.py"), str(self.gateway.port),
             ROOM, pass_word, str(authority.file) if authority else ""],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.account()
        self.memory = self._memory()
        self.worst = self.growth = self.sung = 0

    def account(self):
        """The canary's: everything was shown to it, once and in order."""
        self._canary.stdin.write("\n")
        self._canary.stdin.flush()
        line = self._canary.stdout.readline()
        assert line, "the canary is dead"
        account = json.loads(line)
        assert account["failure"] is None, account
        return account

    def _descriptors(self):
        return len(os.listdir(f"/proc/{self.gateway.process.pid}/fd"))

    @contextlib.contextmanager
    def few_descriptors(self, more):
        """The gateway may open so many more, and gets EMFILE then."""
        pid = self.gateway.process.pid
        limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (self._descriptors() + more, limits[1]))
        try:
            yield
        finally:
            resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)

    def _memory(self):
        status = pathlib.Path(f"/proc/{self.gateway.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1)) * 1024

    @contextlib.contextmanager
    def unharmed(self):
        """Whatever happens inside."""
        self.account()
        descriptors = self._descriptors()
        yield
        account = self.account()
        wait_until(lambda: self.gateway.metric("livegate_connections") == CANARYS,
                   "the attackers to be gone")
        wait_until(lambda: self._descriptors() <= descriptors, "all descriptors to be back")
        self.gateway.check_log()
        self.growth = max(self.growth, self._memory() - self.memory)
        self.worst = max(self.worst, account["worst"])
        self.sung = account["sung"]
        assert self.growth < MOST_GROWTH
        assert account["worst"] < WORST_DELAY

    @property
    def summary(self):
        return (f"{self.name}: the canary said {self.sung} messages, lost none, worst delay "
                f"{1000 * self.worst:.0f} ms; memory grew by {self.growth / 1e6:.1f} MB")

    def end(self):
        self._canary.kill()
        self._canary.wait()
        try:
            self.gateway.stop()
        finally:
            self.gateway.kill()
            self.redis.kill()
