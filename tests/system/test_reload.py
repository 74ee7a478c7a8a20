"""SIGHUP: what may change while running does, at once and for all; a mistake changes nothing."""

import re
import signal

import pytest

from client import Client, Closed
from viewer import enter
from waiting import wait_until


class Settings:
    """A file of settings and the gateway that reads it."""

    def __init__(self, site, folder, text, *options):
        self.file = folder / "livegate.conf"
        self.file.write_text(text)
        self.gateway = site.start_gateway("--config", str(self.file), *options)
        wait_until(lambda: "livegate is starting" in self.gateway.process.text(),
                   "all to be said of the start")
        wait_until(lambda: "livegate is starting" in self.gateway.process.text(), "its first line")

    def reread(self, text, said="settings were read again"):
        """What the log says of it."""
        before = len(self.gateway.process.text())
        self.file.write_text(text)
        self.gateway.process.send_signal(signal.SIGHUP)
        wait_until(lambda: said in self.gateway.process.text()[before:], f"the log to say {said}")
        return self.gateway.process.text()[before:]


@pytest.fixture
def start(bare_site, tmp_path):
    return lambda text, *options: Settings(bare_site, tmp_path, text, *options)


def test_a_limit_changes_for_those_who_are_connected(start):
    settings = start("max-message = 200\n")
    ann = enter(settings.gateway, "r1", "u1", "Ann")

    log = settings.reread("max-message = 4KB\n")

    assert "not_as_at_the_start=max-message" in log and "restart" not in log
    wait_until(lambda: _takes(settings.gateway, 1000), "the new limit to count")
    ann.send({"msg_type": "message", "content": "x" * 1000})
    ann.skip_to(msg_type="message", from_name="Ann")


def test_who_is_behind_already_has_the_new_patience(start):
    settings = start("slow-seconds = 10m\n")
    gateway = settings.gateway
    deaf = gateway.client("/?room_id=r1", receive_buffer=4096)
    wait_until(lambda: _fire(gateway) and gateway.metric("livegate_sessions_behind") == 1,
               "it to be behind")

    settings.reread("slow-seconds = 1s\n")

    wait_until(lambda: gateway.metric("livegate_sessions_closed_total", code="4408") == 1,
               "it to be closed")
    deaf.cut()


def test_memory_and_ticks_change_without_a_restart(start):
    settings = start("")

    log = settings.reread("memory-limit = 64MB\nroom-logs-bytes = 8MB\ntick = 100ms\n")

    assert 'not_as_at_the_start="memory-limit, room-logs-bytes, tick"' in log
    assert "need a restart" not in log


def test_texts_change(start):
    settings = start("banner-join = {name} is here\n")
    ann = enter(settings.gateway, "r1", "u1", "Ann")
    assert ann.answer["msg_content"] == "Ann is here"

    settings.reread("banner-join = Welcome {name}\n")

    def answer():
        return enter(settings.gateway, "r1", "u2", "Bob").answer["msg_content"]

    wait_until(lambda: answer() == "Welcome Bob", "the new text")


def test_the_internal_key_changes_with_its_file(start, tmp_path):
    key = tmp_path / "key"
    key.write_text("old-key\n")
    settings = start("", "--internal-key-file", str(key))

    def status(value):
        return settings.gateway.http("GET", "/v1/rooms",
                                     headers={"Authorization": f"Bearer {value}"})[0]

    assert (status("old-key"), status("new-key")) == (200, 401)
    key.write_text("new-key\n")
    settings.reread("")

    wait_until(lambda: status("new-key") == 200, "the new key to count")
    assert status("old-key") == 401
    with open(f"/proc/{settings.gateway.process.pid}/cmdline", "rb") as file:
        assert b"-key\0" not in file.read().replace(str(key).encode(), b"")
    assert "old-key" not in settings.gateway.process.text()
    assert "new-key" not in settings.gateway.process.text()


def test_the_log_level_changes(start):
    settings = start("log-level = info\n")
    assert "level=info" in settings.reread("log-level = warn\n")

    log = settings.reread("log-level = warn\nregion = there\n", "need a restart")

    assert "level=info" not in log


def test_allowed_origins_change(start):
    settings = start("allowed-origins = https://a.example\n")
    Client(settings.gateway.port, origin="https://a.example").close()

    settings.reread("allowed-origins = https://b.example\n")

    wait_until(lambda: _opens(settings.gateway, "https://b.example"), "the new page to come in")
    assert not _opens(settings.gateway, "https://a.example")


def _opens(gateway, origin):
    try:
        Client(gateway.port, origin=origin).close()
    except Exception as refused:
        assert "403" in str(refused)
        return False
    return True


def test_a_mistake_is_one_line_and_changes_nothing(start):
    settings = start("max-message = 200\nping-interval = 500ms\n")
    settings.gateway.expected_errors = True
    ann = enter(settings.gateway, "r1", "u1", "Ann")

    log = settings.reread("max-message = 4KB\nping-interval = never\n", "going on")

    assert re.search(r'level=error msg="the settings are wrong, going on with those in use" '
                     r'fault=".*:2: ping-interval: ', log), log
    assert len(log.splitlines()) == 1
    ann.send({"msg_type": "message", "content": "x" * 1000})
    assert ann.wait_closed().code == 1009


def test_what_came_of_it_is_told_until_it_is_mended(start):
    settings = start("")
    settings.gateway.expected_errors = True

    def told():
        metric = settings.gateway.metric
        return (metric("livegate_reloads_total", result="applied"),
                metric("livegate_reloads_total", result="refused"),
                metric("livegate_settings_refused"))

    assert told() == (0, 0, 0)
    settings.reread("max-message = never\n", "going on")
    wait_until(lambda: told() == (0, 1, 1), "the mistake to be told")
    settings.reread("max-message = never\n", "going on")
    wait_until(lambda: told() == (0, 2, 1), "the same again")
    settings.reread("max-message = 4KB\n")
    wait_until(lambda: told() == (1, 2, 0), "the mended file")


def test_a_file_that_is_gone_changes_nothing(start):
    settings = start("region = here\n")
    settings.gateway.expected_errors = True
    settings.file.unlink()

    settings.gateway.process.send_signal(signal.SIGHUP)

    wait_until(lambda: "level=error" in settings.gateway.process.text(), "the mistake to be told")
    assert settings.gateway.ready()


def test_what_needs_a_restart_is_named(start):
    settings = start("history = 100\n")

    log = settings.reread("history = 200\nregion = there\n", "need a restart")

    assert 'msg="these settings have changed and need a restart" settings="history, region"' in log


def test_a_flag_wins_over_the_file_again(start):
    settings = start("", "--max-message", "300")
    ann = enter(settings.gateway, "r1", "u1", "Ann")

    settings.reread("max-message = 4KB\n")

    ann.send({"msg_type": "message", "content": "x" * 1000})
    assert ann.wait_closed().code == 1009


def test_many_at_once_end_with_the_last_one(start):
    settings = start("max-message = 100\n")
    for size in range(200, 220):
        settings.file.write_text(f"max-message = {size}\n")
        settings.gateway.process.send_signal(signal.SIGHUP)
    settings.reread("max-message = 4KB\n")
    wait_until(lambda: _takes(settings.gateway, 1000), "the last one to count")


def test_every_worker_takes_them(bare_site, start):
    bare_site.start_redis()
    settings = start("max-message = 100\n", "--workers", "2")

    settings.reread("max-message = 4KB\n")

    wait_until(lambda: all(_takes(settings.gateway, 1000) for _ in range(12)), "both to take it")


def _takes(gateway, size):
    """Does a newcomer's message of this size pass?"""
    ann = enter(gateway, "r2", "u9", "Ann")
    ann.send({"msg_type": "message", "content": "x" * size})
    try:
        ann.skip_to(msg_type="message")
    except Closed as closed:
        assert closed.code == 1009
        return False
    ann.close()
    return True


def _fire(gateway):
    return gateway.post("r1", {"msg_type": "x_fire", "padding": "x" * 15000})[0] == 200
