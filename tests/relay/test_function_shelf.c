/* livegate_publish of on_off_shelf: the items of a room, their versions and tombstones. */
#include "tests/relay/function_calls.h"
#include "tests/support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const redisReply *put(const char *goods, const char *version, const char *status)
{
    char message[256];

    (void)snprintf(message, sizeof message,
                   "{\"msg_type\":\"on_off_shelf\",\"goods_id\":%s%s%s,\"status\":\"%s\"}", goods,
                   *version ? ",\"version\":" : "", version, status);

    return PUBLISH(message);
}

static long long seq_of(const redisReply *reply)
{
    return reply_integer(reply_item(reply, 2));
}

static size_t shown(void)
{
    return reply_item(DO("FCALL", "livegate_snapshot", "1", ROOM_KEY), 3)->elements;
}

static const char *known_version(const char *goods)
{
    const redisReply *reply = DO("HGET", ROOM_KEY ":versions", goods);

    return reply->type == REDIS_REPLY_NIL ? "" : reply_text(reply);
}

static void an_item_is_shown_until_it_is_taken_off(void **state)
{
    (void)state;
    (void)put("\"g1\"", "", "on");
    (void)put("\"g2\"", "", "on");
    assert_int_equal(shown(), 2);

    (void)put("\"g1\"", "", "off");
    assert_int_equal(shown(), 1);
}

static void the_last_change_of_an_item_is_shown(void **state)
{
    (void)state;
    (void)put("7", "", "on");
    (void)put("\"7\"", "", "on");

    assert_int_equal(shown(), 1);
    assert_int_equal(entry_of(DO("HGET", ROOM_KEY ":state", "7")).position.seq, 2);
}

static void ids_that_are_long_numbers_stay_apart(void **state)
{
    (void)state;
    (void)put("9007199254740993", "", "on");
    (void)put("9007199254740992", "", "on");

    assert_int_equal(shown(), 2);
}

static void an_older_version_changes_nothing_and_answers_the_position_now(void **state)
{
    const redisReply *reply;

    (void)state;
    (void)put("1", "5", "on");
    (void)put("2", "1", "on");

    reply = put("1", "4", "off");

    assert_int_equal(seq_of(reply), 2);
    assert_int_equal(shown(), 2);
    (void)heard();
    (void)heard();
    nothing_was_heard();
}

static void the_same_version_applies_again(void **state)
{
    (void)state;
    (void)put("1", "5", "on");

    assert_int_equal(seq_of(put("1", "5", "off")), 2);
    assert_int_equal(shown(), 0);
}

static void what_was_taken_off_does_not_come_back_by_an_older_version(void **state)
{
    (void)state;
    (void)put("1", "5", "on");
    (void)put("1", "6", "off");

    (void)put("1", "5", "on");

    assert_int_equal(shown(), 0);
    assert_int_equal(seq_of(put("1", "7", "on")), 3);
    assert_int_equal(shown(), 1);
}

static void without_a_version_a_change_applies_and_the_version_stays(void **state)
{
    (void)state;
    (void)put("1", "5", "on");
    (void)put("1", "", "off");
    (void)put("1", "4", "on");
    assert_int_equal(shown(), 0);

    (void)put("1", "", "on");
    assert_int_equal(shown(), 1);
    (void)put("1", "4", "off");
    assert_int_equal(shown(), 1);
}

static void a_tombstone_lasts_a_day(void **state)
{
    const char *version;
    long long deadline;
    long long now;

    (void)state;
    (void)put("1", "5", "off");
    version = known_version("1");
    assert_memory_equal(version, "5:", 2);
    deadline = strtoll(version + 2, NULL, 10);
    now = strtoll(reply_text(reply_item(DO("TIME"), 0)), NULL, 10) * 1000;
    assert_in_range(deadline - now, 86390000, 86401000);

    (void)DO("HSET", ROOM_KEY ":versions", "1", "5:1000");
    (void)put("1", "4", "on");

    assert_int_equal(shown(), 1);
    assert_string_equal(known_version("1"), "4");
}

static void an_item_without_version_leaves_no_tombstone(void **state)
{
    (void)state;
    (void)put("1", "", "on");
    (void)put("1", "", "off");

    assert_int_equal(reply_integer(DO("HLEN", ROOM_KEY ":versions")), 0);
}

static void the_shelf_holds_500_items(void **state)
{
    char goods[16];

    (void)state;
    for (int i = 0; i < 500; i++) {
        (void)snprintf(goods, sizeof goods, "%d", i);
        assert_int_equal(seq_of(put(goods, "1", "on")), i + 1);
    }

    assert_error(put("500", "", "on"), "SHELF_FULL the shelf holds 500 items");
    assert_int_equal(seq_of(put("7", "2", "on")), 501);
    assert_int_equal(seq_of(put("8", "2", "off")), 502);
    assert_int_equal(seq_of(put("500", "", "on")), 503);
    assert_int_equal(shown(), 500);
}

static void of_too_many_tombstones_the_oldest_go(void **state)
{
    char goods[16];

    (void)state;
    (void)put("\"shown\"", "9", "on");
    for (int i = 0; i < 1600; i++) {
        (void)snprintf(goods, sizeof goods, "%d", i);
        (void)put(goods, "1", "off");
    }

    assert_in_range(reply_integer(DO("HLEN", ROOM_KEY ":versions")), 500, 1501);
    assert_string_equal(known_version("shown"), "9");
    assert_string_equal(known_version("0"), "");
    assert_string_not_equal(known_version("1599"), "");
}

static void that_the_oldest_cannot_go_is_no_reason_to_fail(void **state)
{
    const redisReply *reply;

    (void)state;
    (void)DO("EVAL", "for i = 1, 1500 do redis.call('HSET', KEYS[1], 'g' .. i, '1:1') end", "1",
             ROOM_KEY ":versions");
    (void)DO("ACL", "SETUSER", "weak", "reset", "on", "nopass", "~live:*", "&live:*", "+@all",
             "-hgetall");
    assert_string_equal(reply_text(DO("AUTH", "weak", "x")), "OK");

    reply = put("\"new\"", "1", "off");
    assert_int_equal(seq_of(reply), 1);

    assert_string_equal(reply_text(DO("AUTH", "default", "")), "OK");
    assert_int_equal(heard().position.seq, 1);
}

static void an_item_may_come_as_msgpack(void **state)
{
    static const char message[] = "\x84\xa8msg_type\xacon_off_shelf\xa8goods_id\x07\xa6status\xa2on"
                                  "\xa7version\xcf\0\0\0\0\0\0\0\x05";
    const redisReply *reply = redis_client_ask(
        calls.asks,
        (struct span[]){span_of("FCALL"), span_of("livegate_publish"), span_of("1"),
                        span_of(ROOM_KEY), span_make(message, sizeof message - 1)},
        5);
    struct entry entry;

    (void)state;
    assert_int_equal(seq_of(reply), 1);
    assert_string_equal(known_version("7"), "5");
    entry = heard();
    assert_int_equal(entry.payload.size, sizeof message - 1);
    assert_memory_equal(entry.payload.data, message, sizeof message - 1);
}

static void a_shelf_of_another_type_changes_nothing(void **state)
{
    static const char *const keys[] = {ROOM_KEY ":state", ROOM_KEY ":versions"};

    (void)state;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        (void)DO("FLUSHALL");
        (void)DO("SET", keys[i], "x");
        assert_error(put("1", "1", "on"), "WRONGTYPE");
        assert_int_equal(reply_integer(DO("DBSIZE")), 1);
    }
}

#define TEST(name) cmocka_unit_test_setup(name, calls_forget)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_item_is_shown_until_it_is_taken_off),
        TEST(the_last_change_of_an_item_is_shown),
        TEST(ids_that_are_long_numbers_stay_apart),
        TEST(an_older_version_changes_nothing_and_answers_the_position_now),
        TEST(the_same_version_applies_again),
        TEST(what_was_taken_off_does_not_come_back_by_an_older_version),
        TEST(without_a_version_a_change_applies_and_the_version_stays),
        TEST(a_tombstone_lasts_a_day),
        TEST(an_item_without_version_leaves_no_tombstone),
        TEST(the_shelf_holds_500_items),
        TEST(of_too_many_tombstones_the_oldest_go),
        TEST(that_the_oldest_cannot_go_is_no_reason_to_fail),
        TEST(an_item_may_come_as_msgpack),
        TEST(a_shelf_of_another_type_changes_nothing),
    };

    return cmocka_run_group_tests(tests, calls_set_up, calls_tear_down);
}
