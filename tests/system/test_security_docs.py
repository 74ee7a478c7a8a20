"""What docs/security.md says, done as it stands: tokens are made, users of Redis have just their
rights."""

import os
import pathlib
import re
import subprocess

import pytest

from tokens import SECRET

PAGE = (pathlib.Path(__file__).parents[2] / "docs/security.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def made_by(command, code, folder):
    """The token that an example prints."""
    example = folder / "example"
    example.write_text(code, encoding="utf-8")
    done = subprocess.run(
        [*command, str(example)], cwd=folder, text=True, capture_output=True, timeout=60, check=False,
        env={**os.environ, "TOKEN_SECRET": SECRET, "PRIVATE_KEY": str(folder / "private.pem")})
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("command, code", [
    (["/usr/bin/python3"], blocks("python")[0]), (["node"], blocks("js")[0]),
])
def test_a_token_of_a_secret_opens_its_room(bare_site, tmp_path, command, code):
    secret = tmp_path / "secret"
    secret.write_text(SECRET + "\n")
    gateway = bare_site.start_gateway("--token-secret-file", str(secret))

    client = gateway.client(f"/?room_id=42&token={made_by(command, code, tmp_path)}")

    assert client.skip_to(msg_type="join")["from_name"] == "Ann"


def test_a_token_of_a_key_pair_makes_an_anchor(bare_site, tmp_path):
    subprocess.run(["sh", "-e", "-c", blocks("sh")[0]], cwd=tmp_path, check=True, timeout=60)
    gateway = bare_site.start_gateway("--token-key-file", str(tmp_path / "public.pem"))

    client = gateway.v1()
    client.enter("42", token=made_by(["node"], blocks("js")[1], tmp_path))

    assert client.ask("on_off_shelf", goods_id="g", status="on")["msg_type"] == "ack"


# ---- users of Redis ----


@pytest.fixture
def with_users(bare_site):
    """A Redis with the users of the page, nobody else, and a gateway that is one of them."""
    lines = [line.replace("PASSWORD", "pw") for line in blocks("acl")]
    file = bare_site.folder / "users.acl"
    file.write_text("user default on nopass ~* &* +@all\n" + "".join(lines))
    redis = bare_site.start_redis("--aclfile", str(file))
    url = f"redis://gateway:GATEWAY_pw@127.0.0.1:{redis.port}"
    bare_site.start_gateway("--redis", url).wait_ready()
    return bare_site


def call_as(redis, user, *words):
    return redis.cli("--user", user, "--pass", f"{user.upper()}_pw", "--no-auth-warning", *words,
                     check=False)


MESSAGES = [
    '{"msg_type":"message","content":"hello","id":"m-1"}',
    '{"msg_type":"like"}',
    '{"msg_type":"subscribe","from_uid":"7"}',
    '{"msg_type":"buy","from_name":"Ann"}',
    '{"msg_type":"on_off_shelf","goods_id":"g","status":"on","version":1}',
    '{"msg_type":"on_off_shelf","goods_id":"g","status":"off","version":2}',
    '{"msg_type":"x_gift"}',
]


def test_the_gateway_can_do_its_work_with_just_its_rights(with_users):
    gateway = with_users.here
    viewer, other = gateway.client(), gateway.v1()
    viewer.join("8", uid="7", name="Ann")
    other.enter("8", uid="9")

    for message in MESSAGES:
        status, body = gateway.post("8", message)
        assert status == 200, body
    assert gateway.http("DELETE", "/v1/rooms/8/messages/m-1") == (200, {"changed": True})
    viewer.skip_to(msg_type="x_gift")
    other.skip_to(msg_type="recall", id="m-1")
    for path in ("rooms/8/mutes/9", "rooms/8/bans/9?seconds=60", "bans/nobody"):
        assert gateway.http("PUT", f"/v1/{path}")[0] == 200
    assert other.wait_closed().code == 4430
    assert gateway.http("DELETE", "/v1/rooms/8/bans/9")[1] == {"changed": True}
    assert gateway.http("PUT", "/v1/rooms/8/settings", {"muted": True})[0] == 200
    assert gateway.http("GET", "/v1/rooms/8/moderation")[1]["mutes"] == [{"uid": "9"}]
    viewer.close()

    assert with_users.redis.cli("ACL", "LOG") == ""


def test_a_backend_can_publish_and_nothing_else(with_users):
    redis = with_users.redis
    viewer = with_users.here.client("/?room_id=8")
    viewer.skip_to(msg_type="join")

    for message in MESSAGES:
        answer = call_as(redis, "backend", "FCALL", "livegate_publish", "1", "live:{8}", message)
        assert "NOPERM" not in answer and "ACL" not in answer, answer
    viewer.skip_to(msg_type="x_gift")
    assert call_as(redis, "backend", "FCALL", "livegate_moderate", "1", "live:{8}", "recall", "m-1") == "1"
    for words in (["ban", "9", "60"], ["unban", "9"], ["mute", "9"], ["kick", "9"],
                  ["settings", "1", "5"]):
        for key in ["live:{8}", "live:{!all}"][:2 if words[0] != "settings" else 1]:
            answer = call_as(redis, "backend", "FCALL", "livegate_moderate", "1", key, *words)
            assert answer.endswith("1"), answer

    assert redis.cli("ACL", "LOG") == ""
    for words in (["KEYS", "*"], ["DEL", "live:{8}:log"], ["SET", "other", "x"], ["FLUSHALL"],
                  ["SUBSCRIBE", "live:{8}"], ["CONFIG", "GET", "*"], ["GET", "live:workers"],
                  ["FUNCTION", "FLUSH"], ["PUBLISH", "other", "x"]):
        assert "NOPERM" in call_as(redis, "backend", *words), words


def test_who_only_publishes_plainly_cannot_touch_a_room(with_users):
    redis = with_users.redis
    viewer = with_users.here.client("/?room_id=8")
    viewer.skip_to(msg_type="join")

    call_as(redis, "ticker", "PUBLISH", "live:{8}", '{"msg_type":"message","content":"hello"}')

    viewer.skip_to(msg_type="message", content="hello")
    for words in (["FCALL", "livegate_publish", "1", "live:{8}", MESSAGES[0]], ["GET", "live:{8}"]):
        assert "NOPERM" in call_as(redis, "ticker", *words), words
