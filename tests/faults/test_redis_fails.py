"""Redis is killed, forgets, hangs: viewers get every acknowledged message once, in order."""

import signal
import time

import pytest

from publisher import ByFunction, Refused
from stage import ROOM
from waiting import wait_until

AOF = ("--appendonly", "yes", "--appendfsync")


@pytest.mark.quick
@pytest.mark.parametrize("fsync", ["everysec", "always"])
def test_redis_is_killed_and_back_with_its_file_whole(stage, fsync):
    stage.start(*AOF, fsync).seat().play()
    stage.wait_published(100)

    _, back = stage.restart_redis(away=2)
    first = stage.first_delivery(back)
    stage.wait_published(200)

    account = stage.everybody_has_everything(f"first delivery {first:.2f} s after it was back")
    account.assert_sockets_stayed_open()
    assert first < 3


def cut_short(stage):
    """A power cut: the last third of the append-only file never reached the disk."""
    file = next(stage.folder.glob("appendonlydir/*.incr.aof"))
    size = file.stat().st_size
    with open(file, "r+b") as handle:
        handle.truncate(size - size // 3)


def remove(stage):
    for file in stage.folder.glob("appendonlydir/*"):
        file.unlink()


@pytest.mark.parametrize("what_happens_to_the_file", [cut_short, remove])
def test_redis_is_killed_and_back_without_its_last_messages(stage, what_happens_to_the_file):
    stage.start(*AOF, "everysec").seat().play()
    stage.wait_published(100)

    died, back = stage.restart_redis(2, lambda: what_happens_to_the_file(stage))
    first = stage.first_delivery(back)
    stage.wait_published(200)

    account = stage.account()
    stage.tell(account, f"{account.forgotten()} acknowledged ones forgotten by Redis, "
               f"first delivery {first:.2f} s after it was back")
    assert account.forgotten() > 20
    account.assert_nothing_twice_or_out_of_order()
    account.assert_losses_were_told()
    account.assert_sockets_stayed_open()
    assert all(line.terms >= line.viewers for line in account.lines if line.kind.resumes), account
    died_unread = [at for at in account.missing().values() if died - 0.2 < at <= died + 0.1]
    assert len(account.missing()) == len(died_unread) <= 4, account
    assert first < 3


@pytest.mark.quick
def test_a_retry_of_what_only_a_dead_redis_knew_is_not_shown_again(stage):
    stage.start().seat()
    order = '{"msg_type":"buy","id":"order-1","at":1}'
    backend = ByFunction(stage, ROOM)
    backend.publish(order)
    viewers = stage.audience.keen
    wait_until(lambda: all("order-1" in v.diary.seen for v in viewers), "the order to be shown")

    stage.restart_redis(away=0.5)  # with nothing: it does not know the id any more
    wait_until(lambda: succeeds(backend, order), "the retry to be acknowledged")
    stage.play().wait_published(20)

    stage.everybody_has_everything()


def succeeds(backend, message):
    try:
        return backend.publish(message)
    except Refused:
        return None


@pytest.mark.parametrize("away", [0.1, 8])
def test_redis_is_away_for_any_time(stage, away):
    stage.start(*AOF, "everysec").seat().play()
    stage.wait_published(50)

    _, back = stage.restart_redis(away)
    first = stage.first_delivery(back)

    account = stage.everybody_has_everything(f"first delivery {first:.2f} s after it was back")
    account.assert_sockets_stayed_open()
    assert first < 3


def test_redis_hangs_for_8_seconds(stage):
    stage.start().seat().play()
    stage.wait_published(100)

    stage.redis.process.send_signal(signal.SIGSTOP)
    stopped = time.monotonic()
    reasons = stage.wait_red()
    noticed = time.monotonic() - stopped
    time.sleep(max(0.0, stopped + 8 - time.monotonic()))
    stage.redis.process.send_signal(signal.SIGCONT)
    first = stage.first_delivery(time.monotonic())
    stage.wait_published(200)

    account = stage.everybody_has_everything(
        f"noticed in {noticed:.1f} s, first delivery {first:.2f} s after it went on")
    account.assert_sockets_stayed_open()
    account.assert_the_outage_was_told()
    assert noticed < 5.5 and reasons
    assert first < 3


@pytest.mark.parametrize("refuse, allow, reason", [
    pytest.param("CONFIG SET maxmemory 1", "CONFIG SET maxmemory 0", "OOM", id="is full"),
    pytest.param("REPLICAOF 127.0.0.1 1", "REPLICAOF NO ONE", "READONLY", id="is a replica"),
])
def test_redis_refuses_to_write_for_a_while(stage, refuse, allow, reason):
    stage.start().seat().play()
    stage.wait_published(100)

    stage.redis.cli(*refuse.split())
    reasons = stage.wait_red()
    stage.redis.cli(*allow.split())
    first = stage.first_delivery(time.monotonic())
    stage.wait_published(100)

    account = stage.everybody_has_everything(f"first delivery {first:.2f} s after it took them")
    account.assert_sockets_stayed_open()
    assert any(reason in text for text in reasons), reasons
    assert first < 3


@pytest.mark.quick
def test_the_functions_are_flushed(stage):
    stage.start().seat().play()
    stage.wait_published(100)

    stage.redis.cli("FUNCTION", "FLUSH")
    stage.wait_published(100)

    stage.everybody_has_everything().assert_sockets_stayed_open()


def test_the_master_dies_and_sentinels_promote_another(stage):
    flock = stage.start_with_sentinels(redis=3, sentinels=2)
    stage.seat().play()
    stage.wait_published(100)

    old = stage.redis
    died = time.monotonic()
    old.kill()
    stage.redis = flock.wait_promoted(old)
    promoted = time.monotonic()
    first = stage.first_delivery(promoted)
    stage.wait_published(200)

    account = stage.account()
    stage.tell(account, f"promoted after {promoted - died:.1f} s, first delivery {first:.2f} s "
               f"after that; {account.forgotten()} acknowledged ones forgotten by Redis")
    account.assert_nothing_twice_or_out_of_order()
    account.assert_losses_were_told()
    account.assert_sockets_stayed_open()
    assert all(line.terms >= line.viewers for line in account.lines if line.kind.resumes), account
    died_unread = [at for at in account.missing().values() if died - 0.2 < at <= died + 0.1]
    assert len(account.missing()) == len(died_unread) <= 4, account
    assert first < 3
