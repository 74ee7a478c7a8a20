#include "relay/redis_url.h"

#include "tests/support/unit.h"

#include <errno.h>
#include <string.h>

static struct redis_url parsed(const char *text)
{
    struct redis_url url;

    memset(&url, 'x', sizeof url);
    if (redis_url_parse(&url, text) != 0)
        fail_msg("refused: %s", text);

    return url;
}

static void a_host_is_enough(void **state)
{
    struct redis_url url = parsed("redis://cache.example");

    (void)state;
    assert_string_equal(url.host, "cache.example");
    assert_int_equal(url.port, 6379);
    assert_int_equal(url.db, 0);
    assert_string_equal(url.user, "");
    assert_string_equal(url.password, "");
}

static void everything_can_be_given(void **state)
{
    struct redis_url url = parsed("redis://gate:s%40cr%3at@10.0.0.7:7000/3");

    (void)state;
    assert_string_equal(url.host, "10.0.0.7");
    assert_int_equal(url.port, 7000);
    assert_int_equal(url.db, 3);
    assert_string_equal(url.user, "gate");
    assert_string_equal(url.password, "s@cr:t");
}

static void a_password_needs_no_user(void **state)
{
    struct redis_url url = parsed("redis://:secret@h/");

    (void)state;
    assert_string_equal(url.user, "");
    assert_string_equal(url.password, "secret");
    assert_string_equal(url.host, "h");
}

static void a_password_may_hold_an_at_sign(void **state)
{
    struct redis_url url = parsed("redis://u:a@b:c@h:1");

    (void)state;
    assert_string_equal(url.password, "a@b:c");
    assert_string_equal(url.host, "h");
    assert_int_equal(url.port, 1);
}

static void an_ipv6_address_stands_in_brackets(void **state)
{
    struct redis_url url = parsed("redis://[fe80::1]:6380");

    (void)state;
    assert_string_equal(url.host, "fe80::1");
    assert_int_equal(url.port, 6380);
}

static void one_letter_more_is_tls(void **state)
{
    struct redis_url url = parsed("rediss://u:p@h:1/2");

    (void)state;
    assert_true(url.tls);
    assert_string_equal(url.host, "h");
    assert_int_equal(url.db, 2);
    assert_false(parsed("redis://h").tls);
}

static void anything_else_is_refused_and_changes_nothing(void **state)
{
    static const char *const bad[] = {
        "",
        "redis",
        "redis:/h",
        "redisss://h",
        "http://h",
        "sentinel://h:1/m",
        "redis://",
        "redis://:6379",
        "redis://u:p@",
        "redis://h:",
        "redis://h:0",
        "redis://h:65536",
        "redis://h:x",
        "redis://h:1x",
        "redis://h/x",
        "redis://h/-1",
        "redis://h/65536",
        "redis://h/0/1",
        "redis://h?x=1",
        "redis://h h",
        "redis://[::1",
        "redis://[::1]x",
        "redis://[]",
        "redis://a%2@h",
        "redis://a%zz@h",
        "redis://:a%00b@h",
        "redis://:%",
        "redis://:%@h",
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct redis_url url = {.host = "as it was"};

        if (redis_url_parse(&url, bad[i]) != -EINVAL || strcmp(url.host, "as it was") != 0)
            fail_msg("accepted: %s", bad[i]);
    }
}

static void what_does_not_fit_is_refused(void **state)
{
    char text[2000];
    struct redis_url url;

    (void)state;
    memset(text, 'a', sizeof text);
    memcpy(text, "redis://", 8);
    text[8 + 255] = '\0';
    assert_int_equal(redis_url_parse(&url, text), 0);

    text[8 + 255] = 'a';
    text[8 + 256] = '\0';
    assert_int_equal(redis_url_parse(&url, text), -EINVAL);

    memcpy(text, "redis://:", 9);
    text[8 + 256] = 'a';
    memcpy(text + 600, "@h", 3);
    assert_int_equal(redis_url_parse(&url, text), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_host_is_enough),
        cmocka_unit_test(everything_can_be_given),
        cmocka_unit_test(a_password_needs_no_user),
        cmocka_unit_test(a_password_may_hold_an_at_sign),
        cmocka_unit_test(an_ipv6_address_stands_in_brackets),
        cmocka_unit_test(one_letter_more_is_tls),
        cmocka_unit_test(anything_else_is_refused_and_changes_nothing),
        cmocka_unit_test(what_does_not_fit_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
