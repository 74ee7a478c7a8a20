#include "gateway/dialect.h"

#include "gateway/upgrade.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static const struct dialect_rule rules[] = {
    {SPAN_LITERAL("*/webSocketServer.mn"), &dialect_plain},
    {SPAN_LITERAL("/chat/*/room*"), &dialect_plain},
};

static const struct dialect_policy policy = {
    .rules = rules, .n_rules = 2, .fallback = &dialect_live};

static const struct dialect *chosen(const char *query, const char *protocol, const char *path)
{
    struct upgrade upgrade = {0};

    (void)snprintf(upgrade.dialect, sizeof upgrade.dialect, "%s", query);
    (void)snprintf(upgrade.protocol, sizeof upgrade.protocol, "%s", protocol);
    (void)snprintf(upgrade.path, sizeof upgrade.path, "%s", path);

    return dialect_choose(&policy, &upgrade);
}

static void the_default_is_live(void **state)
{
    (void)state;

    assert_ptr_equal(chosen("", "", "/"), &dialect_live);
    assert_ptr_equal(chosen("", "chat", "/ws"), &dialect_live);
}

static void the_query_goes_before_all(void **state)
{
    (void)state;

    assert_ptr_equal(chosen("plain", "protocol1", "/"), &dialect_plain);
    assert_ptr_equal(chosen("live", "", "/a/webSocketServer.mn"), &dialect_live);
}

static void protocol1_is_live_with_data_whether_the_query_says_live_or_nothing(void **state)
{
    (void)state;

    assert_ptr_equal(chosen("", "protocol1", "/"), &dialect_live_data);
    assert_ptr_equal(chosen("live", "protocol1", "/"), &dialect_live_data);
    assert_ptr_equal(chosen("", "protocol1", "/a/webSocketServer.mn"), &dialect_live_data);
}

static void v1_comes_in_two_encodings(void **state)
{
    (void)state;

    assert_ptr_equal(chosen("", "livegate.v1.json", "/"), &dialect_v1);
    assert_ptr_equal(chosen("", "livegate.v1.msgpack", "/"), &dialect_v1_msgpack);
    assert_ptr_equal(chosen("v1", "", "/"), &dialect_v1);
    assert_ptr_equal(chosen("v1.msgpack", "", "/"), &dialect_v1_msgpack);
    assert_ptr_equal(chosen("v1", "livegate.v1.msgpack", "/"), &dialect_v1_msgpack);
}

static void a_star_in_a_path_rule_stands_for_any_text(void **state)
{
    (void)state;

    assert_ptr_equal(chosen("", "", "/webSocketServer.mn"), &dialect_plain);
    assert_ptr_equal(chosen("", "", "/a/b/webSocketServer.mn"), &dialect_plain);
    assert_ptr_equal(chosen("", "", "/webSocketServer.mnx"), &dialect_live);
    assert_ptr_equal(chosen("", "", "/chat/1/room"), &dialect_plain);
    assert_ptr_equal(chosen("", "", "/chat/1/room/2"), &dialect_plain);
    assert_ptr_equal(chosen("", "", "/chat/room"), &dialect_live);
}

static void every_dialect_lies_at_its_id(void **state)
{
    (void)state;

    for (int i = 0; i < DIALECT_COUNT; i++)
        assert_int_equal(dialects[i]->id, i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_default_is_live),
        cmocka_unit_test(the_query_goes_before_all),
        cmocka_unit_test(protocol1_is_live_with_data_whether_the_query_says_live_or_nothing),
        cmocka_unit_test(v1_comes_in_two_encodings),
        cmocka_unit_test(a_star_in_a_path_rule_stands_for_any_text),
        cmocka_unit_test(every_dialect_lies_at_its_id),
    };

    return cmocka_run_group_tests_name("dialect", tests, NULL, NULL);
}
