"""A Redis in a network namespace of its own, at the other end of a cable that can be pulled.

The address is one of those kept for tests of networks (RFC 2544); with the cable pulled packets
are dropped both ways and nobody is told, as when a switch dies: no proxy in between that has to
pretend.  It takes root and iproute2, so where there is none it raises Unavailable."""

import contextlib
import os
import subprocess

from redis_server import RedisServer


class Unavailable(Exception):
    """This machine has no network namespaces for us; why."""


def _ip(*words, check=True):
    try:
        done = subprocess.run(["ip", *words], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=20)
    except FileNotFoundError as error:
        raise Unavailable(str(error)) from error
    if check and done.returncode != 0:
        raise Unavailable(f"ip {' '.join(words)}: {done.stderr.strip()}")


class FarRedis(RedisServer):
    def __init__(self, folder):
        self._namespace = f"lgf{os.getpid()}"  # interfaces have names of at most 15 bytes
        self._near, self._far = f"{self._namespace}n", f"{self._namespace}f"
        # a net of four addresses for each process
        net, first = f"198.18.{os.getpid() >> 6 & 255}", (os.getpid() & 63) << 2
        self.host = f"{net}.{first + 2}"
        self.within = ("ip", "netns", "exec", self._namespace)
        with contextlib.ExitStack() as undo:
            undo.callback(self._remove)
            self._lay_cable(f"{net}.{first + 1}")
            super().__init__(folder, "--protected-mode", "no")
            undo.pop_all()

    def _lay_cable(self, near_address):
        inside = ("-n", self._namespace)
        _ip("netns", "add", self._namespace)
        _ip("link", "add", self._near, "type", "veth", "peer", "name", self._far, "netns",
            self._namespace)
        _ip("address", "add", f"{near_address}/30", "dev", self._near)
        _ip(*inside, "address", "add", f"{self.host}/30", "dev", self._far)
        _ip("link", "set", self._near, "up")
        _ip(*inside, "link", "set", "lo", "up")
        self.plug()
        _ip("netns", "exec", self._namespace, "true")

    def unplug(self):
        _ip("-n", self._namespace, "link", "set", self._far, "down")

    def plug(self):
        _ip("-n", self._namespace, "link", "set", self._far, "up")

    def leave(self):
        self.kill()
        self._remove()

    def _remove(self):
        """The cable goes with the namespace."""
        _ip("netns", "delete", self._namespace, check=False)
