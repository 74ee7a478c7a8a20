"""How much of what a deployment needs, from what was measured."""

from .goals import MISSING, Measured, divide

GIB = 1 << 30
BUSY = 0.6  # of a core, so that a storm of joins finds it free

CROWD = "10,000 clients in one room"


def clients_a_core(m, rate):
    cost = m.median("rates", f"{rate} messages/s", "cpu_us_per_delivery")
    return BUSY * 1e6 / (cost * rate) if cost else MISSING


# what, the figure, from which case
ROWS = [
    ("clients per GiB of a gateway's memory, in rooms of many",
     lambda m: divide(GIB, m.median("idle", CROWD, "rss_bytes_per_client")), "idle"),
    ("clients per GiB, each in a room of its own",
     lambda m: divide(GIB, m.median("idle", "10,000 rooms of 1", "rss_bytes_per_client")), "idle"),
    (f"clients per core at {BUSY:.0%}, rooms with 20 messages/s", lambda m: clients_a_core(m, 20),
     "rates"),
    (f"clients per core at {BUSY:.0%}, rooms with 200 messages/s",
     lambda m: clients_a_core(m, 200), "rates"),
    ("upgrades and joins a second per core",
     lambda m: divide(1e6, m.median("accept", "upgrade and join one room", "open_cpu_us")),
     "accept"),
    ("taps a second per core", lambda m: divide(1e6, m.median("likes", "60,000 taps/s",
                                                              "cpu_us_per_tap")), "likes"),
    ("messages a second that one Redis takes by function",
     lambda m: m.median("publish", "function, ASCII", "per_second"), "publish"),
    ("messages a second that one worker takes by HTTP",
     lambda m: m.median("publish", "HTTP", "per_second"), "publish"),
]


def round_down(value):
    """To two digits: more would promise too much."""
    unit = 10 ** max(0, len(str(int(value))) - 2)
    return int(value) // unit * unit


def table(results):
    measured = Measured(results)
    lines = ["| what | about | from |", "|---|---:|---|"]
    for what, figure, case in ROWS:
        value = figure(measured)
        lines.append(f"| {what} | {'' if value is MISSING else f'{round_down(value):,}'} | `{case}` |")
    return "\n".join(lines) + "\n"
