"""Readers who are slow, or never read: the others notice nothing, and memory stays bounded."""

import itertools
import statistics
import time

import pytest

from audience import forget_peak, resident_kb
from kinds import KINDS
from publisher import ByFunction
from stage import ROOM
from waiting import wait_until

MOST_GROWTH_KB = 64 * 1024
MOMENT = 0.25  # seconds
NOISE_MS = 5   # of two runs on a busy machine


def typical_p99_ms(viewers, began, ended):
    """The median of all moments' p99: the machine has other things to do now and then."""
    moments = {}
    for viewer in viewers:
        for at, delay in viewer.diary.delays:
            if began < at < ended:
                moments.setdefault(int((at - began) / MOMENT), []).append(delay * 1000)
    return statistics.median(statistics.quantiles(delays, n=100)[98]
                             for delays in moments.values() if len(delays) > 1)


def let_pass(seconds):
    """(from, to) of a time in which only the publisher and the audience act."""
    began = time.monotonic()
    time.sleep(seconds)
    return began, time.monotonic()


def seat(stage, name, how_many, gateway, pace=None):
    """As many of each kind."""
    return [stage.audience.add(kind(ROOM, f"{name}-{i}"), stage.gateways, gateway, pace)
            for i, kind in zip(range(how_many), itertools.cycle(KINDS))]


@pytest.mark.parametrize("fast, slow, pace, rate, size, seconds, closed", [
    pytest.param(20, 200, 0, 200, 4000, 4, 0, marks=pytest.mark.quick, id="200 never read"),
    pytest.param(20, 200, 0, 200, 4000, 60, 200, id="200 never read for a minute"),
    pytest.param(40, 10, 1024, 400, 16000, 10, 0, id="10 of 50 at 1 KiB/s"),
])
def test_slow_readers_disturb_nobody(stage, fast, slow, pace, rate, size, seconds, closed):
    # A few watch at another gateway: the machine's own troubles are theirs as well.
    stage.start(gateways=2)
    beside = seat(stage, "fast", fast, gateway=0)
    apart = seat(stage, "apart", len(KINDS), gateway=1)
    stage.audience.start()
    stage.play(rate=rate, ways=(ByFunction,), kinds=("x_trial",), size=size)
    stage.wait_published(rate)
    before = typical_p99_ms(beside, *let_pass(min(seconds, 10)))
    pid = stage.gateways[0].process.pid
    memory = resident_kb(pid)

    forget_peak(pid)
    seat(stage, "slow", slow, gateway=0, pace=pace)
    # Until their sockets are full they cost what any viewer does.
    wait_until(lambda: stage.gateways[0].metric("livegate_sessions_behind") == slow,
               "the slow ones to be behind")
    meanwhile = let_pass(seconds)
    p99, p99_apart = (typical_p99_ms(viewers, *meanwhile) for viewers in (beside, apart))
    growth = resident_kb(pid, "VmHWM") - memory

    too_slow = stage.gateways[0].metric("livegate_sessions_closed_total", code="4408")
    account = stage.tell(
        stage.account(), f"p99 {before:.1f} ms before, {p99:.1f} ms beside them, "
        f"{p99_apart:.1f} ms at the other gateway; RSS +{growth / 1024:.1f} MB; "
        f"{too_slow:.0f} closed as too slow")
    account.assert_each_once_in_order()
    account.assert_sockets_stayed_open()
    assert growth <= MOST_GROWTH_KB
    assert p99 <= 2 * max(before, p99_apart) + NOISE_MS
    assert too_slow == closed
