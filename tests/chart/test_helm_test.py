"""The script of `helm test`, against real gateways and a real Redis."""

import os
import re
import subprocess
import sys

import pytest

from certificates import Authority
from redis_server import RedisServer, free_port
from tools import CHART, ROOT


def run(gateway, **environment):
    return subprocess.run(
        [sys.executable, CHART / "files/test.py"], capture_output=True, text=True, timeout=60,
        check=False,
        env={**os.environ, "GATEWAY": f"127.0.0.1:{gateway.port}", **environment})


def url_file(folder, url):
    (folder / "url").write_text(url + "\n")
    return str(folder / "url")


def test_it_joins_publishes_and_receives(pair, tmp_path):
    done = run(pair.there, REDIS_FILE=url_file(tmp_path, pair.redis.url))

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "received: done"


def test_it_speaks_tls_where_gateways_do(bare_site, tmp_path):
    files = Authority(tmp_path).certify("DNS:live.example")
    bare_site.start_redis()
    gateway = bare_site.start_gateway("--tls-cert", str(files[0]), "--tls-key", str(files[1]))
    gateway.wait_ready()

    done = run(gateway, REDIS_FILE=url_file(tmp_path, bare_site.redis.url), GATEWAY_TLS="true")

    assert done.returncode == 0, done.stdout + done.stderr


class GuardedRedis(RedisServer):
    """With the users of deploy/redis."""

    def __init__(self, folder):
        super().__init__(folder, "--aclfile", str(ROOT / "deploy/redis/users.acl"),
                         "--appendonly", "yes", "--protected-mode", "no")

    def _answers(self):
        assert self.process.running(), self.process.text()
        return self.cli("PING", check=False).startswith("NOAUTH")

    def of(self, user):
        return f"redis://{user}:change-me-{user}@127.0.0.1:{self.port}"


@pytest.fixture
def guarded(bare_site):
    redis = GuardedRedis(bare_site.folder)
    gateway = bare_site.start_gateway("--redis", redis.of("livegate")).wait_ready()
    yield gateway, redis
    redis.kill()


def test_the_users_are_those_of_the_page_about_security():
    def rights(text, user):
        return re.search(rf"^user {user} (?:reset )?on >\S+ (.*)$", text, re.MULTILINE)[1]

    page, file = [(ROOT / name).read_text() for name in ("docs/security.md", "deploy/redis/users.acl")]

    assert rights(file, "livegate") == rights(page, "gateway")
    assert rights(file, "backend") == rights(page, "backend")


def test_the_users_of_redis_have_the_rights_they_need(guarded, tmp_path):
    gateway, redis = guarded

    done = run(gateway, REDIS_FILE=url_file(tmp_path, redis.of("backend")))

    assert done.returncode == 0, done.stdout + done.stderr


def test_with_these_users_redis_reads_again_what_functions_wrote(guarded, tmp_path):
    gateway, redis = guarded
    done = run(gateway, REDIS_FILE=url_file(tmp_path, redis.of("backend")))

    redis.kill()
    redis.start()

    kept = redis.cli("--no-auth-warning", "-u", redis.of("livegate"), "LLEN", "live:{helm-test}:log")
    assert (done.returncode, kept) == (0, "1")


def test_without_a_redis_to_publish_through_it_only_joins(pair):
    done = run(pair.here)

    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "joined")


def test_it_fails_and_says_so_when_redis_is_not_there(pair, tmp_path):
    done = run(pair.here, REDIS_FILE=url_file(tmp_path, f"redis://127.0.0.1:{free_port()}"))

    assert done.returncode == 1
    assert "no Redis answers" in done.stderr
