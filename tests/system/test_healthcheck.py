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


def test_nobody_there_and_bad_settings_are_one_line_each(bare_site):
    gateway = bare_site.start_gateway()
    gateway.stop()

    for arguments, named in (([], "refused"), (["--history", "x"], "history"),
                             (["deadz"], "deadz")):
        done = check(gateway, *arguments)
        assert done.returncode == 1
        assert len(done.stderr.splitlines()) == 1 and named in done.stderr
