"""The examples of docs/publishing.md do what the page says.

Each code block runs as it stands, but for the ports, and a viewer of room 42 must be shown what it
publishes.  Blocks whose interpreter or package is not installed are skipped; redis-cli, curl and
Python's always run."""
import os
import pathlib
import re
import shutil
import subprocess

import pytest

PAGE = pathlib.Path(__file__).parents[2] / "docs/publishing.md"

# How a block of a language is run from a file; with what it needs beside the interpreter.
RUNNERS = {
    "sh": (["sh"], None),
    "python": (["/usr/bin/python3"], None),
    "js": (["node"], ("require(", ["node", "-e", 'require("redis")'])),
    "php": (["php"], ("new Redis(", ["php", "-r", "new Redis();"])),
}

# Where Debian keeps Node's packages; a node from elsewhere does not look there by itself.
ENVIRONMENT = {**os.environ, "NODE_PATH": "/usr/share/nodejs"}


def blocks():
    """(name, language, code) of each block; the name is what it says."""
    for language, code in re.findall(r"^```(\w+)\n(.*?)^```", PAGE.read_text(encoding="utf-8"),
                                     re.MULTILINE | re.DOTALL):
        yield pytest.param(language, code, id=said_by(code).replace(" ", "-"))


def said_by(code):
    return re.search(r"hello from [\w -]*\w", code).group(0)


def skip_unless_runnable(language, code):
    interpreter, needs = RUNNERS[language][0][0], RUNNERS[language][1]
    if not shutil.which(interpreter):
        pytest.skip(f"{interpreter} is not installed")
    if needs and needs[0] in code:
        if subprocess.run(needs[1], env=ENVIRONMENT, capture_output=True, check=False).returncode != 0:
            pytest.skip(f"{interpreter} lacks its package for Redis")


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A gateway on a Redis, for all examples."""
    from conftest import Site

    made = Site(tmp_path_factory.mktemp("shop"), "shop")
    made.start_redis()
    made.start_gateway().wait_ready()
    yield made
    made.end()


@pytest.mark.parametrize("language, code", blocks())
def test_an_example_reaches_the_viewers(shop, tmp_path, language, code):
    skip_unless_runnable(language, code)
    viewer = shop.here.client("/?room_id=42")
    viewer.skip_to(msg_type="join")
    ports = {"6379": str(shop.redis.port), "8081": str(shop.here.internal_port)}
    example = tmp_path / f"example.{language}"
    example.write_text(re.sub("6379|8081", lambda port: ports[port[0]], code), encoding="utf-8")

    done = subprocess.run([*RUNNERS[language][0], str(example)], env=ENVIRONMENT, text=True,
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert viewer.skip_to(msg_type="message")["content"] == said_by(code)


def test_every_way_is_shown_in_every_language():
    page = PAGE.read_text(encoding="utf-8")
    for heading in ("Shell", "Python", "Node", "PHP"):
        section = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL).group(1)
        for way in ("FCALL", "publish", "/v1/rooms/42/messages"):
            assert way.lower() in section.lower(), (heading, way)
