"""What the system tests stand on: real gateways and real Redis, started for each test."""

import itertools

import pytest

from gateway import Gateway
from redis_server import RedisServer
from v1_client import JSON, MSGPACK


class Site:
    """Where a test takes place.  `here` and `there` are gateways; with one gateway, the same."""

    def __init__(self, folder, kind):
        self.folder = folder
        self.kind = kind
        self.redis = None
        self.gateways = []
        self._names = itertools.count(1)

    def start_redis(self, *options):
        self.redis = RedisServer(self.folder, *options)
        return self.redis

    def start_gateway(self, *options, **more):
        if self.redis:
            options = ("--redis", self.redis.url, *options)
        gateway = Gateway(self.folder, *options, name=f"gateway{next(self._names)}", **more)
        self.gateways.append(gateway)
        return gateway

    @property
    def here(self):
        return self.gateways[0]

    @property
    def there(self):
        return self.gateways[-1]

    def publish(self, room, message):
        """As a backend, by HTTP: every kind of site has it."""
        status, body = self.here.post(room, message)
        assert status == 200, body
        return body

    def end(self):
        """Everything stops; every gateway must end well."""
        failures = []
        for gateway in self.gateways:
            try:
                gateway.stop()
            except AssertionError as failure:
                gateway.kill()
                failures.append(failure)
        if self.redis:
            self.redis.kill()
        if failures:
            raise failures[0]


@pytest.fixture
def bare_site(tmp_path):
    """Nothing started yet."""
    site = Site(tmp_path, "bare")
    yield site
    site.end()


@pytest.fixture(params=["memory", "redis", "two gateways"])
def site(tmp_path, request):
    """On the memory broker, on Redis, and as two gateways on one Redis."""
    made = Site(tmp_path, request.param)
    if request.param != "memory":
        made.start_redis()
    made.start_gateway("--leave-grace", "1")
    if request.param == "two gateways":
        made.start_gateway("--leave-grace", "1")
    for gateway in made.gateways:
        gateway.wait_ready()
    yield made
    made.end()


@pytest.fixture
def pair(tmp_path):
    """Two gateways on one Redis."""
    made = Site(tmp_path, "two gateways")
    made.start_redis()
    made.start_gateway("--leave-grace", "1")
    made.start_gateway("--leave-grace", "1")
    for gateway in made.gateways:
        gateway.wait_ready()
    yield made
    made.end()


@pytest.fixture(params=[JSON, MSGPACK])
def protocol(request):
    """Each encoding of v1."""
    return request.param
