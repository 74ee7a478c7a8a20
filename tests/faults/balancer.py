"""HAProxy before the gateways, as a Service of Kubernetes is: it forwards TCP, gives new connections
to gateways that say they are ready, any of them, and leaves those it has given away alone."""

import signal

from process import Process
from redis_server import free_port
from waiting import wait_until

# `random(1)` as kube-proxy does it: without a look at how many a gateway has.  Nothing is tried
# again: a client that is sent to a gateway that takes nobody has to see it.
CONFIGURATION = """
global
    maxconn 9000
    nbthread 1
    log stdout format raw local0 notice

defaults
    mode tcp
    log global
    retries 0
    timeout connect 10s
    timeout client 1h
    timeout server 1h
    timeout check 5s

listen viewers
    bind 127.0.0.1:{port}
    balance random(1)
    option httpchk GET /readyz
    default-server check inter 500ms fall 1 rise 1
"""


class Balancer:
    """Knows of so many places beforehand; a gateway that is started at one is used when ready."""

    def __init__(self, folder, places):
        self.port = free_port()
        self.places = [(free_port(), free_port()) for _ in range(places)]
        file = folder / "haproxy.cfg"
        file.write_text(CONFIGURATION.format(port=self.port) + "".join(
            f"    server gateway{number} 127.0.0.1:{port} port {internal}\n"
            for number, (port, internal) in enumerate(self.places, 1)))
        self._process = Process(["haproxy", "-f", file], folder / "haproxy.log")
        wait_until(lambda: all(self._says(number, "DOWN") for number in range(places)),
                   "the balancer to see that nobody is there")

    def options_of(self, number):
        """Of the gateway at a place."""
        port, internal = self.places[number]
        return ("--listen", f"127.0.0.1:{port}", "--internal-listen", f"127.0.0.1:{internal}")

    def wait_uses(self, number):
        wait_until(lambda: self._says(number, "UP"), "the balancer to use a gateway")

    def _says(self, number, state):
        return f"Server viewers/gateway{number + 1} is {state}" in self._process.text()

    def stop(self):
        self._process.send_signal(signal.SIGTERM)
        self._process.wait()
