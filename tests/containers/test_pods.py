"""The chart's pods run: the gateway that it makes is ready, and `helm test` passes."""

import json
import urllib.request

import pytest

from compose import provide
from engine import IMAGE
from pods import Play, chart
from waiting import wait_until

REPOSITORY, _, TAG = IMAGE.rpartition(":")
PYTHON = "docker.io/library/python:3.12-slim-bookworm"
POD = "live-livegate-pod-0"
GATEWAY = f"{POD}-livegate"


@pytest.fixture
def play(engine, image, neighbours, tmp_path):
    provide(engine, [PYTHON])
    started = []

    def start(objects):
        started.append(Play(engine, tmp_path, neighbours[0], objects))
        return started[-1]

    yield start
    for one in reversed(started):
        one.end()


def rendered(*more):
    return chart.render("--set", f"replicaCount=1,image.repository={REPOSITORY},image.tag={TAG}",
                        "--set", "image.pullPolicy=Never", *more)


def is_test(made):
    return made["metadata"]["name"].endswith("-test")


def gateway_of(objects):
    return [made for made in objects
            if made["kind"] in ("ConfigMap", "Secret", "Deployment") and not is_test(made)]


def wait_ready(engine, played):
    """Asks the rendered readiness probe, from outside like the kubelet."""
    url = f"http://{played.address(POD)}:8081/readyz"

    def ready():
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    try:
        wait_until(ready, "the pod to be ready")
    except AssertionError as failure:
        raise AssertionError(engine.run("logs", GATEWAY).stdout) from failure


def test_the_pod_becomes_ready_as_it_is_rendered(engine, play):
    wait_ready(engine, play(gateway_of(rendered())))

    made = json.loads(engine.ask("inspect", GATEWAY))[0]
    assert made["HostConfig"]["ReadonlyRootfs"]
    assert made["EffectiveCaps"] in (None, [])
    assert made["Config"]["User"] == "65532:65532"
    assert engine.ask("logs", GATEWAY).count('"level":"error"') == 0


def test_helm_test_passes(engine, play):
    wait_ready(engine, play(gateway_of(rendered())))
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "of-the-test"},
              "stringData": {"url": "redis://redis:6379"}}
    tests = [made for made in rendered("--set", "redis.existingSecret=of-the-test") if is_test(made)]
    for row in tests[-1]["spec"]["containers"][0]["env"]:
        if row["name"] == "GATEWAY":  # no Services here: straight to the pod
            row["value"] = f"{POD}:8080"

    status, said = play([secret, *tests]).wait_ended("live-livegate-test-test")

    assert (status, said.splitlines()[-1]) == (0, "received: done")
