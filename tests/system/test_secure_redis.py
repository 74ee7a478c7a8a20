"""Redis behind TLS, with a certificate that is good or not."""

import pytest

from certificates import Authority
from flaky_proxy import FlakyProxy
from redis_server import RedisServer, free_port
from viewer import enter
from waiting import wait_until

UNKNOWN = "its certificate is of an unknown authority (redis-ca-file)"


class SecureRedis(RedisServer):
    """Speaks TLS on `secure_port`, and without on `port`, for the test."""

    def __init__(self, folder, certificate, *options):
        self.secure_port = free_port()
        file, key = certificate
        super().__init__(folder, "--tls-port", str(self.secure_port), "--tls-cert-file", str(file),
                         "--tls-key-file", str(key), "--tls-ca-cert-file", str(file),
                         "--tls-auth-clients", "no", *options)

    def secure_url(self, host="127.0.0.1", user=""):
        return f"rediss://{user}{host}:{self.secure_port}"


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


def start(site, certificate, *options):
    site.redis = SecureRedis(site.folder, certificate, *options)
    return site.redis


def start_gateway(site, url, authority):
    return site.start_gateway("--redis", url, "--redis-ca-file", str(authority.file))


def wait_reason(gateway, reason):
    wait_until(lambda: reason in str(gateway.http("GET", "/readyz")[1]["reasons"]), reason)


def test_messages_pass_through_tls(bare_site, authority):
    redis = start(bare_site, authority.certify("IP:127.0.0.1", "DNS:localhost"))
    here = start_gateway(bare_site, redis.secure_url(), authority).wait_ready()
    there = start_gateway(bare_site, redis.secure_url("localhost"), authority).wait_ready()
    viewer = enter(there, "r1", "u1", "Ann")

    assert here.post("r1", {"msg_type": "buy"})[0] == 200
    viewer.expect(msg_type="buy")

    redis.kill()
    wait_until(lambda: not here.ready(), "the gateway to notice")
    redis.start()
    here.wait_ready()
    there.wait_ready()
    assert here.post("r1", {"msg_type": "buy"})[0] == 200
    viewer.expect(msg_type="buy")


def test_a_firehose_passes_through_tls(bare_site, authority):
    redis = start(bare_site, authority.certify("IP:127.0.0.1"))
    gateway = start_gateway(bare_site, redis.secure_url(), authority).wait_ready()
    viewer = enter(gateway, "r1", "u1", "Ann")
    other = enter(gateway, "r2", "u2", "Bob")  # does not read

    for _ in range(10):
        redis.cli("EVAL", """
            for i = 1, 100 do
                redis.call('PUBLISH', 'live:{r2}', '{"msg_type":"x_big","data":"' ..
                           string.rep('x', 12000) .. '"}')
            end""", "0")
    redis.publish("r1", {"msg_type": "buy"})

    viewer.expect(msg_type="buy")
    assert gateway.metric("livegate_messages_out_total", kind="custom") == 1000
    other.close()


def test_the_password_goes_through_tls(bare_site, authority):
    redis = start(bare_site, authority.certify("IP:127.0.0.1"))
    redis.cli("ACL", "SETUSER", "gate", "on", ">s3cret", "~*", "&*", "+@all")

    start_gateway(bare_site, redis.secure_url(user="gate:s3cret@"), authority).wait_ready()
    wrong = start_gateway(bare_site, redis.secure_url(user="gate:wrong@"), authority)

    wait_reason(wrong, "wrong user or password (WRONGPASS)")


def test_a_certificate_of_another_authority_is_refused(bare_site, tmp_path, authority):
    other = Authority(tmp_path, "other")
    redis = start(bare_site, other.certify("IP:127.0.0.1"))

    wait_reason(start_gateway(bare_site, redis.secure_url(), authority), UNKNOWN)
    wait_reason(bare_site.start_gateway("--redis", redis.secure_url()), UNKNOWN)


@pytest.mark.parametrize("host, names, reason", [
    ("localhost", "DNS:redis.example", "its certificate is for another name"),
    ("127.0.0.1", "DNS:localhost", "its certificate is for another address"),
    ("127.0.0.1", "IP:127.0.0.2", "its certificate is for another address"),
])
def test_a_certificate_for_another_name_is_refused(bare_site, authority, host, names, reason):
    redis = start(bare_site, authority.certify(names))

    wait_reason(start_gateway(bare_site, redis.secure_url(host), authority), reason)


def test_an_expired_certificate_is_refused(bare_site, authority):
    redis = start(bare_site, authority.certify("IP:127.0.0.1", days=-1))

    wait_reason(start_gateway(bare_site, redis.secure_url(), authority),
                "its certificate has expired")


def test_a_redis_without_tls_is_told(bare_site, authority):
    redis = bare_site.start_redis()
    proxy = FlakyProxy(redis.port)  # its url has the right port
    try:
        gateway = start_gateway(bare_site, proxy.url.replace("redis:", "rediss:"), authority)

        wait_until(lambda: gateway.http("GET", "/readyz")[1]["reasons"], "a reason")
        wait_until(lambda: proxy.connections > 1, "another attempt")
        assert not gateway.ready()
    finally:
        proxy.stop()


def test_nobody_at_the_port_is_told(bare_site, authority):
    gateway = start_gateway(bare_site, f"rediss://127.0.0.1:{free_port()}", authority)

    wait_reason(gateway, "redis: connection refused")


def test_a_redis_that_wants_to_know_us_is_told(bare_site, authority):
    redis = start(bare_site, authority.certify("IP:127.0.0.1"), "--tls-auth-clients", "yes")

    wait_reason(start_gateway(bare_site, redis.secure_url(), authority),
                "redis: wants a client certificate")
