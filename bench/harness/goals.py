"""The goals, each with the figure that was measured and whether it is held."""

import dataclasses
from typing import Callable

from . import servers
from .tables import median
from .results import values

MISSING = None


@dataclasses.dataclass
class Goal:
    number: str
    text: str
    limit: float
    figure: Callable  # of all results; None where they are missing
    unit: str = ""
    digits: int = 2
    at_least: bool = False  # else at most


class Measured:
    """All results, for figures."""

    def __init__(self, results):
        self._results = results

    def median(self, case, variant, key, server="livegate"):
        data = self._results.get(case)
        return median(data, server, variant, key) if data else MISSING

    def most(self, case, variant, key):
        data = self._results.get(case)
        found = values(data, "livegate", variant, key) if data else []
        return found[-1] if found else MISSING

    def over(self, case, variant, key, other):
        """Ours over that of another server."""
        return divide(self.median(case, variant, key), self.median(case, variant, key, other))

    def variants(self, case, one, other, key, server="livegate"):
        """One variant over another."""
        return divide(self.median(case, one, key, server), self.median(case, other, key, server))

    def over_best_peer(self, case, variant, key):
        """Ours over the least that any peer has."""
        ours = self.median(case, variant, key)
        theirs = [self.median(case, variant, key, server.name)
                  for server in servers.ALL if server.peer]
        theirs = [value for value in theirs if value]
        return ours / min(theirs) if ours is not MISSING and theirs else MISSING

    def lost(self, case, variant):
        """All that went wrong in any run; a figure that is 0 or the goal is missed."""
        found = [self.most(case, variant, key) for key in ("missing", "wrong", "refused", "taps_lost")]
        return sum(found) if MISSING not in found else MISSING


COST, FLOOR_ONE, FLOOR_FULL = "cpu_us_per_delivery", "1 in flight", "50 in flight"
TAPS = "60,000 taps/s"
CROWD = "15,000 clients, 1 in flight", "1,000 clients, 1 in flight", COST
ROOMS = "10,000 rooms of 1, 1 in flight", "1 room of 1, 1 in flight", "cpu_us_per_message"


def divide(one, other):
    return one / other if one is not MISSING and other else MISSING


def milliseconds(us):
    return us / 1000 if us is not MISSING else MISSING


GOALS = [
    Goal("1", "CPU per delivery, 50 in flight, 1,000 clients, over the coalesced floor", 1.3,
         lambda m: m.over("fanout", FLOOR_FULL, COST, "coalesced"), "x"),
    Goal("1", "CPU per delivery, 1 in flight, 1,000 clients, over bare send()", 1.2,
         lambda m: m.over("fanout", FLOOR_ONE, COST, "bare"), "x"),
    Goal("1", "15,000 clients over 1,000, 50 in flight", 1.2,
         lambda m: m.variants("clients", "15,000 clients, 50 in flight",
                              "1,000 clients, 50 in flight", COST), "x"),
    Goal("1", "15,000 clients over 1,000, 1 in flight", 1.2,
         lambda m: m.variants("clients", *CROWD), "x"),
    Goal("1", "the same over what it is for bare send() (sockets seldom touched cost the kernel more)",
         1.2, lambda m: divide(m.variants("clients", *CROWD),
                               m.variants("clients", *CROWD, "bare")), "x"),
    Goal("1", "CPU per delivery, 1 in flight, over the best peer", 1.0,
         lambda m: m.over_best_peer("fanout", FLOOR_ONE, COST), "x"),
    Goal("1", "CPU per delivery, 50 in flight, over the best peer", 1.0,
         lambda m: m.over_best_peer("fanout", FLOOR_FULL, COST), "x"),
    Goal("2", "memory of an idle client that has joined", 2560,
         lambda m: m.median("idle", "10,000 clients in one room", "rss_bytes_per_client"),
         "bytes", 0),
    Goal("2", "the same over the best peer", 1.0,
         lambda m: m.over_best_peer("idle", "10,000 clients in one room", "rss_bytes_per_client"),
         "x"),
    Goal("2", "growth of memory after the first quarter of the soak", 1.0,
         lambda m: m.median("soak", "moderate load with churn", "rss_growth_percent"), "%"),
    Goal("3", "CPU of an upgrade", 25,
         lambda m: m.median("accept", "upgrade", "open_cpu_us"), "us", 1),
    Goal("3", "CPU of an upgrade and join", 40,
         lambda m: m.median("accept", "upgrade and join one room", "open_cpu_us"), "us", 1),
    Goal("3", "the last upgrades of 10,000 over the first", 1.2,
         lambda m: m.median("accept", "upgrade", "open_growth"), "x"),
    Goal("3", "joins of one room of 15,000", 20000,
         lambda m: m.median("storm", "15,000 joins", "join_per_second"), "/s", 0, True),
    Goal("3", "its last joins over the first", 1.2,
         lambda m: m.median("storm", "15,000 joins", "join_growth"), "x"),
    Goal("4", "p99 at 200 messages/s x 1,000 clients, over the best peer", 1.0,
         lambda m: m.over_best_peer("rates", "200 messages/s", "latency_p99_us"), "x"),
    Goal("5", "CPU per message, 10,000 rooms of 1 over 1 room of 1", 1.0,
         lambda m: m.variants("rooms", *ROOMS), "x"),
    Goal("5", "the same over what it is for the floor", 1.0,
         lambda m: divide(m.variants("rooms", *ROOMS), m.variants("rooms", *ROOMS, "rooms")),
         "x"),
    Goal("5", "10,000 rooms listened to again after a restart of Redis", 2,
         lambda m: m.median("resubscribe", "10,000 rooms of 1", "resubscribed_seconds"), "s"),
    Goal("6", "likes taken in on one core", 60000 * 0.99,
         lambda m: m.median("likes", TAPS, "per_second"), "/s", 0, True),
    Goal("6", "p99 of an on_off_shelf amid them", 200,
         lambda m: milliseconds(m.median("likes", TAPS, "latency_p99_us")), "ms", 1),
    Goal("6", "changes of the counter for each room and tick", 1.05,
         lambda m: m.median("likes", TAPS, "writes_per_tick")),
    Goal("6", "lost: taps, or goods at any viewer", 0,
         lambda m: m.lost("likes", TAPS), "", 0),
    Goal("7", "published by function, ASCII", 60000,
         lambda m: m.median("publish", "function, ASCII", "per_second"), "/s", 0, True),
    Goal("7", "published by function, Chinese", 60000,
         lambda m: m.median("publish", "function, Chinese", "per_second"), "/s", 0, True),
    Goal("7", "published by HTTP", 20000,
         lambda m: m.median("publish", "HTTP", "per_second"), "/s", 0, True),
    Goal("8", "CPU per delivery, 2 workers over 1", 1.1,
         lambda m: m.variants("workers", "2 workers", "1 worker", COST), "x"),
    Goal("8", "deliveries/s, 2 workers over 1 (needs a third core, for the load and Redis)", 1.8,
         lambda m: m.variants("workers", "2 workers", "1 worker", "per_second"), "x", 2, True),
]


def verdict(goal, figure):
    if figure is MISSING:
        return "not measured"
    if (figure >= goal.limit) if goal.at_least else (figure <= goal.limit):
        return "held"
    if goal.limit == 0:
        return f"missed by {figure:,.{goal.digits}f}"
    return f"missed by {abs(figure - goal.limit) * 100 / goal.limit:.0f} %"


def text_of(goal, value):
    return f"{value:,.{goal.digits}f}{' ' + goal.unit if goal.unit else ''}"


def table(results):
    """Goal by goal, as Markdown."""
    measured = Measured(results)
    lines = ["| goal | what | wanted | measured | |", "|---|---|---:|---:|---|"]
    for goal in GOALS:
        figure = goal.figure(measured)
        sign = ">=" if goal.at_least else "<="
        lines.append(f"| {goal.number} | {goal.text} | {sign} {text_of(goal, goal.limit)} |"
                     f" {text_of(goal, figure) if figure is not MISSING else ''} |"
                     f" {verdict(goal, figure)} |")
    return "\n".join(lines) + "\n"
