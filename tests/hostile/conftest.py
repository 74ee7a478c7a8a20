"""The hostile suite: clients that mean harm, at a real gateway with a canary beside them.

Before and behind each test the gateway is looked at: the canary has lost nothing, nobody is left,
no descriptor is lost, its memory has not grown."""

import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "system"))  # gateways and Redis are at home there

from attacker import raise_file_limit  # noqa: E402
from certificates import Authority  # noqa: E402
from stage import Stage  # noqa: E402
from tokens import SECRET, token  # noqa: E402

STAGES = []


def pytest_configure():
    raise_file_limit()


def pytest_terminal_summary(terminalreporter):
    for stage in STAGES:
        terminalreporter.write_line(stage.summary)


def play(folder, name, *options, pass_word="", authority=None):
    stage = Stage(folder, name, options, pass_word, authority)
    STAGES.append(stage)
    yield stage
    stage.end()


@pytest.fixture(scope="session")
def open_stage(tmp_path_factory):
    yield from play(tmp_path_factory.mktemp("open"), "open")


@pytest.fixture(scope="session")
def guarded_stage(tmp_path_factory):
    """Where tokens are needed."""
    yield from play(tmp_path_factory.mktemp("guarded"), "guarded", "--token-secret", SECRET,
                    pass_word=token(sub="canary"))


@pytest.fixture(scope="session")
def secured_stage(tmp_path_factory):
    """Where viewers speak TLS."""
    folder = tmp_path_factory.mktemp("secured")
    authority = Authority(folder)
    certificate, key = authority.certify("DNS:localhost")
    yield from play(folder, "secured", "--tls-cert", str(certificate), "--tls-key", str(key),
                    authority=authority)


@pytest.fixture(scope="session")
def narrow_stage(tmp_path_factory):
    """Where every limit is close."""
    yield from play(tmp_path_factory.mktemp("narrow"), "narrow", "--token-secret", SECRET,
                    "--single-session", "--max-sessions", "40", "--connections-per-address", "20",
                    "--trusted-proxies", "127.0.0.9", "--max-rooms", "5", "--max-fragments", "8",
                    "--max-header-bytes", "1KB", "--max-message", "4KB",
                    pass_word=token(role="backend"))


@pytest.fixture
def gateway(open_stage):
    """The gateway that is attacked."""
    with open_stage.unharmed():
        yield open_stage.gateway


@pytest.fixture
def secured(secured_stage):
    with secured_stage.unharmed():
        yield secured_stage.gateway


@pytest.fixture
def guarded(guarded_stage):
    with guarded_stage.unharmed():
        yield guarded_stage.gateway


@pytest.fixture
def narrow(narrow_stage):
    with narrow_stage.unharmed():
        yield narrow_stage.gateway
