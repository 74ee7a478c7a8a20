#include "gateway/options.h"

#include "tests/gateway/reading.h"
#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

#include <string.h>

/* ---- values ---- */

static void defaults_are_those_of_the_documentation(void **state)
{
    struct reading f;

    (void)state;

    assert_int_equal(reading_all(&f, NULL, NULL), OPTIONS_RUN);

    assert_string_equal(f.options.listen, "127.0.0.1:8080");
    assert_string_equal(f.options.internal_listen, "127.0.0.1:8081");
    assert_null(f.options.redis);
    assert_string_equal(f.options.redis_prefix, "live");
    assert_string_equal(f.options.region, "local");
    assert_int_equal(f.options.workers, 1);
    assert_int_equal(f.options.history, 1000);
    assert_int_equal(f.options.room_log, 256);
    assert_int_equal(f.options.room_log_bytes, 262144);
    assert_int_equal(f.options.room_ttl_ms, 7 * 86400000);
    assert_int_equal(f.options.leave_grace_ms, 10000);
    assert_int_equal(f.options.ping_interval_ms, 25000);
    assert_int_equal(f.options.max_message, 16384);
    assert_int_equal(f.options.max_fragments, 128);
    assert_int_equal(f.options.max_sessions, 100000);
    assert_int_equal(f.options.admit.max_rooms, 100);
    assert_int_equal(f.options.upgrades.max_bytes, 4096);
    assert_int_equal(f.options.handshake_timeout_ms, 5000);
    assert_int_equal(f.options.tick_ms, 200);
    assert_int_equal(f.options.big_room, 100);
    assert_int_equal(f.options.drain_delay_ms, 5000);
    assert_int_equal(f.options.drain_ms, 20000);
    assert_string_equal(f.options.default_room, "lobby");
    assert_null(f.options.internal_key);
    assert_null(f.options.upgrades.origins);
    assert_int_equal(f.options.log_level, LEVEL_INFO);
    assert_int_equal(f.options.log_format, LOG_FORMAT_TEXT);
    assert_string_equal(f.err, "");

    reading_drop(&f);
}

static void every_default_text_is_the_table_of_banners(void **state)
{
    struct reading f;

    (void)state;

    assert_int_equal(reading_all(&f, NULL, NULL), OPTIONS_RUN);
    for (int i = 0; i < BANNER_COUNT; i++)
        assert_string_equal(f.options.banners.texts[i], banners_default.texts[i]);

    reading_drop(&f);
}

static void flags_and_variables_are_read(void **state)
{
    static const char *const arguments[] = {"--redis", "redis://u:p@redis:6379/1",
                                            "--banner-buy={name} got {goods}", NULL};
    struct reading f;

    (void)state;

    assert_int_equal(reading_all(&f, arguments, "LIVEGATE_LOG_LEVEL=debug"), OPTIONS_RUN);

    assert_string_equal(f.options.redis, "redis://u:p@redis:6379/1");
    assert_string_equal(f.options.banners.texts[BANNER_BUY], "{name} got {goods}");
    assert_int_equal(f.options.log_level, LEVEL_DEBUG);

    reading_drop(&f);
}

static void configured_subprotocols_join_the_known_ones(void **state)
{
    struct reading f;

    (void)state;

    assert_int_equal(READ(&f, "--subprotocols", "ours, theirs.v2"), OPTIONS_RUN);

    assert_string_equal(f.options.upgrades.protocols[0], "protocol1");
    assert_string_equal(f.options.upgrades.protocols[1], "chat");
    assert_string_equal(f.options.upgrades.protocols[2], "livegate.v1.json");
    assert_string_equal(f.options.upgrades.protocols[3], "livegate.v1.msgpack");
    assert_string_equal(f.options.upgrades.protocols[4], "ours");
    assert_string_equal(f.options.upgrades.protocols[5], "theirs.v2");
    assert_null(f.options.upgrades.protocols[6]);

    reading_drop(&f);
}

static void path_rules_name_patterns_and_dialects(void **state)
{
    struct reading f;

    (void)state;

    assert_int_equal(
        READ(&f, "--path-dialects", "/a=b/*=plain, /x=live", "--default-dialect", "plain"),
        OPTIONS_RUN);

    assert_int_equal(f.options.dialects.n_rules, 2);
    assert_true(span_is(f.options.dialects.rules[0].pattern, "/a=b/*"));
    assert_ptr_equal(f.options.dialects.rules[0].dialect, &dialect_plain);
    assert_true(span_is(f.options.dialects.rules[1].pattern, "/x"));
    assert_ptr_equal(f.options.dialects.rules[1].dialect, &dialect_live);
    assert_ptr_equal(f.options.dialects.fallback, &dialect_plain);

    reading_drop(&f);
}

static void origins_are_any_or_those_listed(void **state)
{
    struct reading f;

    (void)state;

    assert_int_equal(READ(&f, "--allowed-origins", "https://a.example,http://b.example:81,null"),
                     OPTIONS_RUN);

    assert_string_equal(f.options.upgrades.origins[0], "https://a.example");
    assert_string_equal(f.options.upgrades.origins[2], "null");
    assert_null(f.options.upgrades.origins[3]);

    reading_drop(&f);
}

static void proxies_are_ranges_of_addresses(void **state)
{
    struct ip proxy, other;
    struct reading f;

    (void)state;
    assert_int_equal(ip_parse(&proxy, span_of("10.1.2.3")), 0);
    assert_int_equal(ip_parse(&other, span_of("11.1.2.3")), 0);

    assert_int_equal(READ(&f, "--trusted-proxies", "192.0.2.1, 10.0.0.0/8"), OPTIONS_RUN);
    assert_true(ip_ranges_hold(f.options.upgrades.trusted, &proxy));
    assert_false(ip_ranges_hold(f.options.upgrades.trusted, &other));
    reading_drop(&f);

    assert_int_equal(reading_all(&f, NULL, NULL), OPTIONS_RUN);
    assert_null(f.options.upgrades.trusted);
    reading_drop(&f);
}

static void accepts_are_shared_by_the_workers_that_run(void **state)
{
    struct reading f;

    (void)state;

    assert_int_equal(READ(&f, "--accepts-per-second=100", "--workers=4", "--redis=redis://h:1"),
                     OPTIONS_RUN);

    assert_int_equal(options_listener_limits(&f.options, 0, 2).accepts_per_second, 50);
    assert_int_equal(options_listener_limits(&f.options, 0, 3).accepts_per_second, 34);
    assert_int_equal(options_listener_limits(&f.options, 1, 3).accepts_per_second, 33);
    assert_int_equal(options_listener_limits(&f.options, 2, 3).accepts_per_second, 33);
    assert_int_equal(options_listener_limits(&f.options, 150, 200).accepts_per_second, 1);

    reading_drop(&f);
}

static void viewers_may_send_on_loopback_or_where_it_is_meant(void **state)
{
    struct reading f;

    (void)state;

    assert_int_equal(READ(&f, "--listen", "[::1]:8080"), OPTIONS_RUN);
    assert_true(f.options.admit.open);
    reading_drop(&f);

    assert_int_equal(READ(&f, "--listen", ":8080"), OPTIONS_RUN);
    assert_false(f.options.admit.open);
    reading_drop(&f);

    assert_int_equal(READ(&f, "--listen", "0.0.0.0:8080", "--open-access"), OPTIONS_RUN);
    assert_true(f.options.admit.open);
    reading_drop(&f);
}

/* ---- mistakes ---- */

static void a_mistake_is_one_line_that_names_the_setting(void **state)
{
    static const char *const bad[][2] = {
        {"--no-such-thing", NULL},
        {"--listen", "nowhere"},
        {"--internal-listen", "localhost"},
        {"--redis", "http://127.0.0.1"},
        {"--redis-prefix", "a b"},
        {"--redis-ca-file", "/nowhere/authority.pem"},
        {"--region", "a/b"},
        {"--workers", "2"}, /* without redis */
        {"--history", "0"},
        {"--max-message", "1MB"},
        {"--ping-interval", "soon"},
        {"--log-level", "loud"},
        {"--default-dialect", "v9"},
        {"--default-room", "!x"},
        {"--memory-limit", "1000"},
        {"--subprotocols", "a b"},
        {"--path-dialects", "/x"},
        {"--path-dialects", "/x=klingon"},
        {"--allowed-origins", "shop.example"},
        {"--allowed-origins", "https://shop.example/page"},
        {"--allowed-origins", "https://"},
        {"--trusted-proxies", "10.0.0.0/8,proxy.example"},
        {"--trusted-proxies", "10.0.0.0/33"},
        {"--single-session", NULL}, /* without keys */
        {"--max-header-bytes", "17KB"},
        {"--internal-key", "with space"},
        {"--internal-key", "schl\xc3\xbcssel"},
        {"--banner-join", "{who} comes"},
        {"--guest-name", "{"},
    };
    struct reading f;

    (void)state;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(reading_all(&f, (const char *const[]){bad[i][0], bad[i][1], NULL}, NULL),
                         OPTIONS_BAD);
        assert_non_null(strstr(f.err, bad[i][0] + 2));
        assert_ptr_equal(strchr(f.err, '\n'), f.err + f.err_size - 1);
        assert_string_equal(f.out, "");
        reading_drop(&f);
    }
}

static void secrets_are_not_told_with_a_mistake(void **state)
{
    struct reading f;

    (void)state;

    assert_int_equal(READ(&f, "--internal-key", "s3cret s3cret"), OPTIONS_BAD);
    assert_null(strstr(f.err, "s3cret"));
    reading_drop(&f);

    assert_int_equal(READ(&f, "--redis", "rediss:/u:s3cret@h"), OPTIONS_BAD);
    assert_null(strstr(f.err, "s3cret"));
    reading_drop(&f);
}

/* ---- memory ---- */

static void without_memory_there_are_no_options(void **state)
{
    static const char *const arguments[] = {"--subprotocols", "a,b", "--redis", "redis://h:1",
                                            NULL};
    enum options_verdict verdict = OPTIONS_BAD;
    struct reading f;

    (void)state;

    for (int n = 0; verdict == OPTIONS_BAD; n++) {
        fail_malloc_after(n);
        verdict = reading_all(&f, arguments, NULL);
        fail_malloc_never();
        if (verdict == OPTIONS_BAD)
            assert_string_equal(f.err, "livegate: out of memory\n");
        reading_drop(&f);
    }

    assert_int_equal(verdict, OPTIONS_RUN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_those_of_the_documentation),
        cmocka_unit_test(every_default_text_is_the_table_of_banners),
        cmocka_unit_test(flags_and_variables_are_read),
        cmocka_unit_test(configured_subprotocols_join_the_known_ones),
        cmocka_unit_test(path_rules_name_patterns_and_dialects),
        cmocka_unit_test(origins_are_any_or_those_listed),
        cmocka_unit_test(proxies_are_ranges_of_addresses),
        cmocka_unit_test(accepts_are_shared_by_the_workers_that_run),
        cmocka_unit_test(viewers_may_send_on_loopback_or_where_it_is_meant),
        cmocka_unit_test(a_mistake_is_one_line_that_names_the_setting),
        cmocka_unit_test(secrets_are_not_told_with_a_mistake),
        cmocka_unit_test(without_memory_there_are_no_options),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
