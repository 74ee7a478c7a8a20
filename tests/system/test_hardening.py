"""The program as it is shipped: what the compiler and the linker promise, and what a process shows
of itself.  The gateways of the other tests have sanitizers instead."""

import os
import pathlib
import re
import signal
import subprocess

import pytest

from waiting import wait_until

TOP = pathlib.Path(__file__).parents[2]
SHIPPED = TOP / "build" / "livegate"
NOBODY = 65534


@pytest.fixture(scope="module", autouse=True)
def shipped():
    """script/build, which is instant when nothing has changed."""
    subprocess.run([TOP / "script" / "build"], check=True, stdin=subprocess.DEVNULL,
                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=600)


def readelf(*options):
    return subprocess.run(["readelf", "--wide", *options, SHIPPED], check=True,
                          capture_output=True, text=True).stdout


def test_it_is_position_independent():
    assert re.search(r"Type:\s+DYN", readelf("--file-header"))


def test_relocations_are_read_only_and_bound_at_the_start():
    assert "GNU_RELRO" in readelf("--segments")
    assert re.search(r"FLAGS.*\bNOW\b", readelf("--dynamic"))


def test_neither_stack_nor_heap_can_be_executed():
    assert re.search(r"GNU_STACK.* RW ", readelf("--segments"))
    assert not re.search(r"LOAD.* RWE ", readelf("--segments"))


def test_the_stack_has_canaries_and_libc_checks_sizes():
    symbols = readelf("--dyn-syms")

    assert "__stack_chk_fail" in symbols
    assert re.search(r"__\w+_chk\b", symbols.replace("__stack_chk_fail", ""))


def test_it_looks_for_libraries_where_the_system_does():
    assert not re.search(r"RPATH|RUNPATH", readelf("--dynamic"))


@pytest.fixture
def gateway(tmp_path):
    """Not root's, whoever runs this: by its descriptor, for the folder may be closed to others."""
    log = tmp_path / "shipped.log"
    with open(SHIPPED, "rb") as program, open(log, "wb") as output:
        process = subprocess.Popen(
            ["livegate", "--listen", "127.0.0.1:0", "--internal-listen", "127.0.0.1:0",
             "--drain-delay", "0", "--drain-seconds", "0"],
            executable=f"/proc/self/fd/{program.fileno()}", pass_fds=[program.fileno()],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/",
            user=NOBODY if os.getuid() == 0 else None)
    wait_until(lambda: "livegate is starting" in log.read_text(), "it to start")
    yield process
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0


def test_its_memory_is_dumped_nowhere(gateway):
    limits = pathlib.Path(f"/proc/{gateway.pid}/limits").read_text(encoding="ascii")

    assert re.search(r"Max core file size\s+0\s+0\s", limits)
    # of a process that cannot be dumped, what /proc has of it belongs to root
    assert os.stat(f"/proc/{gateway.pid}/environ").st_uid == 0
