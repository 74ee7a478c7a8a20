"""What a person at a shell meets."""

import os
import socket
import subprocess

import pytest

from gateway import BINARY


def run(*options, environment=None):
    return subprocess.run([BINARY, *options], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=20, env={**os.environ, **(environment or {})})


@pytest.mark.parametrize("options, named", [
    (["--no-such-thing"], "no-such-thing"),
    (["--history", "many"], "history"),
    (["--history", "-1"], "history"),
    (["--listen", "nowhere"], "listen"),
    (["--redis", "http://127.0.0.1"], "redis"),
    (["--leave-grace"], "leave-grace"),
    (["--log-level", "loud"], "log-level"),
    (["--workers", "2"], "workers must be 1 without redis"),
    (["--workers", "0"], "workers"),
    (["--banner-join", "{nobody}"], "banner-join"),
    (["--config", "/no/such/file"], "/no/such/file"),
    (["surplus"], "surplus"),
])
def test_a_bad_setting_is_one_line_that_names_it_and_exit_2(options, named):
    done = run(*options)

    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert named in done.stderr


def test_every_fault_has_a_line(tmp_path):
    file = tmp_path / "livegate.conf"
    file.write_text("history = many\nwhat\n")

    done = run("--config", str(file), "--check-config", "--leave-grace", "never", "--bogus", "5",
               environment={"LIVEGATE_NONSENSE": "x"})

    assert (done.returncode, done.stdout) == (2, "")
    for named in (":1: history: ", ":2: ", "--leave-grace", "--bogus",
                  "LIVEGATE_NONSENSE"):
        assert done.stderr.count(named) == 1, done.stderr
    assert all(line.startswith("livegate: ") for line in done.stderr.splitlines())
    assert len(done.stderr.splitlines()) == 5


def test_values_that_contradict_themselves_have_a_line_each():
    done = run("--listen", "nowhere", "--region", "a b", "--banner-join", "{x}", "--check-config")

    assert done.returncode == 2
    assert [line.split()[1] for line in done.stderr.splitlines()] == ["listen", "region", "banner-join"]


def test_good_settings_are_good():
    done = run("--check-config", "--history", "10")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_what_is_printed_says_where_it_is_from_and_no_secret(tmp_path):
    file = tmp_path / "livegate.conf"
    file.write_text("region = here\n")

    done = run("--config", str(file), "--history", "33", "--internal-key", "hush-hush",
               "--print-config", environment={"LIVEGATE_TICK": "100ms"})

    for part in ("# from --history\nhistory = 33\n", "# from the file\nregion = here\n",
                 "# from LIVEGATE_TICK\ntick = 100ms\n"):
        assert part in done.stdout
    assert "hush" not in done.stdout


def test_a_bad_variable_is_named_too():
    done = run("--check-config", environment={"LIVEGATE_HISTORY": "x"})

    assert done.returncode == 2
    assert "LIVEGATE_HISTORY" in done.stderr


def test_flags_win_over_the_environment_over_the_file(tmp_path):
    file = tmp_path / "livegate.conf"
    file.write_text("# ours\nhistory = 11\nregion = file\nleave-grace = 3s\n")

    done = run("--config", str(file), "--history", "33", "--print-config",
               environment={"LIVEGATE_HISTORY": "22", "LIVEGATE_REGION": "env"})

    assert done.returncode == 0, done.stderr
    lines = dict(line.split(" = ", 1) for line in done.stdout.splitlines() if " = " in line)
    assert (lines["history"], lines["region"]) == ("33", "env")


def test_a_port_in_use_is_one_line_and_exit_1():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run("--listen", f"127.0.0.1:{port}", "--internal-listen", "127.0.0.1:0")

    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert "in use" in done.stderr


def test_help_and_version_are_for_people():
    assert "--leave-grace" in run("--help").stdout
    assert run("--version").stdout.startswith("livegate ")
