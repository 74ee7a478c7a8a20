"""Nothing breaks, or a gateway does, or the viewers' own connections."""

import pytest

from kinds import WHO_RESUME
from publisher import ByFunction
from stage import EACH


@pytest.mark.quick
def test_no_fault(stage):
    stage.start().seat().play()

    stage.wait_published(400)

    stage.everybody_has_everything().assert_sockets_stayed_open()


@pytest.mark.quick
def test_a_gateway_is_killed_and_its_viewers_go_to_the_other(stage):
    # The page comes back after 3 s and is shown the last 50 messages of the chat: of this size
    # they come in fragments.
    stage.start().seat().play(rate=10, ways=(ByFunction,), kinds=("message",), size=2000)
    stage.wait_published(20)

    stage.gateways[0].kill()
    stage.wait_published(60)

    account = stage.everybody_has_everything()
    assert all(line.lost == EACH for line in account.lines), account
    assert all(line.resumed == EACH for line in account.lines if line.kind.resumes), account


def test_a_gateway_is_told_to_end_under_load(stage):
    stage.start().seat().play(rate=10, ways=(ByFunction,), kinds=("message",))
    stage.wait_published(20)

    stage.gateways[0].stop()
    stage.wait_published(60)

    account = stage.everybody_has_everything()
    assert all(viewer.lost <= 1 for viewer in stage.audience.viewers), account
    assert not stage.gateways[1].metric("livegate_drops_total", reason="overload")


def test_gateways_are_killed_under_load_one_after_the_other(stage):
    stage.start().seat(WHO_RESUME).play(ways=(ByFunction,))
    stage.wait_published(100)

    for old in range(3):
        stage.add_gateway().wait_ready()
        stage.gateways[old].kill()
        stage.wait_published(100)

    account = stage.everybody_has_everything()
    assert all(line.lost == line.resumed >= 3 * EACH for line in account.lines), account


@pytest.mark.quick
def test_viewers_lose_their_connections_again_and_again(stage):
    stage.start().seat(WHO_RESUME).play()

    with stage.every(0.8, stage.audience.cut):
        stage.wait_published(400)

    account = stage.everybody_has_everything()
    assert all(line.lost == line.resumed > 2 * line.viewers for line in account.lines), account


def test_viewers_come_back_while_pub_sub_loses_and_the_links_are_cut(stage):
    def cut():
        stage.audience.cut()
        stage.proxy.cut()

    stage.start().seat(WHO_RESUME)
    stage.proxy.lose_pushes(0.2)
    stage.play(rate=50)

    with stage.every(0.7, cut):
        stage.wait_published(300)

    account = stage.everybody_has_everything(f"{stage.proxy.lost} lost")
    assert all(line.resumed > 2 * line.viewers for line in account.lines), account
