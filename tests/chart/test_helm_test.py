"""The script of `helm test`, against real gateways and a real Redis."""

import contextlib
import os
import re
import runpy
import subprocess
import sys

import pytest

from certificates import Authority
from gateway import BINARY
from redis_server import RedisServer, free_port
from sentinels import NAME
from test_secure_sentinels import REDIS, SENTINEL, SecureRedis, SecureSentinel
from tools import CHART, ROOT

SCRIPT = runpy.run_path(str(CHART / "files/test.py"))


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


def test_it_publishes_in_the_database_of_the_url(bare_site, tmp_path):
    bare_site.start_redis()
    url = f"{bare_site.redis.url}/3"
    gateway = bare_site.start_gateway("--redis", url).wait_ready()

    done = run(gateway, REDIS_FILE=url_file(tmp_path, url))

    assert done.returncode == 0, done.stdout + done.stderr
    assert bare_site.redis.cli("-n", "3", "LLEN", "live:{helm-test}:log") == "1"
    assert bare_site.redis.cli("LLEN", "live:{helm-test}:log") == "0"


@pytest.mark.parametrize("sentinel_auth", ["as_in_url", "of_their_own"])
def test_it_asks_sentinels_behind_tls_and_passwords(bare_site, tmp_path, sentinel_auth):
    authority = Authority(tmp_path)
    own = sentinel_auth == "of_their_own"
    with watched(tmp_path, authority, SENTINEL if own else REDIS) as sentinel:
        url = f"sentinels://:{REDIS}@127.0.0.1:{free_port()},127.0.0.1:{sentinel.port}/{NAME}/3"
        options = ["--redis", url, "--redis-ca-file", str(authority.file)]
        files = {"REDIS_FILE": url_file(tmp_path, url), "REDIS_CA_FILE": str(authority.file)}
        if own:
            (tmp_path / "auth").write_text(f":{SENTINEL}\n")
            files["SENTINEL_AUTH_FILE"] = str(tmp_path / "auth")
            options += ["--redis-sentinel-auth", f":{SENTINEL}"]
        gateway = bare_site.start_gateway(*options).wait_ready()

        done = run(gateway, **files)

    assert done.returncode == 0, done.stdout + done.stderr


@contextlib.contextmanager
def watched(folder, authority, password):
    """A master and a sentinel, which wants this password."""
    certificate, key = authority.certify("IP:127.0.0.1")
    tls = ["--tls-cert-file", str(certificate), "--tls-key-file", str(key),
           "--tls-ca-cert-file", str(authority.file), "--tls-auth-clients", "no"]
    master = SecureRedis(folder / "master", authority, tls)
    try:
        sentinel = SecureSentinel(folder / "sentinel", authority, tls, master.port, password)
        yield sentinel
        sentinel.kill()
    finally:
        master.kill()


@pytest.mark.parametrize("text, places, master, db, tls, auth", [
    ("redis://redis", [("redis", 6379)], "", "", False, ["", ""]),
    ("rediss://me:p%40ss/@r:1/2", [("r", 1)], "", "2", True, ["me", "p@ss/"]),
    ("redis://:p@ss@[::1]/0", [("::1", 6379)], "", "0", False, ["", "p@ss"]),
    ("redis://[::1]:7", [("::1", 7)], "", "", False, ["", ""]),
    ("sentinel://a,[::2]:1/m", [("a", 26379), ("::2", 1)], "m", "", False, ["", ""]),
    ("sentinels://u:p@a:1/m/4", [("a", 1)], "m", "4", True, ["u", "p"]),
])
def test_it_reads_urls_as_gateways_do(text, places, master, db, tls, auth):
    url = SCRIPT["Url"](text)

    assert (url.places, url.master, url.db, url.tls, url.auth) == (places, master, db, tls, auth)
    gateway = subprocess.run([BINARY, "--redis", text, "--check-config"], check=False)
    assert gateway.returncode == 0


class GuardedRedis(RedisServer):
    """With the users of deploy/redis."""

    def __init__(self, folder):
        super().__init__(folder, "--aclfile", str(ROOT / "deploy/redis/users.acl"),
                         "--appendonly", "yes", "--protected-mode", "no")

    def _answers(self):
        assert self.process.running(), self.process.text()
        return self.cli("PING", check=False).startswith("NOAUTH")

    def of(self, user, database=0):
        return f"redis://{user}:change-me-{user}@127.0.0.1:{self.port}/{database}"


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


def test_the_users_of_redis_may_have_a_database_of_their_own(guarded, bare_site, tmp_path):
    _, redis = guarded
    gateway = bare_site.start_gateway("--redis", redis.of("livegate", 2)).wait_ready()

    done = run(gateway, REDIS_FILE=url_file(tmp_path, redis.of("backend", 2)))

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
