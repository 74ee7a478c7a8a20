"""A livegate of a test's own, on free ports, and its internal API."""

import json
import os
import pathlib
import re
import signal
import urllib.error
import urllib.request

from client import Client
from process import Process
from v1_client import JSON, V1Client
from waiting import wait_until

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("LIVEGATE", str(ROOT / "build" / "livegate"))

# What must never stand in a gateway's log.
FORBIDDEN = re.compile(r"(?:ERROR|WARNING): .*Sanitizer|runtime error:|level=error|Assertion")

# One client of a test does the work of many; a test of a limit gives it as an option, which wins.
UNLIMITED = {f"LIVEGATE_{what}_PER_MINUTE": "0"
             for what in ("ROOM_MESSAGES", "MESSAGES", "LIKES", "JOINS", "COMMANDS", "REFUSALS")}


class Gateway:
    tls = None  # what its clients speak: an ssl.SSLContext, or None

    def __init__(self, folder, *options, name="gateway", environment=None, tls=None):
        self.tls = tls
        self.log_file = folder / f"{name}.log"
        self.options = options
        self.expected_errors = False
        self.process = Process(
            [BINARY, "--listen", "127.0.0.1:0", "--internal-listen", "127.0.0.1:0",
             "--drain-delay", "0", "--drain-seconds", "0", *options],
            self.log_file,
            env=_without_absent({**os.environ, **UNLIMITED, **(environment or {})}),
        )
        self.port = self._port_of("clients")
        self.internal_port = self._port_of("internal")

    def _port_of(self, what):
        pattern = re.compile(rf"msg=listening for={what} host=\S+ port=(\d+)")

        def found():
            assert self.process.running(), self.process.text()
            return pattern.search(self.process.text())

        return int(wait_until(found, f"the gateway to listen for {what}").group(1))

    def client(self, path="/", **options):
        return Client(self.port, path, **{"tls": self.tls, **options})

    def v1(self, protocol=JSON, path="/", **options):
        return V1Client(self.port, path, protocol, **{"tls": self.tls, **options})

    def http(self, method, path, body=None, headers=None):
        """(status, parsed JSON or text) of a request to the internal API."""
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode()
        headers = {"Content-Type": "application/json", **(headers or {})}
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.internal_port}{path}", body, headers, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as response:
                return response.status, _parsed(response)
        except urllib.error.HTTPError as error:
            return error.code, _parsed(error)

    def post(self, room, message):
        return self.http("POST", f"/v1/rooms/{room}/messages", message)

    def room(self, room):
        status, body = self.http("GET", f"/v1/rooms/{room}")
        assert status == 200, body
        return body

    def ready(self):
        return self.http("GET", "/readyz")[0] == 200

    def wait_ready(self):
        wait_until(self.ready, "the gateway to be ready")
        return self

    def metric(self, name, **labels):
        """The sum of the series that have these labels; 0 if there are none."""
        wanted = {f'{key}="{value}"' for key, value in labels.items()}
        series = re.findall(rf"^{re.escape(name)}(?:{{(.*)}})? (\S+)$",
                            self.http("GET", "/metrics")[1], re.MULTILINE)
        return sum(float(value) for inside, value in series if wanted <= set(inside.split(",")))

    def kill(self):
        """kill -9."""
        self.process.kill()

    def stop(self):
        """SIGTERM; it ends well, without leaks, and its log is clean."""
        if self.process.running():
            self.process.send_signal(signal.SIGTERM)
            status = self.process.wait()
            assert status == 0, f"exit {status}\n{self.process.text()}"
        self.check_log()

    def check_log(self):
        if not self.expected_errors:
            found = FORBIDDEN.search(self.process.text())
            assert not found, self.process.text()


def _without_absent(environment):
    return {name: value for name, value in environment.items() if value is not None}


def _parsed(response):
    text = response.read().decode()
    is_json = response.headers.get_content_type() == "application/json"
    return json.loads(text) if is_json else text
