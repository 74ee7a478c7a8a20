"""The internal API of a real gateway, while its Redis comes and goes."""
import time
import urllib.error
import urllib.request

import pytest

from redis_server import RedisServer, free_port
from waiting import wait_until

MESSAGE = {"msg_type": "message", "room_id": "7", "content": "hi"}


@pytest.fixture
def shop(bare_site):
    bare_site.start_redis()
    bare_site.start_gateway().wait_ready()
    return bare_site


def headers_of_error(gateway, path, body):
    request = urllib.request.Request(f"http://127.0.0.1:{gateway.internal_port}{path}", body,
                                     {"Content-Type": "application/json"})
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=20)
    return caught.value.headers


def test_while_redis_is_away_publishing_is_refused_at_once_and_heals(shop):
    gateway = shop.here
    shop.redis.kill()
    wait_until(lambda: not gateway.ready(), "the gateway to notice")

    began = time.monotonic()
    status, body = gateway.post("7", MESSAGE)
    assert (status, body["code"]) == (503, "unavailable")
    assert gateway.http("GET", "/v1/rooms/7")[0] == 503
    assert time.monotonic() - began < 1
    headers = headers_of_error(gateway, "/v1/rooms/7/messages", b"{\"msg_type\":\"like\"}")
    assert headers["Retry-After"] == "1"
    status, body = gateway.http("GET", "/readyz")
    assert (status, body["ready"]) == (503, False)
    assert body["reasons"]
    assert gateway.http("GET", "/livez")[0] == 200

    shop.redis.start()
    gateway.wait_ready()
    assert gateway.post("7", MESSAGE)[0] == 200


def test_what_is_malformed_is_told_even_while_redis_is_away(shop):
    shop.redis.kill()
    wait_until(lambda: not shop.here.ready(), "the gateway to notice")

    status, body = shop.here.post("7", {**MESSAGE, "content": 5})

    assert (status, body["code"]) == (400, "malformed")
    assert "content" in body["message"]


def test_a_redis_that_hangs_is_no_reason_to_hang(shop):
    shop.redis.hang()

    began = time.monotonic()
    status, body = shop.here.post("7", MESSAGE)

    assert status == 503
    assert body["code"] in ("timeout", "unavailable")
    assert time.monotonic() - began < 8
    shop.redis.go_on()
    shop.here.wait_ready()
    assert shop.here.post("7", MESSAGE)[0] == 200


def test_a_gateway_without_its_redis_starts_says_why_and_heals(bare_site):
    port = free_port()
    gateway = bare_site.start_gateway("--redis", f"redis://127.0.0.1:{port}")

    status, body = gateway.http("GET", "/readyz")
    assert status == 503
    assert body["reasons"]

    bare_site.redis = RedisServer(bare_site.folder, port=port)
    gateway.wait_ready()


def test_the_key_may_come_from_a_file_and_opens_all(bare_site):
    file = bare_site.folder / "key"
    file.write_text("s3cret-key\n")
    gateway = bare_site.start_gateway("--internal-key-file", str(file))

    assert gateway.http("GET", "/readyz")[0] == 200
    assert gateway.post("7", MESSAGE)[0] == 401
    assert gateway.http("GET", "/v1/rooms", headers={"Authorization": "Bearer wrong"})[0] == 401
    assert gateway.http("GET", "/v1/rooms", headers={"Authorization": "Bearer s3cret-key"})[0] == 200
    assert "s3cret" not in gateway.process.text()


def test_what_comes_by_http_is_counted_and_the_rooms_are_listed(shop):
    viewer = shop.here.client("/?room_id=7")
    viewer.skip_to(msg_type="join")

    shop.publish("7", MESSAGE)

    assert viewer.skip_to(msg_type="message")["content"] == "hi"
    assert shop.here.metric("livegate_messages_in_total", kind="message") == 1
    assert shop.here.http("GET", "/v1/rooms") == (
        200, {"count": 1, "rooms": [{"room_id": "7", "viewers": 1}]})
    assert shop.here.room("7")["online_num"] == 1
