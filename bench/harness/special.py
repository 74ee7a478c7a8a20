"""What is done around the load: mostly nothing, but here Redis dies, or memory is watched."""

import json
import statistics
import subprocess
import time

from . import machine
from .processes import BenchError, prepare, wait_until

TICK_SECONDS = 0.2
DOWN_SECONDS = 2  # how long Redis is away; less in a short soak


def start_swarm(run, **more):
    return subprocess.Popen([str(word) for word in run.command], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, preexec_fn=prepare(run.load_cores),
                            **more)


def report_of(swarm, seconds):
    """Its report, once it has ended."""
    try:
        out, err = swarm.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        swarm.kill()
        swarm.communicate()
        raise BenchError(f"the load did not end within {seconds:.0f} s") from None
    if swarm.returncode != 0:
        raise BenchError(f"the load failed: {err.strip() or out.strip()}")
    return json.loads(out.splitlines()[-1])


def swarm_alone(run):
    return report_of(start_swarm(run), run.patience)


def restart_redis(run):
    """Redis is killed under waiting viewers; how long until all rooms are listened to again?"""
    rooms = run.options["rooms"]
    swarm = start_swarm(run, stdin=subprocess.PIPE)
    try:
        if swarm.stdout.readline().strip() != "ready":
            return report_of(swarm, run.patience)

        run.redis.kill()
        run.redis.start()
        began = time.monotonic()
        wait_until(lambda: int(run.redis.info("stats", "pubsub_channels") or 0) >= rooms,
                   "the rooms to be listened to again", 60)
        seconds = time.monotonic() - began

        swarm.stdin.write("\n")
        swarm.stdin.flush()
        report = report_of(swarm, run.patience)
    finally:
        if swarm.poll() is None:
            swarm.kill()
            swarm.wait()
    return {**report, "resubscribed_seconds": round(seconds, 3)}


def likes_written(redis):
    """Changes of a hash's counter so far, those in functions included."""
    return int((redis.info("commandstats", "cmdstat_hincrby").partition("calls=")[2]
                or "0").partition(",")[0])


def likes_counted(redis):
    return int(redis.ask("HGET", "live:{bench}:counts", "like") or 0)


def count_likes(run):
    """Nothing lost: what Redis has counted is what was tapped."""
    writes = likes_written(run.redis)
    report = report_of(start_swarm(run), run.patience)
    try:
        wait_until(lambda: likes_counted(run.redis) >= report["taps"], "the taps", 5)
    except BenchError:
        pass  # then they are lost, which the report says
    ticks = run.seconds / TICK_SECONDS + 1  # the first tap does not wait for one
    return {**report, "taps_lost": report["taps"] - likes_counted(run.redis),
            "writes_per_tick": round((likes_written(run.redis) - writes) / ticks, 3)}


def slope(points):
    """Of a line through (x, y), by least squares."""
    middle_x = statistics.mean(x for x, _ in points)
    middle_y = statistics.mean(y for _, y in points)
    spread = sum((x - middle_x) ** 2 for x, _ in points)
    return sum((x - middle_x) * (y - middle_y) for x, y in points) / spread if spread else 0.0


def judge_memory(samples, seconds):
    """From (second, KiB): what it was after the first quarter and is at the end (medians of an
    eighth of the time each), and how it grew between."""
    def median_between(begin, end):
        return statistics.median(kib for second, kib in samples
                                 if begin * seconds <= second <= end * seconds)

    settled, last = median_between(0.25, 0.375), median_between(0.875, 1.0)
    later = [(second / 60, kib) for second, kib in samples if second >= 0.25 * seconds]
    return {
        "rss_settled_kib": settled,
        "rss_end_kib": last,
        "rss_growth_percent": round((last - settled) * 100 / settled, 2),
        "rss_slope_kib_per_minute": round(slope(later), 2),
    }


def soak(run):
    """Memory is read each second; in the middle Redis dies and comes back empty."""
    down = min(DOWN_SECONDS, run.seconds / 10)
    swarm = start_swarm(run)
    began = time.monotonic()
    samples, killed_at, back_at = [], None, None
    try:
        while swarm.poll() is None:
            second = time.monotonic() - began
            if second > run.seconds + run.patience:
                raise BenchError("the load does not end")
            if second <= run.seconds:
                samples.append((round(second, 1), machine.rss_kib(run.server.pids())))
            if killed_at is None and second >= run.seconds / 2:
                run.redis.kill()
                killed_at = second
            if killed_at and not back_at and second >= killed_at + down:
                run.redis.start()
                back_at = second
            time.sleep(min(1, run.seconds / 40))
        report = report_of(swarm, run.patience)
    finally:
        if swarm.poll() is None:
            swarm.kill()
            swarm.wait()
    step = max(1, len(samples) // 120)
    return {**report, **judge_memory(samples, run.seconds), "rss_samples": samples[::step]}
