"""One scenario: a Redis, a proxy before it, gateways, publishers, an audience; and the account."""

import contextlib
import threading
import time

from account import Account
from audience import Audience
from flaky_proxy import FlakyProxy
from gateway import Gateway
from kinds import Live
from publisher import ByFunction, ByHttp, Publisher
from redis_server import RedisServer
from waiting import wait_until

ROOM = "r1"
KINDS = (Live,)
QUIET = 0.5  # seconds for what comes twice to come


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

    # ---- setting it up ----

    def start(self, *redis_options, gateways=2, options=()):
        self.redis = RedisServer(self.folder, *redis_options)
        self.proxy = FlakyProxy(self.redis.port)
        for number in range(gateways):
            self.gateways.append(Gateway(self.folder, "--redis", self.proxy.url, *options,
                                         name=f"gateway{number + 1}"))
        for gateway in self.gateways:
            gateway.wait_ready()
        return self

    def seat(self, each=3):
        """Viewers of every kind at every gateway; when theirs is gone they go to the next."""
        for number, _ in enumerate(self.gateways):
            choice = self.gateways[number:] + self.gateways[:number]
            for kind in KINDS:
                for i in range(each):
                    self.audience.add(kind(ROOM, f"{kind.name}-{number}-{i}"), choice)
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

    def account(self, patience=20):
        """Nothing new is published; when all has come that will, who has seen what?"""
        for publisher in self.publishers:
            publisher.stop()
        account = Account(self.publishers, self.audience.keen)
        deadline = time.monotonic() + patience
        while not account.complete() and time.monotonic() < deadline:
            assert not self.audience.failure, self.audience.failure
            time.sleep(0.05)
        time.sleep(QUIET)
        self.audience.stop()
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
        if self.proxy:
            self.proxy.stop()
        if self.redis:
            self.redis.kill()
        if failures:
            raise failures[0]
