"""Three Redis, one of them master, and sentinels that watch over them."""

from redis_server import RedisServer
from process import Process
from waiting import wait_until

NAME = "live-master"


class Sentinel(RedisServer):
    """A sentinel, which is a redis-server as well."""

    def __init__(self, folder, master_port, quorum, *lines, port=None):
        folder.mkdir()
        self.config = folder / "sentinel.conf"
        self.config.write_text("\n".join([
            f"sentinel monitor {NAME} 127.0.0.1 {master_port} {quorum}",
            f"sentinel down-after-milliseconds {NAME} 1000",
            f"sentinel failover-timeout {NAME} 5000", *lines, ""]))
        super().__init__(folder, port=port)

    def begin(self, *more):
        self.process = Process(
            ["redis-server", str(self.config), "--sentinel", *self.on_port(),
             "--bind", "127.0.0.1"], self.folder / "redis.log")

    def on_port(self):
        return "--port", str(self.port)

    def master_port(self):
        return int(self.cli("SENTINEL", "GET-MASTER-ADDR-BY-NAME", NAME).split("\n")[1])


class Flock:
    def __init__(self, folder, redis=3, sentinels=3, quorum=2):
        self.redis = []
        self.sentinels = []
        for i in range(redis):
            home = folder / f"redis{i}"
            home.mkdir()
            options = ("--replicaof", f"127.0.0.1 {self.redis[0].port}") if i else ()
            self.redis.append(RedisServer(home, "--repl-diskless-sync-delay", "0", *options))
        for replica in self.redis[1:]:
            wait_until(lambda r=replica: "master_link_status:up" in r.cli("INFO", "replication"),
                       "a replica to follow")
        for i in range(sentinels):
            self.sentinels.append(Sentinel(folder / f"sentinel{i}", self.redis[0].port, quorum))
        for sentinel in self.sentinels:
            wait_until(lambda s=sentinel: self._knows_all(s), "the sentinels to know each other")

    def _knows_all(self, sentinel):
        words = sentinel.cli("SENTINEL", "MASTER", NAME).split("\n")
        told = dict(zip(words[::2], words[1::2]))
        return (told["num-slaves"] == str(len(self.redis) - 1)
                and told["num-other-sentinels"] == str(len(self.sentinels) - 1))

    @property
    def url(self):
        places = ",".join(f"127.0.0.1:{sentinel.port}" for sentinel in self.sentinels)
        return f"sentinel://{places}/{NAME}"

    def wait_promoted(self, old):
        """The new master, as soon as it takes writes."""
        candidates = [redis for redis in self.redis if redis is not old]

        def is_master(redis):  # who promotes it cuts its clients, us among them
            return "role:master" in redis.cli("INFO", "replication", check=False)

        return wait_until(lambda: next(filter(is_master, candidates), None),
                          "a replica to be promoted", patience=60)

    def of_port(self, port):
        return next(redis for redis in self.redis if redis.port == port)

    def stop(self):
        for server in self.sentinels + self.redis:
            server.kill()
