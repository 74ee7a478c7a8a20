"""Pub/sub loses messages and nobody notices: every viewer is shown each once, in order."""

import contextlib
import itertools
import threading
import time

import pytest

from flaky_proxy import FlakyProxy
from viewer import enter
from waiting import wait_until

ROOM = "r1"
RATE = 200  # messages a second


@contextlib.contextmanager
def every(seconds, fault):
    """`fault` again and again, beside what the test does meanwhile."""
    enough = threading.Event()

    def again():
        while not enough.wait(seconds):
            fault()

    thread = threading.Thread(target=again, daemon=True)
    thread.start()
    try:
        yield
    finally:
        enough.set()
        thread.join()


class Scene:
    """Two gateways behind one proxy, and viewers at both."""

    def __init__(self, site, *redis_options):
        self.redis = site.start_redis(*redis_options)
        self.proxy = FlakyProxy(self.redis.port)
        self.gateways = [site.start_gateway("--redis", self.proxy.url) for _ in range(2)]
        for gateway in self.gateways:
            gateway.wait_ready()
        self.viewers = [enter(gateway, ROOM, f"u{number}{i}", "Ann")
                        for number, gateway in enumerate(self.gateways) for i in range(2)]
        self.published = []  # and not yet seen by all
        self._names = itertools.count(1)

    def publish(self, how_many):
        """Orders at a steady rate, each until it is acknowledged; by the one gateway or the other,
        for what one has acknowledged the other must bring too."""
        for _ in range(how_many):
            number = next(self._names)
            gateway = self.gateways[number % 2]
            message = {"msg_type": "buy", "id": f"order-{number}"}
            wait_until(lambda g=gateway, m=message: g.post(ROOM, m)[0] == 200, "an order to pass")
            self.published.append(message["id"])
            time.sleep(1 / RATE)

    def everybody_has_everything(self):
        for viewer in self.viewers:
            seen = []
            while len(seen) < len(self.published):
                seen.append(viewer.skip_to(msg_type="buy")["id"])
            assert seen == self.published
        self.published.clear()

    def nothing_comes_twice(self):
        """A last word, behind which nothing more is on its way."""
        for gateway in self.gateways:
            gateway.post(ROOM, {"msg_type": "x_last"})
        for viewer in self.viewers:
            for _ in self.gateways:
                while (message := viewer.receive_json())["msg_type"] != "x_last":
                    assert message["msg_type"] in ("join", "leave"), message

    def metric(self, name):
        return sum(gateway.metric(name) for gateway in self.gateways)


@pytest.fixture
def scene(bare_site):
    made = []

    def make(*redis_options):
        made.append(Scene(bare_site, *redis_options))
        return made[0]

    yield make
    for one in made:
        for gateway in one.gateways:
            gateway.stop()
        one.proxy.stop()


def test_one_in_five_messages_of_pubsub_is_lost(scene):
    it = scene()
    it.proxy.lose_pushes(0.2)

    it.publish(400)
    it.everybody_has_everything()

    it.proxy.lose_pushes(0)
    it.nothing_comes_twice()
    assert it.proxy.lost > 50
    assert it.metric("livegate_repaired_total") > 50
    assert it.metric("livegate_missed_total") == 0


def test_the_last_message_of_a_quiet_room_is_lost(scene):
    it = scene()
    it.publish(1)
    it.everybody_has_everything()

    it.proxy.lose_pushes(1)
    it.publish(1)
    it.everybody_has_everything()

    assert it.metric("livegate_audits_total") > 0


def test_redis_cuts_the_subscribers_again_and_again(scene):
    it = scene()
    with every(0.3, lambda: it.redis.cli("CLIENT", "KILL", "TYPE", "pubsub", check=False)):
        it.publish(400)
        it.everybody_has_everything()

    for gateway in it.gateways:
        gateway.wait_ready()
    it.nothing_comes_twice()
    assert it.metric("livegate_missed_total") == 0


def test_redis_is_killed_and_comes_back_with_all_it_acknowledged(scene):
    it = scene("--appendonly", "yes", "--appendfsync", "always")
    it.publish(50)

    publisher = threading.Thread(target=it.publish, args=(100,))
    publisher.start()
    wait_until(lambda: len(it.published) > 80, "some to be published")
    it.redis.kill()
    it.redis.start()
    publisher.join()

    it.everybody_has_everything()
    it.nothing_comes_twice()
    assert it.metric("livegate_missed_total") == 0


def test_the_log_does_not_reach_back(scene, bare_site):
    it = scene()
    it.publish(1)
    it.everybody_has_everything()
    it.proxy.refuse()
    for gateway in it.gateways:
        wait_until(lambda g=gateway: not g.ready(), "the gateway to notice")
    bare_site.redis.cli("FCALL", "livegate_publish", "1", f"live:{{{ROOM}}}",
                        '{"msg_type":"buy"}', "", "", "", "1")
    for number in range(10):
        bare_site.redis.fcall(ROOM, {"msg_type": "buy", "id": f"missed-{number}"})
    left = [entry.split(":")[3] for entry in
            bare_site.redis.cli("LRANGE", f"live:{{{ROOM}}}:log", "0", "-1").splitlines()]
    it.proxy.accept()
    wait_until(lambda: it.metric("livegate_missed_total") == 2, "both gateways to know")

    assert 0 < len(left) < 10
    it.published = [*left, "order-9"]
    it.gateways[0].post(ROOM, {"msg_type": "buy", "id": "order-9"})
    it.everybody_has_everything()


def test_likes_that_nobody_heard_are_counted_when_the_link_is_back(bare_site):
    proxy = FlakyProxy(bare_site.start_redis().port)
    here = bare_site.start_gateway("--redis", proxy.url).wait_ready()
    there = bare_site.start_gateway().wait_ready()
    viewer = enter(here, ROOM, "u1", "Ann")
    proxy.refuse()
    wait_until(lambda: not here.ready(), "the gateway to notice")
    assert there.post(ROOM, {"msg_type": "like", "count": 7})[0] == 200

    proxy.accept()

    viewer.skip_to(msg_type="like", like_num=7, delta=0)
    proxy.stop()


def test_a_room_that_never_changes_keeps_its_viewers_counted(bare_site):
    redis = bare_site.start_redis()
    gateway = bare_site.start_gateway("--room-ttl", "1m").wait_ready()
    viewer = enter(gateway, ROOM, "u1", "Ann")
    online = f"live:{{{ROOM}}}:online"
    assert 0 < int(redis.cli("TTL", online)) <= 60

    redis.cli("EXPIRE", online, "20")
    wait_until(lambda: int(redis.cli("TTL", online)) > 20, "the key to be refreshed", patience=25)

    assert gateway.room(ROOM)["online_num"] == 1
    viewer.close()
