"""What breaks, and what viewers see of it: every acknowledged message once, in order."""

import pytest

from publisher import ByFunction


def everybody_has_everything(stage, note=""):
    account = stage.tell(stage.account(), note)
    account.assert_each_once_in_order()
    return account


@pytest.mark.quick
def test_no_fault(stage):
    stage.start().seat().play()

    stage.wait_published(400)

    everybody_has_everything(stage).assert_sockets_stayed_open()


@pytest.mark.quick
def test_a_gateway_is_killed_and_its_viewers_go_to_the_other(stage):
    # The page comes back after 3 s and is shown the last 50 messages of the chat.
    stage.start().seat().play(rate=10, ways=(ByFunction,), kinds=("message",))
    stage.wait_published(20)

    stage.gateways[0].kill()
    stage.wait_published(60)

    account = everybody_has_everything(stage)
    assert sum(line.lost for line in account.lines) == 3


@pytest.mark.quick
def test_the_functions_are_flushed(stage):
    stage.start().seat().play()
    stage.wait_published(100)

    stage.redis.cli("FUNCTION", "FLUSH")
    stage.wait_published(100)

    everybody_has_everything(stage).assert_sockets_stayed_open()
