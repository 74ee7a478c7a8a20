"""docker-compose.yml, brought up by docker-compose through podman."""

import contextlib
import os
import shutil
import signal
import subprocess
import threading

import yaml

from engine import BASE, LIMITS, ROOT
from gateway import Gateway
from process import Process
from redis_server import free_port
from waiting import wait_until

KEY = "key-of-the-test"
# Where no registry answers, Debian's packages stand in for the images of other projects.
STAND_IN = f"""FROM {BASE}
RUN apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y \
    --no-install-recommends redis-server redis-tools haproxy python3
"""
# That of Prometheus starts by itself, where and as whom the project's image does.
STAND_IN_PROMETHEUS = f"""FROM {BASE}
RUN apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y \
    --no-install-recommends prometheus && mkdir /prometheus && chown nobody /prometheus
USER nobody
WORKDIR /prometheus
ENTRYPOINT ["/usr/bin/prometheus"]
CMD ["--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"]
"""


class Neighbour(Gateway):
    """A gateway that is up already: its internal API."""

    def __init__(self, internal_port):
        self.internal_port = internal_port

    def http(self, method, path, body=None, headers=None):
        return super().http(method, path, body,
                            {"Authorization": f"Bearer {KEY}", **(headers or {})})


class Compose:
    """`users`: of Redis, besides those that are shipped."""

    def __init__(self, engine, image, folder, users=""):
        self.engine = engine
        self.project = f"livegate{free_port()}"
        self.port, first, second = free_port(), free_port(), free_port()
        self.prometheus_port = free_port()
        self.gateways = [Neighbour(first), Neighbour(second)]
        socket = folder / "podman.sock"
        self._service = Process(["podman", "system", "service", "--time=0", f"unix://{socket}"],
                                folder / "podman.log", engine.environment)
        wait_until(socket.exists, "podman's API")
        self.environment = {
            **os.environ, "DOCKER_HOST": f"unix://{socket}", "COMPOSE_PROJECT_NAME": self.project,
            "LIVEGATE_IMAGE": image, "LIVEGATE_INTERNAL_KEY": KEY, "LIVEGATE_OPEN_ACCESS": "true",
            "LIVEGATE_PORT": str(self.port), "LIVEGATE_INTERNAL_PORT_1": str(first),
            "LIVEGATE_INTERNAL_PORT_2": str(second), "PROMETHEUS_PORT": str(self.prometheus_port),
            "COMPOSE_FILE": f"{ROOT / 'docker-compose.yml'}:{self._changed(folder, users)}",
        }

    @staticmethod
    def _changed(folder, users):
        """The limits that this machine allows, and more users, in a file for docker-compose to merge."""
        services = {name: {"ulimits": LIMITS} for name in ("gateway-1", "gateway-2", "balancer")}
        if users:
            redis = shutil.copytree(ROOT / "deploy" / "redis", folder / "redis")
            with open(redis / "users.acl", "a", encoding="ascii") as file:
                file.write(users)
            services["redis"] = {"volumes": [f"{redis}:/etc/livegate-redis:ro"]}
        file = folder / "changes.yml"
        file.write_text(yaml.safe_dump({"services": services}))
        return file

    def begin(self, *words):
        """`docker-compose WORDS`, which goes on."""
        return subprocess.Popen(["docker-compose", "--project-directory", ROOT, *words], cwd=ROOT,
                                env=self.environment, stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def run(self, *words, timeout=300, check=True):
        done = subprocess.run(["docker-compose", "--project-directory", ROOT, *words], cwd=ROOT,
                              env=self.environment, text=True, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout,
                              check=False)
        if check:
            assert done.returncode == 0, done.stdout
        return done.stdout

    def up(self, *words):
        with self._healths():
            self.run("up", "--detach", "--no-build", *words)

    def container(self, service):
        return self.engine.ask("ps", "--all", "--quiet", "--filter",
                               f"label=com.docker.compose.project={self.project}",
                               "--filter", f"label=com.docker.compose.service={service}")

    def exec(self, service, *words):
        return self.engine.ask("exec", self.container(service), *words)

    def unpause(self, service):
        """docker-compose 1.29 does not know podman's state of what is paused."""
        self.engine.run("unpause", self.container(service))

    def log(self, service):
        done = self.engine.run("logs", self.container(service))
        return done.stdout + done.stderr

    def exit_code(self, service):
        return self.engine.ask("inspect", "--format", "{{.State.ExitCode}}", self.container(service))

    def down(self):
        try:
            self.run("down", "--volumes", "--timeout", "1", check=False)
        finally:
            self._service.send_signal(signal.SIGTERM)
            self._service.wait()

    @contextlib.contextmanager
    def _healths(self):
        """Podman leaves the rhythm of health checks to systemd, which is not everywhere: we beat it."""
        done = threading.Event()

        def beat():
            while not done.wait(0.5):
                redis = self.container("redis")
                if redis:
                    self.engine.run("healthcheck", "run", redis, check=False)

        thread = threading.Thread(target=beat)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()


def provide(engine, images):
    """Makes sure of the images of others; the names of those that Debian's packages stand in for."""
    stand_ins = []
    for image in images:
        if engine.has(image):
            if engine.ask("image", "inspect", "--format", "{{.Labels.standin}}", image) == "yes":
                stand_ins.append(image)
        elif engine.run("pull", "--quiet", image, check=False, timeout=300).returncode != 0:
            recipe = STAND_IN_PROMETHEUS if "/prometheus:" in image else STAND_IN
            engine.build(image, "--label", "standin=yes", recipe=recipe)
            stand_ins.append(image)
    return stand_ins
