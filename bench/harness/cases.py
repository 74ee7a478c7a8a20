"""What is measured: a table.  A case is a table of the report; a variant is one load, under
which each of its servers is put."""

import dataclasses
from typing import Optional

from . import special
from .processes import BenchError

PEERS_TOO = ["all"]
BESIDE_THE_FLOOR = ["floor", "livegate"]
ALONE = ["livegate"]
BESIDE_PLAIN = ["livegate", "tls"]


@dataclasses.dataclass
class Variant:
    name: str  # in the table
    options: dict  # of swarm
    task: str = "fanout"
    protocol: str = ""  # instead of the server's own
    way: str = ""
    servers: Optional[list] = None  # instead of the case's
    against: str = ""  # whose CPU is 1.00
    livegate: tuple = ()  # its options
    place: str = "server"  # which has the first core alone: `server`, `redis`, or `both` for two
    run: object = special.swarm_alone

    def for_all(self):
        """Any server can be put under this load."""
        return (self.task in ("fanout", "storm") and self.run is special.swarm_alone
                and not (self.protocol or self.way or self.livegate))


@dataclasses.dataclass
class Column:
    title: str
    key: str
    digits: int = 0
    scale: float = 1.0


@dataclasses.dataclass
class Case:
    name: str
    title: str
    note: str
    variants: list
    columns: list
    servers: list
    seconds: float = 5
    quick_seconds: float = 1
    quick: bool = True  # also measured in the quick mode
    repeat: Optional[int] = None  # instead of the mode's


CPU = Column("CPU per delivery, us", "cpu_us_per_delivery", 3)
RATIO = Column("x", "ratio", 2)
DELIVERIES = Column("deliveries/s", "per_second")
LATENCY = [Column("p50, ms", "latency_p50_us", 2, 1e-3), Column("p99, ms", "latency_p99_us", 2, 1e-3),
           Column("p99.9, ms", "latency_p999_us", 2, 1e-3)]
SHARES = [Column("server CPU, %", "server_cpu_share", 0, 100),
          Column("load CPU, %", "load_cpu_share", 0, 100)]


def one_and_full(name, full=50, **options):
    """One message in flight, nothing to coalesce; and many."""
    label = f"{name}, " if name else ""
    return [Variant(f"{label}1 in flight", {**options, "in-flight": 1}, against="bare"),
            Variant(f"{label}{full} in flight", {**options, "in-flight": full}, against="coalesced")]


def sized(size, full=50):
    name = f"{size} B" if size < 1024 else f"{size // 1024} KB"
    return one_and_full(name, full, clients=1000, size=size)


def crowded(clients):
    return one_and_full(f"{clients:,} client{'s' if clients > 1 else ''}", clients=clients)


def spoken(name, protocol, way="publish"):
    return [Variant(f"{name}, {count} in flight", {"clients": 1000, "in-flight": count},
                    protocol=protocol, way=way) for count in (1, 50)]


def milled(name, way, rooms=100, connections=1, in_flight=200, place="redis", **options):
    return Variant(name, {"rooms": rooms, "connections": connections, "in-flight": in_flight,
                          **options}, task="publish", way=way, place=place)


CASES = [
    Case("fanout", "1,000 clients in one room, 200-byte messages",
         "CPU of the server for each message that a client gets; `x` compares with the bare floor"
         " (1 in flight) or the coalesced one (50).",
         one_and_full("", clients=1000), [CPU, RATIO, DELIVERIES, *LATENCY, *SHARES], PEERS_TOO),
    Case("rates", "Fixed rates: 1,000 clients in one room, 200-byte messages",
         "Open loop: a message counts from when it was due, so waiting counts. `behind`: more than"
         " a second late, the run was ended.",
         [Variant(f"{rate:,} messages/s", {"clients": 1000, "rate": rate})
          for rate in (20, 200, 2000)],
         [*LATENCY, CPU, *SHARES, Column("behind", "behind")], PEERS_TOO, quick=False),
    Case("clients", "How many clients are in the room", "200-byte messages.",
         [variant for count in (1, 100, 1000, 5000, 15000) for variant in crowded(count)],
         [CPU, RATIO, DELIVERIES, LATENCY[1]], BESIDE_THE_FLOOR, quick=False),
    Case("payload", "How large the messages are", "1,000 clients in one room.",
         [*sized(100), *sized(200), *sized(1024), *sized(16384, 4)],
         [CPU, RATIO, DELIVERIES, LATENCY[1]], BESIDE_THE_FLOOR, quick=False),
    Case("rooms", "10,000 rooms of one client",
         "CPU of the server for each message. The floor reads Redis and sends to the one client;"
         " `x` compares with it: sockets that are touched seldom cost the kernel more, too.",
         [Variant("1 room of 1, 1 in flight", {"clients": 1, "rooms": 1}, against="rooms"),
          Variant("10,000 rooms of 1, 1 in flight", {"clients": 10000, "rooms": 10000},
                  against="rooms"),
          Variant("1 room of 1, 50 in flight", {"clients": 1, "rooms": 1, "in-flight": 50},
                  against="rooms"),
          Variant("10,000 rooms of 1, 50 in flight",
                  {"clients": 10000, "rooms": 10000, "in-flight": 50}, against="rooms")],
         [Column("CPU per message, us", "cpu_us_per_message", 2), RATIO,
          Column("messages/s", "per_second"), LATENCY[1]], ["rooms", "livegate"]),
    Case("resubscribe", "Redis restarts under 10,000 rooms",
         "From when Redis accepts again until it has all channels; then a message to each room.",
         [Variant("10,000 rooms of 1", {"clients": 10000, "rooms": 10000, "in-flight": 50,
                                        "wait": None}, run=special.restart_redis)],
         [Column("all listened to after, s", "resubscribed_seconds", 2)], ALONE),
    Case("idle", "Memory of a client that only waits",
         "A fresh server; resident memory that it has more when all are in, for each.",
         [Variant("10,000 clients in one room", {"clients": 10000, "seconds": 0}),
          Variant("10,000 clients in one room, v1", {"clients": 10000, "seconds": 0},
                  protocol="v1.json", servers=ALONE),
          Variant("10,000 rooms of 1", {"clients": 10000, "rooms": 10000, "seconds": 0},
                  servers=ALONE)],
         [Column("bytes per client", "rss_bytes_per_client"),
          Column("empty server, MB", "rss_empty_kib", 1, 1 / 1024)], PEERS_TOO),
    Case("accept", "Connections a second",
         "As fast as one core goes. `last/first`: CPU of the last fifth of the clients over that of"
         " the first.",
         [Variant("upgrade", {"clients": 10000}, task="storm", protocol="live.idle",
                  servers=ALONE),
          Variant("upgrade and join one room", {"clients": 10000}, task="storm")],
         [Column("connections/s", "open_per_second"),
          Column("CPU each, us", "open_cpu_us", 1), Column("last/first", "open_growth", 2),
          Column("server CPU, %", "open_server_share", 0, 100),
          Column("joins/s", "join_per_second"), Column("CPU each, us", "join_cpu_us", 1)],
         ["livegate", "peers"]),
    Case("storm", "15,000 connected clients join one room",
         "As fast as one core goes, the join banners of a big room and their delivery included."
         " `last/first` as above.",
         [Variant("15,000 joins", {"clients": 15000, "window": 200}, task="storm",
                  protocol="live.join")],
         [Column("joins/s", "join_per_second"), Column("CPU each, us", "join_cpu_us", 1),
          Column("last/first", "join_growth", 2), Column("frames", "others"),
          Column("server CPU, %", "join_server_share", 0, 100),
          Column("load CPU, %", "join_load_share", 0, 100)], ALONE),
    Case("dialects", "How clients speak", "1,000 clients in one room, 200-byte messages.",
         [*spoken("live", "live"), *spoken("live, by function", "live", "fcall"),
          *spoken("v1, JSON", "v1.json", "fcall"), *spoken("v1, msgpack", "v1.msgpack", "fcall")],
         [CPU, DELIVERIES, *LATENCY[:2]], ALONE, quick=False),
    Case("tls", "What TLS costs",
         "1,000 clients in one room, 200-byte messages, each encrypted for each client (TLS 1.3,"
         " AES-128-GCM); `x` compares with livegate without TLS.",
         [Variant(f"{count} in flight", {"clients": 1000, "in-flight": count}, against="livegate")
          for count in (1, 50)],
         [CPU, RATIO, DELIVERIES, *LATENCY[:2], Column("bytes per client", "rss_bytes_per_client")],
         BESIDE_PLAIN, quick=False),
    Case("handshakes", "Connections a second, with TLS",
         "As fast as one core goes, each with a handshake of its own (P-256), none resumed.",
         [Variant("upgrade", {"clients": 5000}, task="storm", protocol="live.idle")],
         [Column("connections/s", "open_per_second"), Column("CPU each, us", "open_cpu_us", 1),
          Column("server CPU, %", "open_server_share", 0, 100)], BESIDE_PLAIN, quick=False),
    Case("publish", "Messages taken in a second, by each way",
         "200-byte messages. By Redis: Redis has a core of its own, one connection, 200 pipelined."
         " By HTTP: 50 keep-alive connections, one request each under way. By WebSocket: 100"
         " clients, each with 10 under way to a room of its own, seen when they come back.",
         [milled("function, ASCII", "fcall"), milled("function, Chinese", "fcall", chinese=None),
          milled("function, one room", "fcall", rooms=1), milled("plain PUBLISH", "publish"),
          milled("HTTP", "http", connections=50, in_flight=1, place="server"),
          milled("HTTP, Chinese", "http", connections=50, in_flight=1, place="server",
                 chinese=None),
          Variant("WebSocket", {"clients": 100, "rooms": 100, "in-flight": 10}, task="tell")],
         [Column("messages/s", "per_second"), Column("gateway CPU each, us", "cpu_us_per_message", 2),
          Column("Redis CPU each, us", "redis_cpu_us_per_message", 2),
          Column("gateway CPU, %", "server_cpu_share", 0, 100),
          Column("Redis CPU, %", "redis_cpu_share", 0, 100),
          Column("load CPU, %", "load_cpu_share", 0, 100)], ALONE),
    Case("likes", "A room of 1,000 that taps",
         "Each tap a frame, when it is due; goods are put on the shelf each second by function."
         " `writes`: changes of the counter in Redis for each room and tick (200 ms).",
         [Variant(f"{rate:,} taps/s", {"clients": 1000, "rate": rate}, task="likes", way="fcall",
                  run=special.count_likes) for rate in (60000, 100000)],
         [Column("taps/s", "per_second"), Column("CPU per tap, us", "cpu_us_per_tap", 2),
          Column("shelf p50, ms", "latency_p50_us", 1, 1e-3),
          Column("shelf p99, ms", "latency_p99_us", 1, 1e-3),
          Column("writes", "writes_per_tick", 2), Column("taps lost", "taps_lost"), *SHARES],
         ALONE, seconds=20, quick_seconds=3),
    Case("workers", "Workers", "1,000 clients in one room; the server may use two cores, on one of"
         " which the load and Redis run too if there are only two.",
         [Variant(f"{count} worker{'s' if count > 1 else ''}", {"clients": 1000, "in-flight": 50},
                  livegate=("--workers", str(count)), place="both") for count in (1, 2)],
         [CPU, DELIVERIES, SHARES[0]], ALONE, quick=False),
    Case("soak", "Twenty minutes of coming and going",
         "2,000 clients in 20 rooms, 100 messages/s of 300 bytes; 50 a second come, move or leave"
         " and tap; 20 do not read for a minute at a time; in the middle Redis is killed and is"
         " back after 2 s. Growth: resident memory at the end over that after the first quarter.",
         [Variant("moderate load with churn",
                  {"clients": 2000, "rooms": 20, "rate": 100, "churn": 50, "slow": 20,
                   "size": 300}, task="soak", protocol="live.join", way="fcall",
                  run=special.soak)],
         [Column("RSS after 1/4, MB", "rss_settled_kib", 1, 1 / 1024),
          Column("RSS at the end, MB", "rss_end_kib", 1, 1 / 1024),
          Column("growth, %", "rss_growth_percent", 1),
          Column("KB per minute", "rss_slope_kib_per_minute", 1), *LATENCY,
          Column("viewers lost", "lost"),
          Column("slow viewers closed", "lost_slow")],
         ALONE, seconds=1200, quick_seconds=20, quick=False, repeat=1),
]
BY_NAME = {case.name: case for case in CASES}


def named(words):
    unknown = set(words) - set(BY_NAME)
    if unknown:
        raise BenchError(f"no case {', '.join(sorted(unknown))}; there are {', '.join(BY_NAME)}")
    return [case for case in CASES if case.name in words]
