"""The network between gateways and Redis breaks, or Redis cuts it."""

import random
import time

import pytest

from far_redis import Unavailable
from kinds import WHO_RESUME
from publisher import ByFunction
from stage import ROOM
from visitors import Visitors


def by_proxy(stage):
    """What breaks the link and what mends it; backends have another one."""
    stage.start()
    return stage.proxy.stall, stage.proxy.flow


def by_namespace(stage):
    """The same; all packets are dropped, those of backends too."""
    try:
        stage.start_far_redis()
    except Unavailable as why:
        pytest.skip(str(why))
    return stage.redis.unplug, stage.redis.plug


@pytest.mark.parametrize("how", [by_proxy, by_namespace])
def test_the_link_is_half_open_for_8_seconds(stage, how):
    break_it, mend_it = how(stage)
    stage.seat().play()
    stage.wait_published(100)

    break_it()
    broken = time.monotonic()
    stage.wait_red()
    noticed = time.monotonic() - broken
    time.sleep(max(0.0, broken + 8 - time.monotonic()))
    mend_it()
    first = stage.first_delivery(time.monotonic())
    stage.wait_published(200)

    account = stage.everybody_has_everything(
        f"noticed in {noticed:.1f} s, first delivery {first:.2f} s after it went on")
    account.assert_sockets_stayed_open()
    account.assert_the_outage_was_told()
    assert noticed < 5.5
    assert first < 3


@pytest.mark.quick
def test_the_network_loses_every_connection_at_once(stage):
    stage.start().seat().play()
    stage.wait_published(100)

    stage.proxy.cut()
    stage.wait_published(200)

    stage.everybody_has_everything().assert_sockets_stayed_open()


def test_redis_cuts_the_subscriber_every_300_ms(stage):
    stage.start().seat().play()

    with stage.every(0.3, lambda: stage.redis.cli("CLIENT", "KILL", "TYPE", "pubsub")):
        stage.wait_published(600)

    stage.everybody_has_everything().assert_sockets_stayed_open()


def test_redis_cuts_every_connection_every_500_ms(stage):
    def cut():
        for kind in ("pubsub", "normal"):
            stage.redis.cli("CLIENT", "KILL", "TYPE", kind)

    stage.start().seat().play()

    with stage.every(0.5, cut):
        stage.wait_published(300)

    stage.everybody_has_everything().assert_sockets_stayed_open()


@pytest.mark.quick
def test_a_fifth_of_what_subscribers_are_told_is_lost(stage):
    stage.start().seat()
    stage.proxy.lose_pushes(0.2)

    stage.play().wait_published(600)

    account = stage.everybody_has_everything(f"{stage.proxy.lost} lost")
    account.assert_sockets_stayed_open()
    assert stage.proxy.lost > 100


def test_a_firehose_in_another_room_overruns_the_subscribers_buffer(stage):
    stage.start("--client-output-buffer-limit", "pubsub 1mb 512kb 5").seat().play()
    others = [gateway.client() for gateway in stage.gateways]
    for client in others:
        client.join("firehose", "u1")
    firehose = ("for i = 1, 300 do redis.call('PUBLISH', 'live:{firehose}', "
                "'{\"msg_type\":\"x_jet\",\"water\":\"' .. string.rep('x', 8000) .. '\"}') end")

    with stage.every(1, lambda: stage.redis.cli("EVAL", firehose, "0")):
        stage.wait_published(400)

    hits = stage.redis.process.text().count("overcoming of output buffer limits")
    account = stage.everybody_has_everything(f"{hits} subscribers cut by Redis")
    account.assert_sockets_stayed_open()
    assert hits > 0


def test_after_an_outage_longer_than_history_viewers_go_on_from_now(stage):
    stage.start(options=("--history", "100")).seat()
    stage.gateways[0].post(ROOM, {"msg_type": "buy"})  # from a gateway Redis learns what to keep
    stage.play(ways=(ByFunction,)).wait_published(50)

    stage.proxy.stall()
    stage.wait_published(600)
    stage.proxy.flow()
    first = stage.first_delivery(time.monotonic())
    back = time.monotonic()
    stage.wait_published(50)

    account = stage.account()
    stage.tell(account, f"history of 100, 600 published meanwhile; first delivery {first:.2f} s "
               "after it went on")
    account.assert_nothing_twice_or_out_of_order()
    account.assert_losses_were_told()
    account.assert_sockets_stayed_open()
    assert all(line.began_anew == line.viewers for line in account.lines if line.kind.resumes)
    assert account.missing() and max(account.missing().values()) < back, account
    assert first < 3


def test_visitors_come_and_go_while_a_fifth_is_lost_and_links_are_cut(stage):
    stage.start().seat()
    stage.proxy.lose_pushes(0.2)
    stage.play(rate=50, kinds=("message",))
    stage.wait_published(50)
    visitors = Visitors(stage)

    with stage.every(0.7, stage.proxy.cut):
        visitors.stay_for(seconds=10)

    stage.everybody_has_everything(f"{visitors.visits} visits").assert_sockets_stayed_open()
    assert visitors.visits > 20


@pytest.mark.parametrize("seed", [1])
def test_all_of_it_in_any_order(stage, seed):
    chance = random.Random(seed)
    stage.start("--appendonly", "yes").seat()

    storm(stage, chance)

    stage.everybody_has_everything(f"{stage.proxy.lost} lost").assert_sockets_stayed_open()


@pytest.mark.parametrize("seed, workers", [(1, 1), (2, 2)])
def test_all_of_it_while_viewers_lose_their_connections_too(stage, seed, workers):
    chance = random.Random(seed)
    stage.start("--appendonly", "yes", options=("--workers", str(workers))).seat(WHO_RESUME)

    storm(stage, chance, stage.audience.cut, stage.audience.cut)

    account = stage.everybody_has_everything(f"{stage.proxy.lost} lost")
    assert all(line.resumed >= line.viewers for line in account.lines), account


def storm(stage, chance, *more_faults):
    def cut():
        stage.proxy.cut()

    def restart():
        stage.redis.kill()
        stage.redis.start()

    def stall():
        stage.proxy.stall()
        time.sleep(chance.choice((0.2, 1, 6)))
        stage.proxy.flow()

    def flush():
        stage.redis.cli("FUNCTION", "FLUSH")

    def cut_subscribers():
        stage.redis.cli("CLIENT", "KILL", "TYPE", "pubsub")

    faults = (cut, stall, restart, flush, cut_subscribers, *more_faults)
    stage.proxy.lose_pushes(0.1)
    stage.play(rate=50)

    for _ in range(25):
        chance.choice(faults)()
        time.sleep(chance.random())
