"""Sentinels and Redis behind TLS, each with a password of their own."""
import subprocess

import pytest

from certificates import Authority
from redis_server import RedisServer, free_port
from sentinels import NAME, Sentinel
from viewer import enter
from waiting import wait_until

REDIS, SENTINEL = "redis-secret", "sentinel:secret"


class Secure:
    """Answers on `secure_port` by TLS only, and to redis-cli."""

    password = None

    def cli(self, *words, check=True):
        done = subprocess.run(
            ["redis-cli", "-e", "-p", str(self.port), "--tls", "--cacert", str(self.authority.file),
             "--no-auth-warning", "-a", self.password, *words],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20)
        if check:
            assert done.returncode == 0, done.stdout + done.stderr
        return (done.stdout if done.returncode == 0 else done.stderr).rstrip("\n")


class SecureRedis(Secure, RedisServer):
    password = REDIS

    def __init__(self, folder, authority, tls, *options):
        folder.mkdir()
        self.authority = authority
        port = free_port()
        super().__init__(folder, "--port", "0", "--tls-port", str(port), *tls,
                         "--tls-replication", "yes", "--requirepass", REDIS,
                         "--masterauth", REDIS, "--repl-diskless-sync-delay", "0", *options,
                         port=port)


class SecureSentinel(Secure, Sentinel):
    def __init__(self, folder, authority, tls, master_port, password=SENTINEL):
        self.authority = authority
        self.password = password
        lines = [f"{option[2:]} {value}" for option, value in zip(tls[::2], tls[1::2])]
        super().__init__(folder, master_port, 1, "tls-replication yes", f"requirepass {password}",
                         f"sentinel sentinel-pass {password}", f"sentinel auth-pass {NAME} {REDIS}", *lines)

    def on_port(self):
        return "--port", "0", "--tls-port", str(self.port)


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


@pytest.fixture
def flock(tmp_path, authority):
    """A master, a replica, a sentinel."""
    certificate, key = authority.certify("IP:127.0.0.1")
    tls = ["--tls-cert-file", str(certificate), "--tls-key-file", str(key),
           "--tls-ca-cert-file", str(authority.file), "--tls-auth-clients", "no"]
    servers = []
    try:
        master = SecureRedis(tmp_path / "master", authority, tls)
        servers.append(master)
        replica = SecureRedis(tmp_path / "replica", authority, tls,
                              "--replicaof", f"127.0.0.1 {master.port}")
        servers.append(replica)
        wait_until(lambda: "master_link_status:up" in replica.cli("INFO", "replication"),
                   "the replica to follow")
        sentinel = SecureSentinel(tmp_path / "sentinel", authority, tls, master.port)
        servers.append(sentinel)
        wait_until(lambda: f"127.0.0.1:{replica.port}" in sentinel.cli("SENTINEL", "REPLICAS", NAME),
                   "the sentinel to know the replica")
        yield master, replica, sentinel
    finally:
        for server in servers:
            server.kill()


def start(site, sentinel, authority, scheme="sentinels", auth=SENTINEL):
    return site.start_gateway(
        "--redis", f"{scheme}://:{REDIS}@127.0.0.1:{sentinel.port}/{NAME}",
        "--redis-ca-file", str(authority.file), "--redis-sentinel-auth", f":{auth}")


def test_a_failover_behind_tls_and_passwords_is_followed(bare_site, flock, authority):
    master, replica, sentinel = flock
    gateway = start(bare_site, sentinel, authority).wait_ready()
    viewer = enter(gateway, "r1", "u1", "Ann")
    assert gateway.post("r1", {"msg_type": "buy"})[0] == 200
    viewer.expect(msg_type="buy")

    master.kill()
    wait_until(lambda: "role:master" in replica.cli("INFO", "replication", check=False),
               "the replica to be promoted", patience=60)  # which cuts its clients, us among them
    wait_until(lambda: gateway.post("r1", {"msg_type": "buy"})[0] == 200, "an order to pass")
    viewer.expect(msg_type="buy")


def test_what_the_sentinels_refuse_is_no_way_in(bare_site, flock, authority):
    _, _, sentinel = flock
    gateway = start(bare_site, sentinel, authority, auth="wrong")

    wait_until(lambda: "WRONGPASS" in gateway.process.text(), "the log to say why")
    assert not gateway.ready()


def test_sentinels_behind_tls_do_not_answer_without(bare_site, flock, authority):
    _, _, sentinel = flock
    gateway = start(bare_site, sentinel, authority, scheme="sentinel")

    wait_until(lambda: "livegate-sentinel" in gateway.process.text(), "the log to say so")
    assert not gateway.ready()
