/* How urls name sentinels; that they are asked and followed is for tests/system. */
#include "relay/redis_route.h"

#include "base/metrics.h"
#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <string.h>

static const struct redis_route_events no_events = {.on_moved = NULL};

static struct redis_route *make(struct event_base *loop, struct metrics *metrics, const char *url)
{
    return redis_route_new(
        &(struct redis_route_settings){.loop = loop, .metrics = metrics, .url = url}, &no_events,
        NULL);
}

static void without_sentinels_the_way_is_known(void **state)
{
    struct redis_route *route = make(NULL, NULL, "rediss://u:p@h:7/1");

    (void)state;
    assert_non_null(route);
    assert_string_equal(redis_route_url(route)->host, "h");
    assert_int_equal(redis_route_url(route)->port, 7);
    assert_true(redis_route_url(route)->tls);
    redis_route_start(route);
    redis_route_free(route);
}

static void with_sentinels_it_is_not_but_user_password_and_database_are(void **state)
{
    struct event_base *loop = event_base_new();
    struct metrics *metrics = metrics_new();
    struct redis_route *route = make(loop, metrics, "sentinel://u:p@a,[::1]:7,c:8/live/3");

    (void)state;
    assert_non_null(route);
    assert_string_equal(redis_route_url(route)->host, "");
    assert_string_equal(redis_route_url(route)->user, "u");
    assert_string_equal(redis_route_url(route)->password, "p");
    assert_int_equal(redis_route_url(route)->db, 3);

    redis_route_free(route);
    redis_route_free(NULL);
    metrics_free(metrics);
    event_base_free(loop);
}

static void with_tls_it_is_for_redis_and_sentinels_alike(void **state)
{
    struct event_base *loop = event_base_new();
    struct metrics *metrics = metrics_new();
    struct redis_route *route = make(loop, metrics, "sentinels://a,b/live");

    (void)state;
    assert_non_null(route);
    assert_true(redis_route_url(route)->tls);
    assert_true(redis_route_needs_tls("sentinels://a,b/live"));
    assert_true(redis_route_needs_tls("rediss://h"));
    assert_false(redis_route_needs_tls("sentinel://a,b/live"));
    assert_false(redis_route_needs_tls("redis://rediss://@h"));

    redis_route_free(route);
    metrics_free(metrics);
    event_base_free(loop);
}

static void what_sentinels_want_is_a_password_perhaps_with_a_user(void **state)
{
    char text[700];

    (void)state;
    assert_int_equal(redis_route_check_auth("secret"), 0);
    assert_int_equal(redis_route_check_auth("user:se:cret"), 0);
    assert_int_equal(redis_route_check_auth(":se:cret"), 0);
    assert_int_equal(redis_route_check_auth(""), -EINVAL);
    assert_int_equal(redis_route_check_auth("user:"), -EINVAL);

    memset(text, 'a', sizeof text);
    text[512] = '\0';
    assert_int_equal(redis_route_check_auth(text), -EINVAL);
    text[128] = ':';
    assert_int_equal(redis_route_check_auth(text), -EINVAL);
}

static void bad_urls_are_refused(void **state)
{
    static const char *const bad[] = {
        "sentinel://",        "sentinel://h",
        "sentinel://h/",      "sentinel:///m",
        "sentinel://h:x/m",   "sentinel://h,,i/m",
        "sentinel://h/m m",   "sentinel://h/m/x",
        "sentinel://h/m/1/2", "sentinel://h/m/65536",
        "sentinel://,h/m",    "sentinel://u:%0@h/m",
        "http://h/m",         "",
        "sentinel://h:0/m",   "sentinels://h",
        "sentinels:///m",
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (redis_route_check(bad[i]) != -EINVAL)
            fail_msg("accepted: %s", bad[i]);
    }
}

static void there_may_be_sixteen_sentinels_and_no_more(void **state)
{
    char url[512] = "sentinel://h";

    (void)state;
    for (int i = 1; i < REDIS_ROUTE_MAX_SENTINELS; i++)
        (void)strcat(url, ",h");
    (void)strcat(url, "/m");
    assert_int_equal(redis_route_check(url), 0);

    (void)strcpy(url + strlen(url) - 2, ",h/m");
    assert_int_equal(redis_route_check(url), -EINVAL);
}

static void what_is_too_long_is_refused(void **state)
{
    char url[2048];

    (void)state;
    memset(url, 'a', sizeof url);
    memcpy(url, "sentinel://", 11);
    (void)strcpy(url + 1500, "/m");

    assert_int_equal(redis_route_check(url), -EINVAL);
}

static void without_memory_there_is_none(void **state)
{
    struct event_base *loop = event_base_new();
    struct metrics *metrics = metrics_new();
    struct redis_route *route = NULL;

    (void)state;
    for (int i = 0; !route && i < 100; i++) {
        fail_malloc_after(i);
        route = make(loop, metrics, "sentinel://a,b/m");
        fail_malloc_never();
    }
    assert_non_null(route);

    redis_route_free(route);
    metrics_free(metrics);
    event_base_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_sentinels_the_way_is_known),
        cmocka_unit_test(with_sentinels_it_is_not_but_user_password_and_database_are),
        cmocka_unit_test(with_tls_it_is_for_redis_and_sentinels_alike),
        cmocka_unit_test(what_sentinels_want_is_a_password_perhaps_with_a_user),
        cmocka_unit_test(bad_urls_are_refused),
        cmocka_unit_test(there_may_be_sixteen_sentinels_and_no_more),
        cmocka_unit_test(what_is_too_long_is_refused),
        cmocka_unit_test(without_memory_there_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
