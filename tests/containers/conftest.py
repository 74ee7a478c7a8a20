"""The image and docker-compose.yml, built and run for real.

Where containers cannot run at all these tests are skipped, with the reason; with
LIVEGATE_CONTAINERS=required they fail instead."""

import os
import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "system"))  # clients and waiting are at home there

from container import Container  # noqa: E402
from compose import provide  # noqa: E402
from engine import IMAGE, Engine, Unusable  # noqa: E402

REDIS = "docker.io/library/redis:7.2-bookworm"


@pytest.fixture(scope="session")
def engine():
    made = Engine()
    try:
        made.examine()
    except Unusable as why:
        (pytest.fail if os.environ.get("LIVEGATE_CONTAINERS") == "required" else pytest.skip)(
            f"containers do not run here: {why}")
    return made


@pytest.fixture(scope="session")
def image(engine):
    """The project's image, built from this working tree."""
    return engine.build(IMAGE)


@pytest.fixture
def start(engine, image):
    """Starts containers of the image."""
    started = []

    def container(*options, **more):
        started.append(Container(engine, image, *options, **more))
        return started[-1]

    yield container
    for one in started:
        one.remove()


@pytest.fixture
def neighbours(engine):
    """A network with a server called redis in it; its name, and the server that knows its names."""
    provide(engine, [REDIS])
    network = f"livegate-test-{os.getpid()}"
    engine.run("network", "create", network)
    engine.run("run", "--detach", "--name", "redis", "--network", network, REDIS,
               "redis-server", "--protected-mode", "no", "--save", "")
    yield network, engine.ask("network", "inspect", network, "--format",
                              "{{range .Subnets}}{{.Gateway}}{{end}}")
    engine.run("rm", "--force", "--time", "0", "redis")
    engine.run("network", "rm", "--force", network)
