"""Nothing breaks, or a gateway does."""

import pytest

from publisher import ByFunction


@pytest.mark.quick
def test_no_fault(stage):
    stage.start().seat().play()

    stage.wait_published(400)

    stage.everybody_has_everything().assert_sockets_stayed_open()


@pytest.mark.quick
def test_a_gateway_is_killed_and_its_viewers_go_to_the_other(stage):
    # The page comes back after 3 s and is shown the last 50 messages of the chat.
    stage.start().seat().play(rate=10, ways=(ByFunction,), kinds=("message",))
    stage.wait_published(20)

    stage.gateways[0].kill()
    stage.wait_published(60)

    account = stage.everybody_has_everything()
    assert sum(line.lost for line in account.lines) == 3


def test_a_gateway_is_told_to_end_under_load(stage):
    stage.start().seat().play(rate=10, ways=(ByFunction,), kinds=("message",))
    stage.wait_published(20)

    stage.gateways[0].stop()
    stage.wait_published(60)

    account = stage.everybody_has_everything()
    assert all(viewer.lost <= 1 for viewer in stage.audience.viewers), account
    assert not stage.gateways[1].metric("livegate_drops_total", reason="overload")
