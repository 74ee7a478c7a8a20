"""All gateways are replaced, as a Deployment does it, under people who watch: each reconnects once,
and once only."""

import signal
import time

import pytest

from accept_watch import AcceptWatch
from balancer import Balancer
from phones import GlobalSocket, LivePage, Sdk
from publisher import ByFunction
from stage import ROOM
from throng import Throng
from waiting import PATIENCE

GATEWAYS = 2
BEHIND = 1.0      # seconds from one SIGTERM to the next
GOODBYE = 2.0     # seconds; DRAIN_GOODBYE_MS
ALLOWANCE = 3.0   # for a machine that does other things as well
A_SHARE = 1.1     # a second may begin within one of its ten shares, and end within an eleventh


class Restart:
    """`delay` and `seconds` of the drain, and how many `accepts` a second a gateway may take."""

    def __init__(self, stage, delay, seconds, accepts):
        self.stage = stage
        self.promised = delay + seconds + GOODBYE
        self.accepts = accepts
        self.drains = []  # seconds from SIGTERM to the end
        self.statuses = []
        self.balancer = Balancer(stage.folder, 2 * GATEWAYS)
        self._options = ("--drain-delay", f"{delay}s", "--drain-seconds", f"{seconds}s",
                         "--accepts-per-second", str(accepts))
        stage.start(gateways=0)
        self._start_gateways()
        self.watch = AcceptWatch(stage.gateways)
        self.throng = stage.audience = Throng(self.balancer.port)

    def _start_gateways(self):
        numbers = range(len(self.stage.gateways), len(self.stage.gateways) + GATEWAYS)
        for number in numbers:
            self.stage.add_gateway("--redis", self.stage.redis.url, *self._options,
                                   *self.balancer.options_of(number))
        for number in numbers:
            self.stage.gateways[number].wait_ready()
            self.balancer.wait_uses(number)

    def seat(self, pages, sockets, sdks):
        counts = ((LivePage, pages), (GlobalSocket, sockets), (Sdk, sdks))
        self.throng.start([kind(ROOM, f"{kind.name.replace(' ', '-')}-{i}")
                           for kind, count in counts for i in range(count)])

    def roll(self):
        """New ones first, and when they are ready the old ones go."""
        old = list(self.stage.gateways)
        self._start_gateways()
        told = []
        for gateway in old:
            told.append(time.monotonic())
            gateway.process.send_signal(signal.SIGTERM)
            if gateway is not old[-1]:
                time.sleep(BEHIND)
        for gateway, began in zip(old, told):
            self.statuses.append(gateway.process.wait(self.promised + PATIENCE))
            self.drains.append(time.monotonic() - began)

    def note(self):
        most = max(phone.connections - 1 for phone in self.throng.phones)
        drains = ", ".join(f"{seconds:.1f}" for seconds in self.drains)
        return (f"reconnects: {most} at most; accepts: {self.watch.highest():.0f}/s of "
                f"{self.accepts} at most; drains: {drains} s; exits: {self.statuses}")

    def stop(self):
        self.watch.stop()
        self.throng.stop()
        self.balancer.stop()
        for gateway in self.stage.gateways:
            if gateway.process.running():
                gateway.process.send_signal(signal.SIGINT)  # at once, nobody is there


@pytest.fixture
def restart(stage):
    made = []

    def begin(*how):
        made.append(Restart(stage, *how))
        return made[0]

    yield begin
    for restart in made:
        restart.stop()


@pytest.mark.parametrize("delay, seconds, accepts, pages, sockets, sdks", [
    pytest.param(2, 4, 100, 200, 80, 40, marks=pytest.mark.quick, id="hundreds"),
    pytest.param(5, 20, 200, 1400, 600, 200, id="thousands"),
])
def test_each_client_reconnects_once_and_v1_misses_nothing(
        restart, stage, delay, seconds, accepts, pages, sockets, sdks):
    rolling = restart(delay, seconds, accepts)
    rolling.seat(pages, sockets, sdks)
    stage.play(rate=5, ways=(ByFunction,), kinds=("message",))
    stage.wait_published(5)

    rolling.roll()
    rolling.throng.wait_there(2)
    stage.wait_published(5)

    account = stage.account()
    stage.tell(account, rolling.note())
    assert [fault for phone in rolling.throng.phones for fault in phone.faults] == []
    for phone in rolling.throng.phones:
        assert phone.connections == 2
        assert phone.ends == ([] if phone.kind.moves else [1012])
    for line in account.lines:
        assert (line.twice, line.disordered, line.gaps, line.began_anew) == (0, 0, 0, 0), account
        assert line.missing == 0 or line.kind is GlobalSocket, account  # it has no past
    assert rolling.statuses == [0, 0]
    assert max(rolling.drains) < rolling.promised + ALLOWANCE
    assert 0 < rolling.watch.highest() <= A_SHARE * accepts
