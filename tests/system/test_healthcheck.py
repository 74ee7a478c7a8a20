"""`livegate healthcheck`: what a container asks, without a shell."""

import os
import subprocess

from gateway import BINARY
from waiting import wait_until


def check(gateway, *arguments):
    where = {"LIVEGATE_INTERNAL_LISTEN": f":{gateway.internal_port}"}
    return subprocess.run([BINARY, "healthcheck", *arguments], capture_output=True, text=True,
                          timeout=20, env={**os.environ, **where})


def test_it_is_well_when_the_gateway_is_ready(bare_site):
    gateway = bare_site.start_gateway().wait_ready()

    for arguments in ([], ["readyz"], ["livez"], ["livez", "--log-level", "debug"]):
        done = check(gateway, *arguments)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_it_says_why_not(bare_site):
    bare_site.start_redis()
    gateway = bare_site.start_gateway().wait_ready()
    bare_site.redis.kill()
    wait_until(lambda: not gateway.ready(), "/readyz to be red")

    done = check(gateway)

    assert done.returncode == 1
    assert "livegate: readyz: it answers 503" in done.stderr and "redis" in done.stderr
    assert check(gateway, "livez").returncode == 0


def test_a_gateway_that_lives_on_what_it_read_before_is_well(bare_site, tmp_path):
    gateway = bare_site.start_gateway().wait_ready()
    file = tmp_path / "livegate.conf"
    file.write_text(f"internal-listen = :{gateway.internal_port}\nhistory = many\nno-such = 1\n"
                    f"tls-cert = {tmp_path}/gone.pem\ntls-key = {tmp_path}/gone.pem\n"
                    f"token-secret-file = {tmp_path}/gone\nmemory-limit = 1\n")

    done = subprocess.run([BINARY, "healthcheck", "--config", file], capture_output=True, text=True,
                          timeout=20)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_nobody_there_is_told_and_then_what_is_wrong_with_the_settings(bare_site):
    gateway = bare_site.start_gateway()
    gateway.stop()

    for arguments, named in (([], ["refused"]), (["--history", "x"], ["refused", "history"]),
                             (["--internal-listen", "x"], ["internal-listen"])):
        done = check(gateway, *arguments)
        assert done.returncode == 1
        said = done.stderr.splitlines()
        assert len(said) == len(named) and all(word in line for word, line in zip(named, said))


def test_a_word_that_is_neither_is_refused_also_when_all_is_well(bare_site):
    done = check(bare_site.start_gateway().wait_ready(), "deadz")

    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1 and "deadz" in done.stderr


def test_help_is_for_everybody(bare_site):
    assert "--internal-listen" in check(bare_site.start_gateway(), "--help").stdout
