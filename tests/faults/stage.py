"""One scenario: a Redis, a proxy before it, gateways, publishers, an audience; and the account."""

import contextlib
import threading
import time

from account import Account
from audience import Audience
from far_redis import FarRedis
from flaky_proxy import FlakyProxy
from gateway import Gateway
from kinds import KINDS
from publisher import ByFunction, ByHttp, Publisher
from redis_server import RedisServer
from sentinels import Flock
from waiting import wait_until

ROOM = "r1"
LAST_WORD = "last-1"
EACH = 2  # viewers of each kind at each gateway


class Stage:
    def __init__(self, folder, title, report):
        self.folder = folder
        self.title = title
        self.report = report
        self.redis = None
        self.proxy = None
        self.gateways = []
        self.audience = Audience()
        self.publishers = []
        self._cleanup = contextlib.ExitStack()

    # ---- setting it up ----

    def start(self, *redis_options, gateways=2, options=()):
        """One Redis, and a proxy between it and the gateways."""
        redis = RedisServer(self.folder, *redis_options)
        self._cleanup.callback(redis.kill)
        self.proxy = FlakyProxy(redis.port)
        self._cleanup.callback(self.proxy.stop)
        return self.start_before(redis, self.proxy.url, gateways, options)

    def start_with_sentinels(self, redis=3, sentinels=2):
        """(the Redis and their sentinels)"""
        flock = Flock(self.folder, redis, sentinels)
        self._cleanup.callback(flock.stop)
        self.start_before(flock.redis[0], flock.url)
        return flock

    def start_far_redis(self):
        """Redis is in a network of its own."""
        redis = FarRedis(self.folder)
        self._cleanup.callback(redis.leave)
        return self.start_before(redis, redis.url)

    def start_before(self, redis, url, gateways=2, options=()):
        """Gateways before a Redis that is there; backends publish to `self.redis`."""
        self.redis = redis
        for _ in range(gateways):
            self.add_gateway("--redis", url, *options)
        for gateway in self.gateways:
            gateway.wait_ready()
        return self

    def add_gateway(self, *options):
        """Viewers may come to it as to the others."""
        gateway = Gateway(self.folder, *(options or self.gateways[0].options),
                          name=f"gateway{len(self.gateways) + 1}")
        self.gateways.append(gateway)
        return gateway

    def seat(self, kinds=KINDS):
        """Viewers of each kind at every gateway; when theirs is gone they go to the next."""
        for number, _ in enumerate(self.gateways):
            for kind in kinds:
                for i in range(EACH):
                    uid = f"{kind.name.replace(' ', '-')}-{number}-{i}"
                    self.audience.add(kind(ROOM, uid), self.gateways, number)
        self.audience.start()
        return self

    def play(self, rate=100, ways=(ByFunction, ByHttp), **more):
        for way in ways:
            publisher = Publisher(way(self, ROOM), rate, **more)
            self.publishers.append(publisher)
            publisher.start()
        return self

    # ---- while it runs ----

    def wait_published(self, more, patience=60):
        """Until every publisher has got this many more messages acknowledged."""
        goals = [(p, len(p.acknowledged) + more) for p in self.publishers]
        wait_until(lambda: all(p.failure or len(p.acknowledged) >= n for p, n in goals),
                   f"{more} more messages to be acknowledged", patience)

    @contextlib.contextmanager
    def every(self, seconds, fault):
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

    def restart_redis(self, away, meanwhile=lambda: None):
        """kill -9 and back after `away` seconds; (when it died, when it answered again)."""
        died = time.monotonic()
        self.redis.kill()
        meanwhile()
        time.sleep(away)
        self.redis.start()
        return died, time.monotonic()

    def wait_red(self):
        """Until the first gateway says that it cannot reach Redis; why."""
        wait_until(lambda: not self.gateways[0].ready(), "a gateway to notice")
        return self.gateways[0].http("GET", "/readyz")[1]["reasons"]

    def first_delivery(self, moment):
        """Seconds from then until everybody in the audience was shown something new."""
        def delay_of(viewer):
            return next((at - moment for at, _ in list(viewer.diary.delays) if at > moment), None)

        delays = wait_until(
            lambda: (found := [delay_of(v) for v in self.audience.keen]) and None not in found
            and found, "a message to arrive again", 30)
        return max(delays)

    # ---- the end ----

    def account(self):
        """When everybody was shown a last word, behind which nothing can come any more: who has
        seen what?"""
        for publisher in self.publishers:
            publisher.stop()
        Publisher(ByFunction(self, ROOM), 1).publish(LAST_WORD, "message")
        account = Account(self.publishers, self.audience.keen)
        wait_until(lambda: self.audience.failure or account.all_were_shown(LAST_WORD),
                   lambda: f"the last word; {account}")
        self.audience.stop()
        assert not self.audience.failure, self.audience.failure
        return account

    def tell(self, account, note=""):
        self.report.add(self.title, account, note)
        return account

    def everybody_has_everything(self, note=""):
        account = self.tell(self.account(), note)
        account.assert_each_once_in_order()
        return account

    def end(self):
        self.audience.stop()
        for publisher in self.publishers:
            with contextlib.suppress(Exception, AssertionError):
                publisher.stop()
        failures = []
        for gateway in self.gateways:
            try:
                gateway.stop()
            except AssertionError as failure:
                gateway.kill()
                failures.append(failure)
        self._cleanup.close()
        if failures:
            raise failures[0]
