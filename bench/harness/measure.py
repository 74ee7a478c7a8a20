"""One run: Redis and a server are started, the load is put on it, all of it ends."""

import dataclasses
import datetime
import os
import pathlib
import tempfile
import time

from . import machine, servers
from .processes import BenchError, Redis

SETTLING_SECONDS = 40  # beyond the load's own time, before it is given up


@dataclasses.dataclass
class Run:
    """What the functions of special.py get."""

    command: list
    options: dict
    seconds: float
    patience: float
    redis: Redis
    server: servers.Running
    load_cores: set


def layout(place):
    """Cores of (server, redis, load)."""
    first, second = machine.cores()
    if place == "redis":
        return {second}, first, {second}
    if place == "both":
        allowed = sorted(os.sched_getaffinity(0))
        third = allowed[2] if len(allowed) > 2 else second
        return {first, second}, third, {third}
    return {first}, second, {second}


def command_of(build, variant, server, running, redis, options):
    way = variant.way or server.way
    words = [build / "bench" / "swarm", variant.task,
             "--protocol", variant.protocol or server.protocol, "--way", way,
             "--room", servers.ROOM, "--port", running.port,
             "--publish-port", running.http_port if way == "http" else running.publish_port,
             "--redis-pid", redis.pid]
    words += ["--tls"] if server.secure else []
    for pid in running.pids():
        words += ["--pid", pid]
    for name, value in options.items():
        words += [f"--{name}"] if value is None else [f"--{name}", value]
    return words


def growth(report, name):
    """What the last fifth of the viewers cost over the first."""
    blocks = report.get(f"{name}_cpu_us_by_block") or [0]
    fifth = max(1, len(blocks) // 5)
    first, last = sum(blocks[:fifth]), sum(blocks[-fifth:])
    return {f"{name}_growth": round(last / first, 3)} if first else {}


def options_of(variant, seconds, scale):
    """Of swarm; smaller for who only wants to see that all works."""
    options = {"seconds": seconds, **variant.options}
    for name in ("clients", "rooms", "rate", "slow", "churn"):
        if scale != 1 and name in options:
            options[name] = max(1, int(options[name] * scale))
    return options


def measure(variant, server, build, seconds, scale=1):
    server_cores, redis_core, load_cores = layout(variant.place)
    options = options_of(variant, seconds, scale)
    seconds = options["seconds"]

    with tempfile.TemporaryDirectory(prefix="livegate-bench.") as name:
        folder = pathlib.Path(name)
        redis = Redis(folder, redis_core)
        try:
            running = server.start(servers.Place(
                folder, build, redis.port, server_cores,
                variant.livegate if server.name == "livegate" else ()))
        except BaseException:
            redis.stop()
            raise
        try:
            command = command_of(build, variant, server, running, redis, options)
            run = Run(command, options, seconds, 2 * seconds + SETTLING_SECONDS, redis, running,
                      load_cores)
            watched = server_cores | {redis_core} | load_cores
            before = used_by_us(running, redis), machine.busy_seconds(watched), time.monotonic()
            report = variant.run(run)
            report["others_cpu_share"] = others(before, running, redis, watched)
        finally:
            running.stop()
            redis.stop()

    return {**report, **growth(report, "open"), **growth(report, "join"),
            "at": datetime.datetime.now().astimezone().isoformat(timespec="seconds")}


def used_by_us(running, redis):
    children = os.times()
    return (sum(machine.seconds_of(pid) for pid in running.pids()) + machine.seconds_of(redis.pid)
            + children.children_user + children.children_system)


def others(before, running, redis, watched):
    """The share of the cores in use that other programs took meanwhile: the noise."""
    ours, busy, began = before
    taken = machine.busy_seconds(watched) - busy - (used_by_us(running, redis) - ours)
    return round(max(0.0, taken) / (time.monotonic() - began) / len(watched), 3)


def try_to_measure(*arguments):
    """A run that fails is a result too: why."""
    try:
        return measure(*arguments)
    except BenchError as error:
        return {"error": str(error)}
