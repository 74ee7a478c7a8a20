"""The fault bench: real gateways (the release build) and real Redis, broken while people watch.

Each scenario ends with an account.  All accounts are printed at the end and kept as a table in
build/faults.md."""

import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "system"))  # gateways, Redis and proxies are at home there

from report import Report  # noqa: E402
from stage import Stage  # noqa: E402

REPORT = Report()


def pytest_configure(config):
    config.addinivalue_line("markers", "quick: takes a few seconds; CI runs these")


def pytest_terminal_summary(terminalreporter):
    if REPORT.rows:
        terminalreporter.write_line("")
        terminalreporter.write(REPORT.table())
        REPORT.save(ROOT / "build" / "faults.md")


@pytest.fixture
def stage(tmp_path, request):
    name = request.node.name.removeprefix("test_").replace("_", " ")
    made = Stage(tmp_path, name, REPORT)
    yield made
    made.end()
