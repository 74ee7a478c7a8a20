"""/readyz says whether a message would get through, and by name why not, within five seconds; and
whatever it was, the gateway heals by itself."""

import time

import pytest

from flaky_proxy import FlakyProxy
from redis_server import RedisServer
from viewer import enter
from waiting import wait_until

NOTICED = 5.0  # seconds


@pytest.fixture
def gateway(bare_site):
    bare_site.start_redis()
    return bare_site.start_gateway().wait_ready()


@pytest.fixture
def proxy(bare_site):
    """Between the site's one gateway and its Redis."""
    made = FlakyProxy(bare_site.start_redis().port)
    bare_site.start_gateway("--redis", made.url).wait_ready()
    yield made
    made.stop()


def wait_red(gateway, reason):
    """Red by that name, in time."""
    began = time.monotonic()

    def red():
        status, body = gateway.http("GET", "/readyz")
        return status == 503 and any(reason in why for why in body["reasons"])

    wait_until(red, f"/readyz to say {reason}")
    assert time.monotonic() - began < NOTICED + 0.5


def wait_order_seen(site, viewer):
    site.here.wait_ready()
    wait_until(lambda: site.here.post("r1", {"msg_type": "buy"})[0] == 200, "an order to pass")
    viewer.expect(msg_type="buy")


def test_a_master_that_becomes_a_replica_is_told_and_healed(bare_site, gateway):
    viewer = enter(gateway, "r1", "u1", "Ann")
    other = RedisServer(bare_site.folder)
    try:
        bare_site.redis.cli("REPLICAOF", "127.0.0.1", str(other.port))
        wait_red(gateway, "a read-only replica (READONLY)")

        bare_site.redis.cli("REPLICAOF", "NO", "ONE")
        wait_order_seen(bare_site, viewer)
    finally:
        other.kill()


def test_a_redis_without_memory_is_told_and_healed(bare_site, gateway):
    viewer = enter(gateway, "r1", "u1", "Ann")

    bare_site.redis.cli("CONFIG", "SET", "maxmemory", "1")
    wait_red(gateway, "out of memory (OOM)")

    bare_site.redis.cli("CONFIG", "SET", "maxmemory", "0")
    wait_order_seen(bare_site, viewer)


def test_a_redis_that_cannot_save_is_told_and_healed(bare_site, gateway):
    viewer = enter(gateway, "r1", "u1", "Ann")
    (bare_site.folder / "dump.rdb").mkdir()  # where the file should be

    bare_site.redis.cli("CONFIG", "SET", "save", "3600 1")
    bare_site.redis.cli("BGSAVE")
    wait_red(gateway, "it cannot save (MISCONF)")

    bare_site.redis.cli("CONFIG", "SET", "stop-writes-on-bgsave-error", "no")
    wait_order_seen(bare_site, viewer)


def test_a_killed_subscription_is_renewed(bare_site, gateway):
    viewer = enter(gateway, "r1", "u1", "Ann")

    assert bare_site.redis.cli("CLIENT", "KILL", "TYPE", "pubsub") != "0"
    wait_order_seen(bare_site, viewer)

    assert gateway.metric("livegate_broker_reconnects_total") >= 1


def test_a_hung_redis_is_told_and_healed(bare_site, gateway):
    viewer = enter(gateway, "r1", "u1", "Ann")

    bare_site.redis.hang()
    wait_red(gateway, "redis: ")

    bare_site.redis.go_on()
    wait_order_seen(bare_site, viewer)


def test_a_subscription_that_says_nothing_is_told_and_healed(bare_site, proxy):
    viewer = enter(bare_site.here, "r1", "u1", "Ann")

    proxy.lose_pushes(1.0)
    wait_red(bare_site.here, "canary late")

    proxy.lose_pushes(0.0)
    wait_order_seen(bare_site, viewer)
    assert proxy.connections > 2  # both links were renewed


def test_some_lost_messages_are_no_dead_path(bare_site, proxy):
    came = bare_site.here.metric("livegate_canary_seconds_count")

    proxy.lose_pushes(0.2)
    wait_until(lambda: bare_site.here.metric("livegate_canary_seconds_count") > came + 6,
               "canaries to return")

    assert bare_site.here.ready()
    assert proxy.connections == 2


@pytest.mark.parametrize("right, again", [("-publish", "+publish"), ("-zadd", "+zadd"),
                                          ("resetchannels", "&*")])
def test_a_missing_right_is_told_and_healed(bare_site, gateway, right, again):
    viewer = enter(gateway, "r1", "u1", "Ann")

    bare_site.redis.cli("ACL", "SETUSER", "default", right)
    wait_red(gateway, "lacks a permission (NOPERM)")

    bare_site.redis.cli("ACL", "SETUSER", "default", again)
    wait_order_seen(bare_site, viewer)


def test_a_changed_password_is_told_and_healed(bare_site, gateway):
    viewer = enter(gateway, "r1", "u1", "Ann")

    bare_site.redis.cli("CONFIG", "SET", "requirepass", "new")
    bare_site.redis.cli("-a", "new", "CLIENT", "KILL", "TYPE", "normal", check=False)
    wait_red(gateway, "wants a password (NOAUTH)")

    bare_site.redis.cli("-a", "new", "CONFIG", "SET", "requirepass", "")
    wait_order_seen(bare_site, viewer)


def test_a_redis_that_loads_its_data_is_told_and_healed(bare_site, gateway):
    viewer = enter(gateway, "r1", "u1", "Ann")
    bare_site.redis.cli(
        "EVAL", "for i = 1, 200 do redis.call('SET', i, string.rep('x', 100)) end", "0")
    bare_site.redis.cli("SAVE")

    bare_site.redis.kill()
    bare_site.redis.begin("--key-load-delay", "20000",
                          "--loading-process-events-interval-bytes", "1024")
    wait_red(gateway, "loading its data (LOADING)")

    wait_order_seen(bare_site, viewer)


def test_a_cluster_is_told(bare_site):
    bare_site.start_redis("--cluster-enabled", "yes")
    gateway = bare_site.start_gateway()

    wait_red(gateway, "redis: the cluster is down (CLUSTERDOWN)")


def test_a_node_of_a_cluster_is_told(tmp_path, bare_site):
    folder = tmp_path / "other"
    folder.mkdir()
    node = bare_site.start_redis("--cluster-enabled", "yes")
    other = RedisServer(folder, "--cluster-enabled", "yes")
    try:
        other.cli("CLUSTER", "ADDSLOTSRANGE", "0", "16383")
        node.cli("CLUSTER", "MEET", "127.0.0.1", str(other.port))
        wait_until(lambda: node.cli("SET", "x", "1", check=False).startswith("MOVED"),
                   "the cluster")

        wait_red(bare_site.start_gateway(), "a cluster, which is not supported (MOVED)")
    finally:
        other.kill()


def test_a_redis_that_may_evict_keys_is_a_warning(bare_site):
    bare_site.start_redis("--maxmemory", "1gb", "--maxmemory-policy", "allkeys-lru")
    gateway = bare_site.start_gateway().wait_ready()

    wait_until(lambda: gateway.metric("livegate_broker_may_evict") == 1, "the metric")
    assert 'msg="redis may evict keys, set maxmemory-policy noeviction"' in gateway.process.text()

    bare_site.redis.cli("CONFIG", "SET", "maxmemory-policy", "noeviction")
    bare_site.redis.cli("CLIENT", "KILL", "TYPE", "normal")
    wait_until(lambda: gateway.metric("livegate_broker_may_evict") == 0, "the metric to be 0")
