"""Who gets in, and what he may do there, where the operator has set a key for tokens."""

import json
import signal
import subprocess

import pytest
from websockets.exceptions import InvalidStatus

from tokens import SECRET, encode, token
from waiting import wait_until


@pytest.fixture
def guarded(bare_site):
    bare_site.start_gateway("--token-secret", SECRET, "--handshake-timeout", "1",
                            "--allowed-origins", "https://shop.example")
    return bare_site


def opens(gateway, good):
    try:
        gateway.client(f"/?token={good}").close()
    except InvalidStatus:
        return False
    return True


def refused(gateway, path="/", **options):
    with pytest.raises(InvalidStatus) as refusal:
        gateway.client(path, **options)
    return refusal.value.response


def test_a_token_is_shown_in_the_url_in_a_header_or_in_a_cookie(guarded):
    good = token(sub="7", name="Ann")
    ways = [
        {"path": f"/?room_id=8&token={good}"},
        {"path": f"/?room_id=8&access_token={good}"},
        {"path": "/?room_id=8", "headers": [("Authorization", f"Bearer {good}")]},
        {"path": "/?room_id=8", "headers": [("Cookie", f"livegate_token={good}")]},
    ]

    for way in ways:
        client = guarded.here.client(**way)
        assert client.skip_to(msg_type="join")["from_name"] == "Ann"
        client.close()


def test_a_bad_token_is_a_401_that_says_so(guarded):
    response = refused(guarded.here, "/?token=")

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert json.loads(response.body)["code"] == "unauthorized"
    for bad in (token(seconds=-60), token(secret=SECRET[::-1]), token(header={"alg": "none"}),
                token() + "x", "x" * 3000):
        assert refused(guarded.here, f"/?token={bad}").status_code == 401
    assert guarded.here.metric("livegate_tokens_refused_total", reason="expired") == 1


def test_without_a_token_a_client_waits_for_the_handshake_timeout_and_no_longer(guarded):
    client = guarded.here.client("/?room_id=8")
    client.expect(msg_type="init")
    client.send({"msg_type": "ping"})
    client.expect(msg_type="pong")

    assert client.wait_closed().code == 4401


def test_a_join_brings_the_token_and_nobody_sees_it(guarded):
    ann = guarded.here.client()
    ann.join("8", token=token(sub="7", name="Ann"))
    bob = guarded.here.v1()
    bob.enter("8", token=token(sub="9", name="Bob"))
    ann.skip_to(msg_type="join", from_name="Bob")

    bob.send({"msg_type": "message", "content": "hello", "from_uid": "7", "token": "secret"})

    seen = ann.skip_to(msg_type="message")
    assert (seen["from_uid"], seen["from_name"]) == ("9", "Bob")
    assert "token" not in seen


def test_a_session_ends_with_its_token_unless_it_brings_a_fresh_one(guarded):
    gone = guarded.here.client(f"/?room_id=8&token={token(seconds=-24)}")  # within the leeway
    client = guarded.here.v1()
    client.enter("8", token=token(sub="7", seconds=-24))
    client.skip_to(msg_type="error", code="unauthorized")
    assert client.ask("ping", token=token(sub="7"))["msg_type"] == "ack"

    assert gone.wait_closed().code == 4401
    assert client.ask("like", room_id="8")["msg_type"] == "ack"


def test_roles_are_those_of_the_token(guarded):
    shelf = {"room_id": "8", "goods_id": "g", "status": "on", "is_anchor": True}
    viewer, anchor = guarded.here.v1(), guarded.here.v1()
    viewer.enter("8", token=token(sub="7", rooms=["8"]))
    anchor.enter("8", token=token(sub="9", rooms=["8"], role="anchor"))

    assert viewer.ask("on_off_shelf", **shelf)["code"] == "not_allowed"
    assert anchor.ask("on_off_shelf", **shelf)["msg_type"] == "ack"
    assert anchor.ask("buy", room_id="8")["code"] == "not_allowed"
    assert anchor.ask("join", room_id="9")["code"] == "not_allowed"


def test_no_token_and_no_secret_is_in_the_log(bare_site):
    gateway = bare_site.start_gateway("--token-secret", SECRET, "--log-level", "debug")
    good, bad = token(sub="7"), token(secret=SECRET[::-1])
    gateway.client(f"/?room_id=8&token={good}").close()
    refused(gateway, f"/?token={bad}")

    wait_until(lambda: "need a token" in gateway.process.text(), "the start to be told")
    log = gateway.process.text()
    for secret in (SECRET, good, bad, good.rsplit(".", 1)[1], bad.rsplit(".", 1)[1]):
        assert secret not in log


def test_keys_are_read_again_on_sighup_and_bad_ones_change_nothing(bare_site):
    keys, secrets = bare_site.folder / "keys.json", {"a": SECRET, "b": SECRET[::-1]}

    def write(*names):
        keys.write_text(json.dumps({"keys": [
            {"kty": "oct", "kid": name, "k": encode(secrets[name].encode())} for name in names]}))

    def reread(message):
        before = gateway.process.text().count(message)
        gateway.process.send_signal(signal.SIGHUP)
        wait_until(lambda: gateway.process.text().count(message) > before, message)

    def token_of(name):
        return token(secret=secrets[name], header={"alg": "HS256", "kid": name})

    write("a")
    gateway = bare_site.start_gateway("--token-jwks", str(keys))
    gateway.expected_errors = True
    ann = gateway.client(f"/?room_id=8&token={token_of('a')}")
    assert refused(gateway, f"/?token={token_of('b')}").status_code == 401

    write("b")
    reread("settings were read again")
    wait_until(lambda: opens(gateway, token_of("b")), "the new key to count")
    assert refused(gateway, f"/?token={token_of('a')}").status_code == 401
    ann.send({"msg_type": "message", "content": "still here"})
    ann.skip_to(msg_type="message", content="still here")

    keys.write_text("{}")
    reread("the settings are wrong")
    assert opens(gateway, token_of("b"))


def test_open_access_and_keys_contradict_each_other(bare_site):
    from gateway import BINARY

    done = subprocess.run([BINARY, "--open-access", "--token-secret", SECRET], text=True,
                          capture_output=True, timeout=20, check=False)

    assert done.returncode == 2
    assert "open-access" in done.stderr


@pytest.mark.parametrize("key, header, status", [
    (None, None, 403), ("right", None, 401), ("right", "Bearer wrong", 401),
    ("right", "Basic right", 401), ("right", "Bearer right", 200),
])
def test_a_missing_key_is_told_from_a_closed_door(bare_site, key, header, status):
    gateway = bare_site.start_gateway("--internal-listen", "0.0.0.0:0",
                                      *(["--internal-key", key] if key else []))

    answered, body = gateway.http("GET", "/v1/rooms",
                                  headers={"Authorization": header} if header else {})

    assert answered == status, body
    if status != 200:
        assert body["code"] == {401: "unauthorized", 403: "not_allowed"}[status]
    assert gateway.http("GET", "/livez")[0] == 200


def test_anonymous_viewers_watch_if_the_operator_lets_them(bare_site):
    gateway = bare_site.start_gateway("--token-secret", SECRET, "--anonymous", "viewer")
    viewer, ann = gateway.v1(), gateway.v1()
    viewer.enter("8", uid="7")
    ann.enter("8", token=token(sub="7"))

    assert viewer.ask("message", room_id="8", content="x")["code"] == "not_allowed"
    assert ann.ask("message", room_id="8", content="hello")["msg_type"] == "ack"
    viewer.skip_to(msg_type="message", content="hello")
    wait_until(lambda: gateway.room("8")["online_num"] == 2, "both to count: only one is uid 7")


def test_a_viewer_with_a_token_follows_once(bare_site):
    bare_site.start_redis()
    gateways = [bare_site.start_gateway("--token-secret", SECRET).wait_ready() for _ in range(2)]
    clients = [gateway.v1() for gateway in gateways]
    for client in clients:
        client.enter("8", token=token(sub="7"))

    answers = [client.ask("subscribe", room_id="8") for client in clients + clients]

    assert {(answer["term"], answer["seq"]) for answer in answers} == {
        (answers[0]["term"], answers[0]["seq"])}
    assert gateways[0].room("8")["subscribe_num"] == 1
