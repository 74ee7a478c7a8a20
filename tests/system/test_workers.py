"""A gateway of two workers: one gateway to its viewers, its backends and its operator."""

import random
import signal
import threading

import pytest

from client import Closed
from viewer import enter
from waiting import wait_until

WORKERS = 2


@pytest.fixture
def team(tmp_path, bare_site):
    """A Redis and one gateway with two workers."""
    bare_site.start_redis()
    bare_site.start_gateway("--workers", str(WORKERS), "--leave-grace", "0").wait_ready()
    return bare_site


def share_of_each_worker(site, room):
    """How many viewers of the room each worker has told Redis of."""
    told = site.redis.cli("HVALS", f"live:{{{room}}}:online").split()
    return sorted(int(share.split(":")[0]) for share in told)


def enter_on_both(site, room):
    """Viewers of a room, at least one on each worker: the kernel deals them out as it likes."""
    viewers = []
    while len(share_of_each_worker(site, room)) < WORKERS:
        assert len(viewers) < 100, "all on one worker"
        viewers.append(enter(site.here, room, f"u{len(viewers)}", "Ann"))
    return viewers


def test_the_kernel_spreads_the_connections(team):
    viewers = [enter(team.here, "r1", f"u{i}", "Ann") for i in range(60)]

    wait_until(lambda: sum(share_of_each_worker(team, "r1")) == 60, "all to be counted")
    assert min(share_of_each_worker(team, "r1")) > 5
    assert len(viewers) == 60


def test_viewers_on_both_workers_see_the_same_in_the_same_order(team):
    viewers = enter_on_both(team, "r1")

    for i in range(50):
        viewers[i % len(viewers)].send({"msg_type": "message", "content": f"m{i}"})
    team.redis.fcall("r1", {"msg_type": "message", "content": "end"})

    seen = [[v.skip_to(msg_type="message")["content"] for _ in range(51)] for v in viewers]
    assert all(each == seen[0] for each in seen)
    assert sorted(seen[0]) == sorted([f"m{i}" for i in range(50)] + ["end"])


def test_an_order_by_http_reaches_viewers_of_every_worker(team):
    viewers = enter_on_both(team, "r1")

    status, body = team.here.post("r1", {"msg_type": "buy", "id": "o1"})

    assert status == 200, body
    for viewer in viewers:
        viewer.skip_to(msg_type="buy", id="o1")


def test_counts_are_exact_over_all_workers(team):
    viewers = enter_on_both(team, "r1")
    viewers += [enter(team.here, "r1", f"v{i}", "Bob") for i in range(10)]
    n = len(viewers)

    assert viewers[-1].answer["online_num"] == n
    assert team.here.room("r1")["online_num"] == n
    assert team.here.metric("livegate_connections") == n

    for viewer in viewers[:-1]:
        viewer.close()
    wait_until(lambda: team.here.room("r1")["online_num"] == 1, "the others to be gone")
    assert team.here.metric("livegate_connections") == 1


def test_the_rooms_of_all_workers_are_listed_once(team):
    shared = enter_on_both(team, "shared")
    alone = [enter(team.here, f"r{i:02}", "u1", "Ann") for i in range(20)]

    status, body = team.here.http("GET", "/v1/rooms")

    assert status == 200, body
    assert body["count"] == 21
    assert body["rooms"] == ([{"room_id": f"r{i:02}", "viewers": 1} for i in range(20)]
                             + [{"room_id": "shared", "viewers": len(shared)}])
    assert len(alone) == 20


def test_a_worker_whose_link_was_killed_heals_alone(team):
    viewers = enter_on_both(team, "r1")
    listeners = [dict(word.split("=", 1) for word in line.split())
                 for line in team.redis.cli("CLIENT", "LIST", "TYPE", "pubsub").splitlines()]
    assert len(listeners) == WORKERS

    assert team.redis.cli("CLIENT", "KILL", "ID", listeners[0]["id"]) == "1"
    team.redis.fcall("r1", {"msg_type": "message", "content": "meanwhile"})

    for viewer in viewers:
        viewer.skip_to(msg_type="message", content="meanwhile")
    assert team.here.metric("livegate_broker_reconnects_total") == 1
    ids = [line.split()[0] for line in
           team.redis.cli("CLIENT", "LIST", "TYPE", "pubsub").splitlines()]
    assert f"id={listeners[1]['id']}" in ids, "the other worker's link is the same"
    team.here.wait_ready()


def test_readiness_is_that_of_all_workers(team):
    team.redis.kill()

    wait_until(lambda: not team.here.ready(), "readyz to turn red")
    assert team.here.http("GET", "/livez")[0] == 200

    team.redis.start()
    team.here.wait_ready()


def test_stopping_sends_the_clients_of_all_workers_away(team):
    viewers = enter_on_both(team, "r1")

    team.here.process.send_signal(signal.SIGTERM)

    assert {viewer.wait_closed().code for viewer in viewers} == {1012}
    assert team.here.process.wait() == 0


# ---- churn: also what the thread sanitizer watches, see script/test ----


def come_and_go(site, name, rounds, failures):
    """A viewer that is never content: it joins, talks, switches rooms, and leaves in many ways."""
    dice = random.Random(name)
    try:
        for i in range(rounds):
            room = f"r{dice.randrange(3)}"
            viewer = enter(site.here, room, f"{name}-{i}", "Ann")
            viewer.send({"msg_type": "message", "content": "hi"})
            viewer.send({"msg_type": "like"})
            viewer.skip_to(msg_type="message", content="hi")
            if dice.random() < 0.3:
                viewer.join(f"r{dice.randrange(3)}", f"{name}-{i}", "Ann")
            if dice.random() < 0.5:
                viewer.cut()
            else:
                viewer.close()
    except (AssertionError, OSError, Closed) as failure:
        failures.append(failure)


def test_after_much_coming_and_going_nothing_is_left(team):
    failures = []
    crowd = [threading.Thread(target=come_and_go, args=(team, f"c{i}", 100, failures))
             for i in range(4)]

    for one in crowd:
        one.start()
    while any(one.is_alive() for one in crowd):
        team.redis.fcall("r0", {"msg_type": "buy"})
        assert team.here.http("GET", "/v1/rooms")[0] == 200
        assert team.here.http("GET", "/metrics")[0] == 200
    for one in crowd:
        one.join()

    assert not failures
    wait_until(lambda: team.here.metric("livegate_connections") == 0, "all to be gone")
    wait_until(lambda: team.here.http("GET", "/v1/rooms")[1]["count"] == 0, "no room to be left")
    for room in ("r0", "r1", "r2"):
        wait_until(lambda name=room: team.here.room(name)["online_num"] == 0, "nobody to be there")
