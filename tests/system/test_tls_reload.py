"""The certificate changes under a gateway that runs: SIGHUP."""

import shutil
import signal
import ssl

import pytest

from certificates import Authority
from viewer import enter
from waiting import wait_until

NOT_AFTER = "livegate_tls_certificate_not_after_seconds"


class Secured:
    """A gateway whose certificate stands in files that change."""

    def __init__(self, site, folder, *options):
        self.authority = Authority(folder)
        self.files = folder / "shown.crt", folder / "shown.key"
        self.show(*self.make("one", 30))
        self.gateway = site.start_gateway(
            "--tls-cert", str(self.files[0]), "--tls-key", str(self.files[1]), *options,
            tls=self.authority.trusting())

    def make(self, name, days):
        return self.authority.certify("DNS:localhost", name=name, days=days)

    def show(self, certificate, key):
        for source, target in zip((certificate, key), self.files):
            shutil.copy(source, target)

    def reread(self, said):
        before = len(self.gateway.process.text())
        self.gateway.process.send_signal(signal.SIGHUP)
        wait_until(lambda: said in self.gateway.process.text()[before:], f"the log to say {said}")
        return self.gateway.process.text()[before:]

    def shown(self):
        """To who connects now."""
        client = self.gateway.client()
        names = dict(part[0] for part in client.socket.getpeercert()["subject"])
        client.close()
        return names["commonName"]


@pytest.fixture
def start(bare_site, tmp_path):
    return lambda *options: Secured(bare_site, tmp_path, *options)


def test_a_new_one_is_shown_to_who_comes_and_who_is_there_stays(start):
    secured = start()
    ann = enter(secured.gateway, "r1", "u1", "Ann")
    ends = secured.gateway.metric(NOT_AFTER)
    certificate, key = secured.make("two", 60)

    secured.show(certificate, key)
    log = secured.reread("clients speak TLS")

    assert "level=warn" not in log
    wait_until(lambda: secured.shown() == "two", "the new certificate")
    assert secured.gateway.metric(NOT_AFTER) == pytest.approx(ends + 30 * 86400, abs=60)
    bob = enter(secured.gateway, "r1", "u2", "Bob")
    ann.send({"msg_type": "message", "content": "still here"})
    bob.skip_to(msg_type="message", content="still here")


def test_every_worker_shows_the_new_one(bare_site, start):
    bare_site.start_redis()
    secured = start("--workers", "2")

    secured.show(*secured.make("two", 60))
    secured.reread("clients speak TLS")

    wait_until(lambda: all(secured.shown() == "two" for _ in range(12)), "both to show it")


def break_key(secured):
    secured.files[1].write_text("nonsense")


def break_certificate(secured):
    secured.files[0].write_text("")


def swap_key(secured):
    shutil.copy(secured.make("other", 60)[1], secured.files[1])


def take_away(secured):
    secured.files[0].unlink()


@pytest.mark.parametrize("spoil, why", [
    (break_key, "tls-key: the file has no private key in PEM"),
    (break_certificate, "tls-cert: the file has no certificate in PEM"),
    (swap_key, "tls-key: the key is not that of the first certificate in tls-cert"),
    (take_away, "tls-cert: the file cannot be read"),
])
def test_a_bad_one_is_told_and_the_old_one_shown_on(start, spoil, why):
    secured = start()
    secured.gateway.expected_errors = True
    ends = secured.gateway.metric(NOT_AFTER)

    spoil(secured)
    log = secured.reread("going on with those in use")

    assert f'level=error msg="the settings are wrong, going on with those in use" fault="{why}"' \
        in log
    assert secured.shown() == "one"
    assert secured.gateway.metric(NOT_AFTER) == ends
    wait_until(lambda: secured.gateway.metric("livegate_settings_refused") == 1, "the metric")

    secured.show(*secured.make("two", 60))
    secured.reread("clients speak TLS")
    wait_until(lambda: secured.shown() == "two", "the mended one")
    assert secured.gateway.metric("livegate_settings_refused") == 0


def test_the_same_files_again_keep_tickets_good_and_new_ones_end_them(start):
    secured = start()
    context = secured.gateway.tls
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    first = secured.gateway.client()
    session = first.socket.session

    def resumes():
        client = secured.gateway.client(session=session)
        reused = client.socket.session_reused
        client.close()
        return reused

    secured.reread("clients speak TLS")
    assert resumes()

    secured.show(*secured.make("two", 60))
    secured.reread("clients speak TLS")
    wait_until(lambda: not resumes(), "the tickets to end")


def test_one_that_ends_soon_is_a_warning(start):
    secured = start()

    secured.show(*secured.make("two", 3))
    log = secured.reread("renew the certificate")

    assert 'level=warn msg="renew the certificate for clients" it="expires within 14 days"' in log


def test_whether_there_is_tls_takes_a_restart(bare_site, start, tmp_path):
    file = tmp_path / "livegate.conf"
    file.write_text("")
    plain = bare_site.start_gateway("--config", str(file))
    plain.expected_errors = True
    secured = start()

    file.write_text(f"tls-cert = {secured.files[0]}\ntls-key = {secured.files[1]}\n")
    plain.process.send_signal(signal.SIGHUP)

    wait_until(lambda: "whether clients speak TLS can only change with a restart" in
               plain.process.text(), "the log to say so")
    plain.client().expect(msg_type="init")
