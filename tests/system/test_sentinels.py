"""Sentinels say where Redis is; when they make another one the master, the gateway goes there."""

import time

import pytest

from fake_sentinel import FakeSentinel
from redis_server import RedisServer, free_port
from sentinels import NAME, Flock
from viewer import enter
from waiting import wait_until


@pytest.fixture
def flock(tmp_path):
    made = Flock(tmp_path)
    yield made
    made.stop()


def wait_order_passes(gateway):
    wait_until(lambda: gateway.post("r1", {"msg_type": "buy"})[0] == 200, "an order to pass")


def test_the_master_is_found(bare_site, flock):
    gateway = bare_site.start_gateway("--redis", flock.url).wait_ready()
    viewer = enter(gateway, "r1", "u1", "Ann")

    wait_order_passes(gateway)
    viewer.expect(msg_type="buy")


def test_after_a_failover_the_new_master_is_used_within_three_seconds(bare_site, flock):
    gateway = bare_site.start_gateway("--redis", flock.url).wait_ready()
    viewer = enter(gateway, "r1", "u1", "Ann")

    flock.redis[0].kill()
    wait_until(lambda: not gateway.ready(), "the gateway to notice")
    flock.wait_promoted(flock.redis[0])
    promoted = time.monotonic()
    wait_order_passes(gateway)
    viewer.expect(msg_type="buy")

    assert time.monotonic() - promoted < 3.0
    gateway.wait_ready()


def test_a_master_that_hangs_is_left_and_not_returned_to(bare_site, flock):
    old = flock.redis[0]
    gateway = bare_site.start_gateway("--redis", flock.url).wait_ready()
    viewer = enter(gateway, "r1", "u1", "Ann")

    old.hang()
    flock.wait_promoted(old)
    promoted = time.monotonic()
    wait_order_passes(gateway)
    viewer.expect(msg_type="buy")
    assert time.monotonic() - promoted < 3.0

    old.go_on()
    wait_until(lambda: "role:slave" in old.cli("INFO", "replication", check=False),
               "the old master to obey", patience=60)  # which cuts its clients, us among them
    gateway.wait_ready()
    wait_order_passes(gateway)
    viewer.expect(msg_type="buy")


def test_a_failover_on_demand_with_a_sentinel_down_is_followed(bare_site, flock):
    gateway = bare_site.start_gateway("--redis", flock.url).wait_ready()
    viewer = enter(gateway, "r1", "u1", "Ann")

    flock.sentinels[0].kill()
    flock.sentinels[2].cli("SENTINEL", "FAILOVER", NAME)
    flock.wait_promoted(flock.redis[0])
    promoted = time.monotonic()
    wait_until(lambda: flock.sentinels[2].master_port() != flock.redis[0].port, "the switch")
    wait_order_passes(gateway)
    viewer.expect(msg_type="buy")

    assert time.monotonic() - promoted < 3.0


def test_sentinels_that_are_down_do_no_harm(bare_site, flock):
    gateway = bare_site.start_gateway("--redis", flock.url).wait_ready()
    viewer = enter(gateway, "r1", "u1", "Ann")

    for sentinel in flock.sentinels:
        sentinel.kill()
    flock.redis[0].cli("CLIENT", "KILL", "TYPE", "normal")
    flock.redis[0].cli("CLIENT", "KILL", "TYPE", "pubsub")
    gateway.wait_ready()
    wait_order_passes(gateway)
    viewer.expect(msg_type="buy")

    late = bare_site.start_gateway("--redis", flock.url)
    wait_until(lambda: "redis: no sentinel names the master"
               in str(late.http("GET", "/readyz")[1]["reasons"]), "the reason")
    flock.sentinels[1].start()
    late.wait_ready()


def test_sentinels_without_that_master_are_told(bare_site, flock):
    gateway = bare_site.start_gateway("--redis", flock.url.replace(NAME, "other"))

    wait_until(lambda: "a sentinel does not know the master" in gateway.process.text(), "the log")
    assert "redis: no sentinel names the master" in str(gateway.http("GET", "/readyz")[1])


def test_nobody_at_one_of_the_addresses_is_no_matter(bare_site, flock):
    url = flock.url.replace("sentinel://", f"sentinel://127.0.0.1:{free_port()},localhost:1,")

    bare_site.start_gateway("--redis", url).wait_ready()


def test_the_password_is_for_sentinels_without_one_too(bare_site, flock):
    for redis in flock.redis[1:]:
        redis.cli("CONFIG", "SET", "masterauth", "s3cret")
    flock.redis[0].cli("CONFIG", "SET", "requirepass", "s3cret")

    gateway = bare_site.start_gateway("--redis", flock.url.replace("//", "//:s3cret@"))

    gateway.wait_ready()
    assert "s3cret" not in gateway.process.text()


@pytest.fixture
def two_redis(tmp_path):
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    made = [RedisServer(folder) for folder in folders]
    yield made
    for redis in made:
        redis.kill()


def clients_of(redis):
    return redis.cli("CLIENT", "LIST").count("name=livegate")


def test_a_sentinel_that_was_cut_off_is_not_believed(bare_site, two_redis):
    old, new = two_redis
    stale, fresh = FakeSentinel(old.port, epoch=4), FakeSentinel(new.port, epoch=5)
    try:
        gateway = bare_site.start_gateway(
            "--redis", f"sentinel://127.0.0.1:{stale.port},127.0.0.1:{fresh.port}/x")
        wait_until(lambda: clients_of(new) == 2, "the gateway to find the new master")
        gateway.wait_ready()

        fresh.master_port, fresh.epoch = old.port, 3  # now both are behind, and most say so
        wait_until(lambda: clients_of(old) == 2, "the gateway to believe most of them")
        gateway.wait_ready()
    finally:
        stale.stop()
        fresh.stop()


def test_alone_it_is_not_believed_either(bare_site, two_redis):
    old, new = two_redis
    stale, fresh = FakeSentinel(old.port, epoch=4), FakeSentinel(new.port, epoch=5)
    try:
        gateway = bare_site.start_gateway(
            "--redis", f"sentinel://127.0.0.1:{stale.port},127.0.0.1:{fresh.port}/x")
        wait_until(lambda: clients_of(new) == 2, "the gateway to find the new master")
        gateway.wait_ready()

        fresh.epoch = "unknown"  # it says nothing of use any more
        asked = stale.asked
        wait_until(lambda: stale.asked > asked + 2, "the other to be asked again")
        assert clients_of(old) == 0
        assert gateway.ready()
    finally:
        stale.stop()
        fresh.stop()
