"""docker-compose.yml as it stands: two gateways, Redis with users, and a balancer before them."""

import json
import re
import subprocess
import urllib.request

import pytest
import yaml

from client import Client
from compose import Compose, provide
from engine import ROOT
from waiting import wait_until

ALERTS = re.findall(r"- alert: (\w+)", (ROOT / "helm/livegate/files/alerts.yaml").read_text())
FILE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
BACKEND = ["redis-cli", "-e", "--no-auth-warning", "--user", "backend", "--pass", "change-me-backend"]


def images(*services):
    """The images of other projects, by the names that the file gives them, in full."""
    for service in services:
        name = FILE["services"][service]["image"].partition(":-")[2].rstrip("}")
        yield f"docker.io/library/{name}"


@pytest.fixture(scope="module")
def site(engine, image, tmp_path_factory):
    stand_ins = provide(engine, images("redis", "balancer"))
    if stand_ins:
        print("no registry answers; made of Debian's packages:", *stand_ins)
    compose = Compose(engine, image, tmp_path_factory.mktemp("compose"))
    try:
        compose.up()
        for gateway in compose.gateways:
            gateway.wait_ready()
        yield compose
    finally:
        compose.down()


def viewer(site, room):
    """Somebody in a room, through the balancer, and how the join was answered."""
    def reached():
        client = Client(site.port, f"/?room_id={room}")
        return client, client.skip_to(msg_type="join")

    return wait_until(lambda: quietly(reached), "the balancer to let a viewer in")


def quietly(action):
    try:
        return action()
    except Exception:  # whatever a proxy that is starting up does to a client
        return None


def lists(gateway, room):
    return any(row["room_id"] == room for row in gateway.http("GET", "/v1/rooms")[1]["rooms"])


def test_a_message_published_on_one_gateway_reaches_a_viewer_on_the_other(site):
    client, _ = viewer(site, "r1")
    [other] = [gateway for gateway in site.gateways if not lists(gateway, "r1")]

    status, published = other.post("r1", {"msg_type": "buy", "goods_name": "Lipstick"})

    assert (status, published["seq"]) == (200, 1)
    assert client.skip_to(msg_type="buy")["goods_name"] == "Lipstick"


def test_the_balancer_spreads_viewers_over_both(site):
    clients = [viewer(site, "r2") for _ in range(4)]

    assert all(lists(gateway, "r2") for gateway in site.gateways)
    assert len(clients) == 4


def test_a_backend_publishes_with_a_user_of_redis_of_its_own(site):
    client, _ = viewer(site, "r3")

    printed = site.exec("redis", *BACKEND, "FCALL", "livegate_publish", "1", "live:{r3}",
                        json.dumps({"msg_type": "buy", "id": "order-7"}))

    assert printed.splitlines()[0] == "order-7"
    assert client.skip_to(msg_type="buy")["id"] == "order-7"


def test_a_gateway_that_is_stopped_gets_no_more_viewers(site):
    stopped, left = site.gateways
    site.run("stop", "gateway-1")

    clients = [viewer(site, "r4") for _ in range(3)]

    assert len(clients) == 3
    assert left.room("r4")["online_num"] == 3
    site.run("start", "gateway-1")
    stopped.wait_ready()


def test_redis_keeps_what_was_published_when_it_is_made_anew(site):
    before = site.gateways[0].post("r5", {"msg_type": "message", "content": "kept"})[1]
    site.run("kill", "redis")
    site.up("--force-recreate", "--no-deps", "redis")
    for gateway in site.gateways:
        gateway.wait_ready()

    _, answer = viewer(site, "r5")

    assert before["seq"] == 1
    assert [message["content"] for message in answer["message_list"]] == ["kept"]


def test_all_gateways_are_locked_down(site):
    for service in "gateway-1", "gateway-2":
        made = json.loads(site.engine.ask("inspect", site.container(service)))[0]

        assert made["HostConfig"]["ReadonlyRootfs"]
        assert made["EffectiveCaps"] in (None, [])
        assert made["Config"]["User"] == "65532:65532"


def test_prometheus_of_the_profile_watches_both_gateways_by_the_rules(site):
    provide(site.engine, images("prometheus"))
    site.run("--profile", "monitoring", "up", "--detach", "--no-build", "--no-deps", "prometheus")

    def ask(path):
        with urllib.request.urlopen(f"http://127.0.0.1:{site.prometheus_port}/api/v1/{path}") as answer:
            return json.load(answer)["data"]

    def health():
        return [target["health"] for target in ask("targets")["activeTargets"]]

    wait_until(lambda: quietly(health) == ["up", "up"], "both gateways to be scraped")
    [group] = ask("rules")["groups"]
    assert [rule["name"] for rule in group["rules"]] == ALERTS


def test_the_monitoring_profile_is_well_formed():
    listed = subprocess.run(["docker-compose", "--profile", "monitoring", "config", "--services"],
                            cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()

    assert {"prometheus", "grafana"} <= set(listed)
    for service in "prometheus", "grafana":
        for volume in FILE["services"][service]["volumes"]:
            assert (ROOT / volume.split(":")[0]).is_file(), volume
