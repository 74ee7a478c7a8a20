"""One running container of the image, as Kubernetes runs it: read-only, not root, no capabilities."""

import itertools
import json

from gateway import Gateway
from redis_server import free_port
from waiting import wait_until

LOCKED_DOWN = ["--read-only", "--read-only-tmpfs=false", "--cap-drop=all",
               "--security-opt=no-new-privileges"]
_names = itertools.count(1)


class Container(Gateway):
    """A gateway in a container; speaks to it like to any other."""

    def __init__(self, engine, image, *options, environment=None, network=None, servers=()):
        self.engine = engine
        self.name = f"livegate-test-{free_port()}-{next(_names)}"
        self.port = free_port()
        self.internal_port = free_port()
        settings = [f"--env={name}={value}" for name, value in (environment or {}).items()]
        settings += [f"--network={network}"] if network else []
        settings += [f"--dns={server}" for server in servers]
        engine.run("run", "--detach", "--name", self.name, *LOCKED_DOWN, *settings,
                   "--publish", f"127.0.0.1:{self.port}:8080",
                   "--publish", f"127.0.0.1:{self.internal_port}:8081", image, *options)
        wait_until(self._answers, f"{self.name} to answer")

    def _answers(self):
        assert self.running(), self.log()
        try:
            return self.http("GET", "/livez")[0] == 200
        except OSError:
            return False

    def inspect(self, format_):
        return self.engine.ask("inspect", "--format", format_, self.name)

    def running(self):
        return self.inspect("{{.State.Running}}") == "true"

    def log(self):
        done = self.engine.run("logs", self.name)
        return done.stdout + done.stderr

    def exec(self, *words):
        return self.engine.run("exec", self.name, *words, check=False)

    def health(self):
        """Runs the image's HEALTHCHECK once; whether it passes."""
        return self.engine.run("healthcheck", "run", self.name, check=False).returncode == 0

    def process(self):
        """/proc/1/status, as a dictionary."""
        pid = json.loads(self.inspect("{{json .State.Pid}}"))
        with open(f"/proc/{pid}/status", encoding="ascii") as status:
            return dict(line.rstrip("\n").split(":\t", 1) for line in status)

    def stop(self):
        """As an orchestrator does; the exit status."""
        self.engine.run("stop", "--time", "30", self.name)
        return int(self.inspect("{{.State.ExitCode}}"))

    def remove(self):
        self.engine.run("rm", "--force", "--time", "0", self.name, check=False)
