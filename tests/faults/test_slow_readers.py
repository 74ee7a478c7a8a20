"""Readers who are slow, or never read: the others notice nothing, and memory stays bounded."""

import statistics
import time

import pytest

from audience import forget_peak, resident_kb
from kinds import Live
from publisher import ByFunction
from stage import ROOM

MOST_GROWTH_KB = 64 * 1024
NOISE_MS = 5  # of two runs on a busy machine


def typical_p99_ms(viewers, began, ended):
    """The median of the seconds' p99: the machine has other things to do now and then."""
    seconds = {}
    for viewer in viewers:
        for at, delay in viewer.diary.delays:
            if began < at < ended:
                seconds.setdefault(int(at - began), []).append(delay * 1000)
    return statistics.median(statistics.quantiles(delays, n=100)[98]
                             for delays in seconds.values())


def let_pass(seconds):
    """(from, to) of a time in which only the publisher and the audience act."""
    began = time.monotonic()
    time.sleep(seconds)
    return began, time.monotonic()


@pytest.mark.parametrize("fast, slow, pace, rate, size, seconds", [
    pytest.param(20, 200, 0, 200, 4000, 4, marks=pytest.mark.quick, id="200 never read"),
    pytest.param(20, 200, 0, 200, 4000, 60, id="200 never read for a minute"),
    pytest.param(40, 10, 1024, 400, 16000, 10, id="10 of 50 at 1 KiB/s"),
])
def test_slow_readers_disturb_nobody(stage, fast, slow, pace, rate, size, seconds):
    stage.start(gateways=1)
    for i in range(fast):
        stage.audience.add(Live(ROOM, f"fast-{i}"), stage.gateways)
    stage.audience.start()
    stage.play(rate=rate, ways=(ByFunction,), kinds=("x_trial",), size=size)
    stage.wait_published(rate)
    without = typical_p99_ms(stage.audience.keen, *let_pass(min(seconds, 10)))
    pid = stage.gateways[0].process.pid
    before = resident_kb(pid)

    forget_peak(pid)
    for i in range(slow):
        stage.audience.add(Live(ROOM, f"slow-{i}"), stage.gateways, pace)
    beside = typical_p99_ms(stage.audience.keen, *let_pass(seconds))
    growth = resident_kb(pid, "VmHWM") - before

    told = stage.gateways[0].metric("livegate_sessions_closed_total", code="4408")
    account = stage.tell(
        stage.account(), f"p99 {without:.1f} ms without, {beside:.1f} ms beside them; "
        f"RSS +{growth / 1024:.1f} MB; {told:.0f} closed as too slow")
    account.assert_each_once_in_order()
    account.assert_sockets_stayed_open()
    assert growth <= MOST_GROWTH_KB
    assert beside <= 2 * without + NOISE_MS
