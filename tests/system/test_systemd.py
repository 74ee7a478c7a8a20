"""The unit for systemd: it is understood, it is tight, and what it runs are good commands."""

import pathlib
import re
import shutil
import subprocess

import pytest

from gateway import BINARY

UNIT = pathlib.Path(__file__).parents[2] / "examples/systemd/livegate.service"
MOST_EXPOSED = 1.5  # of 10, as systemd-analyze counts

needs_systemd = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")


def analyze(*arguments):
    return subprocess.run(["systemd-analyze", *arguments], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60,
                          check=False)


@pytest.fixture
def unit(tmp_path):
    """As it is, but for where the program lies."""
    made = tmp_path / UNIT.name
    text = re.sub(r"^Documentation=.*\n", "", UNIT.read_text(), flags=re.MULTILINE)
    made.write_text(text.replace("/usr/local/bin/livegate", BINARY))
    return made


@needs_systemd
def test_it_is_understood(unit):
    done = analyze("verify", "--recursive-errors=no", "--man=no", str(unit))

    assert (done.returncode, done.stdout) == (0, "")


@needs_systemd
def test_it_is_tight(unit):
    done = analyze("security", "--offline=yes", "--no-pager", str(unit))

    found = re.search(r"Overall exposure level for livegate.service: ([0-9.]+)", done.stdout)
    assert found, done.stdout
    assert float(found.group(1)) <= MOST_EXPOSED, done.stdout


def test_it_gives_the_drain_the_time_it_needs():
    def setting(name):
        page = subprocess.run([BINARY, "--print-config"], stdout=subprocess.PIPE, text=True,
                              check=True).stdout
        return int(re.search(rf"^{name} = (\d+)s$", page, re.MULTILINE).group(1))

    patience = int(re.search(r"^TimeoutStopSec=(\d+)$", UNIT.read_text(), re.MULTILINE).group(1))

    assert patience >= setting("drain-delay") + setting("drain-seconds") + 2 + 10


def test_its_commands_are_good(tmp_path):
    config = tmp_path / "livegate.conf"
    config.write_text("history = 10\n")
    before, = re.findall(r"^ExecStartPre=(.*)$", UNIT.read_text(), re.MULTILINE)
    command = before.replace("/usr/local/bin/livegate", BINARY).replace(
        "/etc/livegate/livegate.conf", str(config))

    assert subprocess.run(command.split(), check=False).returncode == 0
    config.write_text("history = none\n")
    assert subprocess.run(command.split(), stderr=subprocess.DEVNULL, check=False).returncode == 2
