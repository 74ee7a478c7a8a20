"""TLS on the clients' port: every dialect over wss://, what is agreed, and what is refused."""

import os
import random
import re
import socket
import ssl
import subprocess

import pytest

from certificates import Authority
from client import Client
from gateway import BINARY
from v1_client import JSON, MSGPACK
from viewer import enter
from waiting import PATIENCE, wait_until

ROOM = "r1"


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


def options_for(certificate, key):
    return ("--tls-cert", str(certificate), "--tls-key", str(key))


@pytest.fixture
def start(bare_site, authority):
    """Starts a gateway that speaks TLS, as its clients do."""

    def start_gateway(*options, files=None):
        files = files or authority.certify("DNS:localhost")
        return bare_site.start_gateway(*options_for(*files), *options, tls=authority.trusting())

    return start_gateway


def failures(gateway, reason):
    return gateway.metric("livegate_tls_failures_total", reason=reason)


def handshakes(gateway, session):
    return gateway.metric("livegate_tls_handshakes_total", session=session)


def test_clients_of_every_dialect_meet_in_a_room(start):
    gateway = start()
    live = enter(gateway, ROOM, "u1", "Ann")
    plain = gateway.client(f"/?room_id={ROOM}&dialect=plain")
    text, packed = gateway.v1(JSON), gateway.v1(MSGPACK)
    text.enter(ROOM, "u2")
    packed.enter(ROOM, "u3")

    live.send({"msg_type": "message", "content": "你好"})

    for client in (live, text, packed):
        client.skip_to(msg_type="message", content="你好")
    assert "你好" in plain.receive()
    assert live.close() == 1000
    assert handshakes(gateway, "new") == 4


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_both_versions_are_spoken(start, authority, version):
    gateway = start()
    context = authority.trusting()
    context.minimum_version = context.maximum_version = version

    client = gateway.client(tls=context)

    assert client.socket.version() == {771: "TLSv1.2", 772: "TLSv1.3"}[version]
    assert re.search("GCM|CHACHA20", client.socket.cipher()[0])
    client.expect(msg_type="init")


def greet(gateway, context):
    """Shakes hands and no more."""
    with socket.create_connection(("127.0.0.1", gateway.port), PATIENCE) as plain:
        with context.wrap_socket(plain, server_hostname="localhost") as client:
            return client.version(), client.selected_alpn_protocol()


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_older_versions_are_refused(start, authority):
    gateway = start()
    context = authority.trusting()
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1

    with pytest.raises(ssl.SSLError):
        greet(gateway, context)

    wait_until(lambda: failures(gateway, "version") == 1, "the refusal to be counted")


def test_ciphers_without_forward_secrecy_are_refused(start, authority):
    gateway = start()
    context = authority.trusting()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE+AES+SHA256:AES256-SHA")

    with pytest.raises(ssl.SSLError):
        greet(gateway, context)

    wait_until(lambda: failures(gateway, "nothing_in_common") == 1, "the refusal to be counted")


def test_of_the_protocols_offered_http_1_1_is_chosen(start, authority):
    gateway = start()
    both, other, none = authority.trusting(), authority.trusting(), authority.trusting()
    both.set_alpn_protocols(["h2", "http/1.1"])
    other.set_alpn_protocols(["h2"])

    assert greet(gateway, both)[1] == "http/1.1"
    assert greet(gateway, none)[1] is None
    with pytest.raises(ssl.SSLError):
        greet(gateway, other)


def test_a_client_that_does_not_trust_it_is_counted(start, tmp_path):
    gateway = start()
    (tmp_path / "other").mkdir()

    with pytest.raises(ssl.SSLCertVerificationError):
        greet(gateway, Authority(tmp_path / "other").trusting())

    wait_until(lambda: failures(gateway, "refused_by_client") == 1, "the refusal to be counted")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_who_comes_back_resumes_at_whichever_worker(bare_site, start, authority, version):
    bare_site.start_redis()
    gateway = start("--workers", "2").wait_ready()
    context = authority.trusting()
    context.maximum_version = version
    first = gateway.client(tls=context)
    first.expect(msg_type="init")  # a ticket of 1.3 comes before it
    session = first.socket.session
    first.close()

    for _ in range(10):
        again = gateway.client(tls=context, session=session)
        assert again.socket.session_reused
        again.close()

    assert handshakes(gateway, "resumed") == 10


def test_the_certificates_in_between_are_shown(start, authority, tmp_path):
    between = Authority(tmp_path, "between", above=authority)
    certificate, key = between.certify("DNS:localhost")
    chain = tmp_path / "chain.pem"
    chain.write_bytes(certificate.read_bytes() + between.file.read_bytes())

    gateway = start(files=(chain, key))

    gateway.client().expect(msg_type="init")


def test_who_speaks_http_is_told_and_closed_in_peace(start):
    gateway = start()

    with socket.create_connection(("127.0.0.1", gateway.port), PATIENCE) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        came = b"".join(iter(lambda: client.recv(4096), b""))  # to the end, which is no reset

    assert came.startswith(b"HTTP/1.1 400 ")
    assert failures(gateway, "http") == 1


def test_the_judge_of_upgrades_is_the_same(start):
    gateway = start("--allowed-origins", "https://shop.example")

    gateway.client(origin="https://shop.example").expect(msg_type="init")
    with pytest.raises(Exception, match="403"):
        gateway.client(origin="https://evil.example")

    assert gateway.metric("livegate_upgrades_refused_total", status="403") == 1


def test_frames_right_behind_the_request_are_taken(start):
    gateway = start("--max-message", "16KB")
    ann = enter(gateway, ROOM, "u1", "Ann")
    with socket.create_connection(("127.0.0.1", gateway.port), PATIENCE) as plain:
        with gateway.tls.wrap_socket(plain, server_hostname="localhost") as bob:
            request = (f"GET /?room_id={ROOM} HTTP/1.1\r\nHost: localhost\r\n"
                       "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n").encode()
            frames, number = b"", 0
            while len(request + frames) < 16000:  # one record takes it all
                text = f'{{"msg_type":"message","content":"{number:0100}"}}'.encode()
                frames += bytes([0x81, 0x80 | 126, len(text) >> 8, len(text) & 255]) + bytes(4) + \
                    text
                number += 1

            bob.sendall(request + frames)

            for expected in range(number):
                ann.skip_to(msg_type="message", content=f"{expected:0100}")


def test_large_messages_come_whole_to_all(start):
    gateway = start("--room-log-bytes", "16MB", "--room-log", "4096")
    readers = [gateway.v1(JSON), gateway.v1(MSGPACK), gateway.v1(JSON, receive_buffer=4096)]
    for number, reader in enumerate(readers):
        reader.enter(ROOM, f"u{number}")
    dice = random.Random(1)
    texts = ["".join(dice.choices("abc é中\U0001f600", k=dice.choice((1, 1000, 3000))))
             for _ in range(400)]

    for text in texts:
        assert gateway.post(ROOM, {"msg_type": "x_page", "text": text})[0] == 200

    for reader in readers:
        for text in texts:
            assert reader.skip_to(msg_type="x_page")["text"] == text


def test_large_messages_of_clients_are_taken_whole(start):
    gateway = start()
    ann, bob = gateway.v1(), gateway.v1()
    for client, uid in ((ann, "u1"), (bob, "u2")):
        client.enter(ROOM, uid)

    for number in range(50):
        text = f"{number:04}" + os.urandom(998).hex()
        ann.command("message", room_id=ROOM, content=text)
        bob.skip_to(msg_type="message", content=text)


def test_who_never_reads_is_closed_and_the_others_miss_nothing(start):
    gateway = start("--slow-seconds", "1s")
    reader = enter(gateway, ROOM, "u1", "Ann")
    never = [gateway.client(f"/?room_id={ROOM}", receive_buffer=4096) for _ in range(10)]

    def closed():
        return gateway.metric("livegate_sessions_closed_total", code="4408") == len(never)

    for number in range(1 << 20):
        gateway.post(ROOM, {"msg_type": "x_fire", "number": number, "padding": "." * 8000})
        reader.skip_to(msg_type="x_fire", number=number)
        if number % 100 == 0 and closed():
            break

    assert gateway.metric("livegate_connections") == 1
    wait_until(lambda: gateway.metric("livegate_readers_bytes") < 4e6, "what they did not read to "
               "be let go")
    for client in never:
        client.cut()


def test_clients_are_sent_away_at_the_end(start):
    gateway = start("--drain-seconds", "1")
    clients = [enter(gateway, ROOM, f"u{n}", "Ann") for n in range(3)] + [gateway.v1()]

    gateway.stop()

    for client in clients:
        assert client.wait_closed().code == 1012


def test_a_handshake_that_does_not_go_on_is_over_in_time(start):
    gateway = start("--handshake-timeout", "500ms")
    silent, halfway = (socket.create_connection(("127.0.0.1", gateway.port), PATIENCE)
                       for _ in range(2))
    halfway.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")

    assert silent.recv(1) == halfway.recv(1) == b""

    assert failures(gateway, "late") == 2


# ---- --check-config ----


def check(*options):
    """(status, what it says) of --check-config."""
    done = subprocess.run([BINARY, "--check-config", *options], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=PATIENCE)
    return done.returncode, done.stdout + done.stderr


def test_a_certificate_that_has_expired_is_a_warning(authority):
    assert check(*options_for(*authority.certify("DNS:localhost", days=-1))) == (
        0, "livegate: warning: tls-cert: the certificate has expired\n")
    assert check(*options_for(*authority.certify("DNS:localhost", days=1000))) == (
        0, "")


def test_a_key_of_another_certificate_is_a_fault(authority):
    certificate, _ = authority.certify("DNS:localhost", name="one")
    _, key = authority.certify("DNS:localhost", name="two")

    assert check(*options_for(certificate, key)) == (
        2, "livegate: tls-key: the key is not that of the first certificate in tls-cert\n")


def test_one_without_the_other_is_a_fault(authority):
    certificate, key = authority.certify("DNS:localhost")

    assert check("--tls-cert", certificate) == (2, "livegate: tls-cert needs its tls-key\n")
    assert check("--tls-key", key) == (2, "livegate: tls-key needs its tls-cert\n")


def test_a_key_with_a_password_is_a_fault(authority, tmp_path):
    certificate, key = authority.certify("DNS:localhost")
    locked = tmp_path / "locked.key"
    subprocess.run(["openssl", "pkey", "-aes128", "-passout", "pass:secret", "-in", key, "-out",
                    locked], check=True, capture_output=True)

    status, said = check(*options_for(certificate, locked))

    assert (status, "encrypted" in said) == (2, True)


def test_the_command_healthcheck_asks_without_tls(start):
    gateway = start().wait_ready()

    done = subprocess.run([BINARY, "healthcheck", "--internal-listen",
                           f"127.0.0.1:{gateway.internal_port}"], timeout=PATIENCE)

    assert done.returncode == 0
    with pytest.raises(ssl.SSLError):
        Client(gateway.internal_port, tls=gateway.tls)
