"""SIGTERM: nobody is lost, nobody is sent away twice or at the same moment as all the others, and
the gateway ends in time whatever clients do."""

import itertools
import signal
import threading
import time

import pytest

from crowd import ROOM, ChatPage, Crowd, GlobalSocket, LivePage, Sdk
from viewer import enter
from waiting import wait_until

GOODBYE = 2.0    # seconds; DRAIN_GOODBYE_MS
ALLOWANCE = 3.0  # for a machine that does other things as well


@pytest.fixture
def crowd():
    made = Crowd()
    yield made
    made.leave()


def pair_that_drains(site, delay, seconds):
    site.start_redis()
    for _ in range(2):
        gateway = site.start_gateway("--drain-delay", delay, "--drain-seconds", seconds)
        gateway.draining = False
        gateway.wait_ready()
    return site.here, site.there


class Chatter:
    """Publishes by a gateway until it is over; the ids."""

    def __init__(self, gateway):
        self.ids = []
        self._gateway = gateway
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        for number in itertools.count():
            message = {"msg_type": "message", "id": f"m-{number}", "content": "hi"}
            assert self._gateway.post(ROOM, message)[0] == 200
            self.ids.append(message["id"])
            if self._over.wait(0.02):
                return

    def stop(self):
        self._over.set()
        self._thread.join()
        return self.ids


def stop(gateway):
    """SIGTERM, as the load balancer knows by the time it closes anybody."""
    began = time.monotonic()
    gateway.draining = True
    gateway.process.send_signal(signal.SIGTERM)
    return began


def wait_end(gateway, began, promised):
    assert gateway.process.wait() == 0
    assert time.monotonic() - began < promised + GOODBYE + ALLOWANCE


def test_each_client_reconnects_once_and_v1_misses_nothing(bare_site, crowd):
    here, there = pair_that_drains(bare_site, "500ms", "4")
    live = crowd.add(LivePage, 24, [here, there])
    plain = crowd.add(GlobalSocket, 8, [here, there])
    chat = crowd.add(ChatPage, 8, [here, there])
    sdks = crowd.add(Sdk, 12, [here, there])
    wait_until(lambda: crowd.check() and here.metric("livegate_connections") == 52, "all to come")
    chatter = Chatter(there)
    wait_until(lambda: all(member.ids for member in live + sdks), "all to see the chat")

    wait_end(here, stop(here), 4.5)
    published = chatter.stop()
    wait_until(lambda: crowd.check() and all(m.ids[-1] == published[-1] for m in live + sdks),
               "all to have what was said last")

    for member in live + plain:
        assert [code for _, code in member.ends] == [1012]
        assert member.connections == 2
    assert [[code for _, code in member.ends] for member in chat] == [[1012]] * 8
    for member in sdks:
        assert (member.ends, member.connections, member.resumed) == ([], 2, [False, True])
        assert member.ids == published[published.index(member.ids[0]):]


def test_closes_are_paced_and_who_comes_back_seldom_is_closed_late(bare_site, crowd):
    here, there = pair_that_drains(bare_site, "0", "4")
    live = crowd.add(LivePage, 20, [here, there])
    plain = crowd.add(GlobalSocket, 10, [here, there])
    chat = crowd.add(ChatPage, 10, [here, there])
    wait_until(lambda: crowd.check() and here.metric("livegate_connections") == 40, "all to come")

    began = stop(here)
    wait_end(here, began, 4)
    wait_until(lambda: all(member.ends for member in live + plain + chat), "all to have noticed")

    times = [sorted(m.ends[0][0] - began for m in kind) for kind in (live, plain, chat)]
    assert times[0][-1] < times[1][5] < times[2][5]
    assert times[0][-1] - times[0][0] > 1.0
    assert 2.5 < times[2][-1] < 4 + ALLOWANCE
    together = sorted(times[0] + times[1] + times[2])
    assert all(b - a < 2.0 for a, b in zip(together, together[1:]))


def test_a_gateway_that_drains_is_not_ready_but_serves_on(bare_site):
    gateway = bare_site.start_gateway("--drain-delay", "60")
    ann = enter(gateway, "r1", "u1", "Ann")

    gateway.process.send_signal(signal.SIGTERM)
    wait_until(lambda: not gateway.ready(), "/readyz to be red")

    assert "gateway: stopping" in gateway.http("GET", "/readyz")[1]["reasons"]
    assert gateway.http("GET", "/livez")[0] == 200
    bob = enter(gateway, "r1", "u2", "Bob")
    ann.expect(msg_type="join", from_name="Bob")
    bob.send({"msg_type": "message", "content": "hello"})
    ann.expect(msg_type="message", content="hello")
    gateway.process.send_signal(signal.SIGTERM)


def test_all_workers_drain_and_the_process_waits_for_them(bare_site):
    bare_site.start_redis()
    gateway = bare_site.start_gateway("--workers", "2", "--drain-seconds", "1").wait_ready()
    viewers = [enter(gateway, "r1", f"u{i}", f"Viewer {i}") for i in range(20)]

    began = stop(gateway)

    assert [viewer.wait_closed().code for viewer in viewers] == [1012] * 20
    wait_end(gateway, began, 1)
    assert gateway.process.text().count("msg=drained ") == 2


def test_all_workers_answer_until_the_last_has_drained(bare_site):
    bare_site.start_redis()
    gateway = bare_site.start_gateway("--workers", "2", "--drain-seconds", "60").wait_ready()
    viewer = gateway.v1()
    viewer.enter("r1", uid="u1")
    began = stop(gateway)
    wait_until(lambda: gateway.process.text().count("msg=drained ") == 1, "one to have nobody")

    for _ in range(3):
        assert gateway.http("GET", "/livez")[0] == 200
        assert gateway.http("GET", "/readyz")[1]["reasons"] == ["gateway: stopping"]
        status, body = gateway.http("GET", "/v1/rooms")
        assert (status, body["count"]) == (200, 1)
        assert gateway.metric("livegate_connections") == 1

    viewer.close()
    wait_end(gateway, began, 10)


@pytest.mark.parametrize("hurry", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_hastens(bare_site, hurry):
    gateway = bare_site.start_gateway("--drain-delay", "60", "--drain-seconds", "60")
    ann = enter(gateway, "r1", "u1", "Ann")
    gateway.process.send_signal(signal.SIGTERM)
    wait_until(lambda: not gateway.ready(), "/readyz to be red")

    began = time.monotonic()
    gateway.process.send_signal(hurry)

    closed = ann.wait_closed()
    assert (closed.code, closed.reason) == (1012, "restart, reconnect")
    wait_end(gateway, began, 0)


def test_sigint_alone_stops_at_once(bare_site):
    gateway = bare_site.start_gateway("--drain-delay", "60", "--drain-seconds", "60")
    ann = enter(gateway, "r1", "u1", "Ann")

    began = time.monotonic()
    gateway.process.send_signal(signal.SIGINT)

    assert ann.wait_closed().code == 1012
    wait_end(gateway, began, 0)


def test_it_ends_in_time_though_clients_never_read(bare_site):
    gateway = bare_site.start_gateway("--drain-delay", "0", "--drain-seconds", "1")
    deaf = [enter(gateway, "r1", f"u{i}", f"Deaf {i}") for i in range(5)]
    for i in range(500):
        bare_site.publish("r1", {"msg_type": "x_large", "text": "x" * 15000})

    began = stop(gateway)

    wait_end(gateway, began, 1)
    for client in deaf:
        client.cut()
