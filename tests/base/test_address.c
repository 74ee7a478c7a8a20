#include "base/address.h"

#include "tests/support/unit.h"

#include <errno.h>
#include <string.h>

static void assert_address(const char *text, const char *host, unsigned port)
{
    struct address address;
    struct buffer out;

    assert_int_equal(address_parse(span_of(text), &address), 0);
    assert_string_equal(address.host, host);
    assert_int_equal(address.port, port);

    buffer_init(&out, 300);
    assert_int_equal(address_write(&address, &out), 0);
    assert_true(span_is(buffer_span(&out), text));
    buffer_dispose(&out);
}

static void a_host_and_a_port_are_taken_apart_and_put_together(void **state)
{
    assert_address("127.0.0.1:8080", "127.0.0.1", 8080);
    assert_address("redis-0.redis.example:6379", "redis-0.redis.example", 6379);
    assert_address("[::1]:0", "::1", 0);
    assert_address("[2001:db8::7]:65535", "2001:db8::7", 65535);
    assert_address(":8080", "", 8080);
    (void)state;
}

static void what_is_no_address_is_refused(void **state)
{
    static const char *const bad[] = {"",        "8080",    "localhost",      "a:",
                                      "a:b",     "a:65536", "a:-1",           "::1:80",
                                      "[::1]",   "[::1]80", "[localhost]:80", "[]:80",
                                      "[::1:80", "a b:80",  "a:80 ",          "http://a:80",
                                      "a/b:80",  "a\n:80"};
    struct address address = {.port = 7};
    char long_host[400];

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(address_parse(span_of(bad[i]), &address), -EINVAL);

    memset(long_host, 'a', sizeof long_host);
    memcpy(long_host + 254, ":80", 4);
    assert_int_equal(address_parse(span_of(long_host), &address), -EINVAL);
    assert_int_equal(address_parse(span_of(long_host + 1), &address), 0);
    assert_int_equal(address_parse(span_make("a\0b:80", 6), &address), -EINVAL);
    assert_int_equal(address_parse(SPAN_NONE, &address), -EINVAL);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_host_and_a_port_are_taken_apart_and_put_together),
        cmocka_unit_test(what_is_no_address_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
