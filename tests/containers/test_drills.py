"""The drills of docs/operations.md, played with docker-compose.yml: one sees what the page says."""

import json
import time

import pytest

from client import Client, Closed
from compose import Compose, provide
from test_compose import images, quietly
from waiting import wait_until

ADMIN = "user admin reset on >admin ~* &* +@all\n"
AS_ADMIN = ["redis-cli", "-e", "--no-auth-warning", "--user", "admin", "--pass", "admin"]
ROOM = "r1"


@pytest.fixture(scope="module")
def site(engine, image, tmp_path_factory):
    provide(engine, images("redis", "balancer"))
    compose = Compose(engine, image, tmp_path_factory.mktemp("drills"), users=ADMIN)
    try:
        compose.up()
        for gateway in compose.gateways:
            gateway.wait_ready()
        yield compose
    finally:
        compose.down()


@pytest.fixture
def ann(site):
    """A viewer; `here` is the gateway she is at, and the other one is `there`."""
    def reached():
        client = Client(site.port, f"/?room_id={ROOM}")
        return client.skip_to(msg_type="join") and client

    for gateway in site.gateways:
        gateway.wait_ready()
    client = wait_until(lambda: quietly(reached), "the balancer to let a viewer in")
    client.here = next(g for g in site.gateways if g.metric("livegate_connections"))
    client.there = next(g for g in site.gateways if g is not client.here)
    client.service = f"gateway-{1 + site.gateways.index(client.here)}"
    yield client
    client.cut()


def reasons(gateway):
    status, answer = gateway.http("GET", "/readyz")
    return " ".join(answer["reasons"]) if status == 503 else ""


def took(since, promised):
    seconds = time.monotonic() - since
    assert seconds < promised, f"{seconds:.1f} s"


def sees(client, gateway, text):
    """Whether she is shown what is published now, on the connection she has had."""
    assert gateway.post(ROOM, {"msg_type": "message", "content": text})[0] == 200
    return client.skip_to(msg_type="message", content=text)


def test_kill_a_gateway(site, ann):
    site.run("kill", ann.service)
    killed = time.monotonic()

    with pytest.raises((Closed, OSError)):
        ann.skip_to(msg_type="never")
    back = Client(site.port, f"/?room_id={ROOM}")
    back.skip_to(msg_type="join")
    wait_until(lambda: ann.there.room(ROOM)["online_num"] == 1, "the number to be right")
    took(killed, 5 + 1)
    back.cut()
    site.run("start", ann.service)


def test_stop_a_gateway(site, ann):
    stop = site.begin("stop", ann.service)
    told = wait_until(lambda: reasons(ann.here), "/readyz to be red")

    assert "gateway: stopping" in told
    with pytest.raises(Closed) as closed:
        ann.skip_to(msg_type="never")
    assert closed.value.code == 1012
    assert stop.wait() == 0
    assert site.exit_code(ann.service) == "0"
    site.run("start", ann.service)


def test_kill_redis(site, ann):
    site.run("kill", "redis")
    killed = time.monotonic()

    wait_until(lambda: "its name is not known" in reasons(ann.here), "/readyz to be red")
    took(killed, 2 + 1)
    status, answer = ann.here.post(ROOM, {"msg_type": "message", "content": "lost"})
    assert (status, answer["code"]) == (503, "unavailable"), answer
    site.run("start", "redis")
    started = time.monotonic()
    ann.here.wait_ready()
    took(started, 2 + 1)
    sees(ann, ann.here, "after the kill")


def test_pause_redis(site, ann):
    site.run("pause", "redis")
    paused = time.monotonic()

    try:
        assert "canary late" in wait_until(lambda: reasons(ann.here), "/readyz to be red")
        took(paused, 5 + 1)
        wait_until(lambda: "does not answer" in reasons(ann.here), "its links to be given up")
    finally:  # what is paused cannot be taken down
        site.unpause("redis")
    ann.here.wait_ready()
    sees(ann, ann.here, "after the pause")


def test_restart_redis(site, ann):
    before = [gateway.metric("livegate_broker_reconnects_total") for gateway in site.gateways]

    site.run("restart", "--timeout", "5", "redis")

    for gateway, count in zip(site.gateways, before):
        gateway.wait_ready()
        assert gateway.metric("livegate_broker_reconnects_total") - count == 2
    sees(ann, ann.here, "after the restart")


def test_flush_the_functions(site, ann):
    def loads():
        return [site.log(name).count("function library loaded")
                for name in ("gateway-1", "gateway-2")]

    before = loads()
    site.exec("redis", *AS_ADMIN, "FUNCTION", "FLUSH")

    wait_until(lambda: sum(loads()) > sum(before), "a gateway to load them")
    assert sum(loads()) == sum(before) + 1
    sees(ann, ann.here, "after the flush")


def test_fill_redis(site, ann):
    site.exec("redis", *AS_ADMIN, "CONFIG", "SET", "maxmemory", "1mb")

    assert "out of memory (OOM)" in wait_until(lambda: reasons(ann.here), "/readyz to be red")
    assert ann.here.post(ROOM, {"msg_type": "message", "content": "lost"})[0] == 503
    ann.send(json.dumps({"msg_type": "ping"}))
    ann.skip_to(msg_type="pong")
    site.exec("redis", *AS_ADMIN, "CONFIG", "SET", "maxmemory", "0")
    ann.here.wait_ready()
    sees(ann, ann.here, "after that")
