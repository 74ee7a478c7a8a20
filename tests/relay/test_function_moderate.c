/* livegate_moderate: how many can be moderated. */
#include "tests/relay/function_calls.h"
#include "tests/support/unit.h"

#define MOD ROOM_KEY ":mod"

static const redisReply *moderate(const char *verb, const char *uid, const char *seconds)
{
    return DO("FCALL", "livegate_moderate", "1", ROOM_KEY, verb, uid, seconds);
}

/* v1, v2 … are banned until that is lifted. */
static void ban_many(const char *viewers)
{
    (void)DO("EVAL", "for i = 1, ARGV[1] do redis.call('HSET', KEYS[1], 'ban:v' .. i, '0') end",
             "1", MOD, viewers);
}

static void a_room_can_have_ten_thousand_sanctions(void **state)
{
    (void)state;
    ban_many("9999");

    assert_int_equal(reply_integer(moderate("ban", "u1", "")), 1);
    assert_error(moderate("ban", "u2", ""), "TOO_MANY at most 10000 ");
    assert_error(moderate("mute", "v1", ""), "TOO_MANY at most 10000 ");
    assert_int_equal(reply_integer(DO("HLEN", MOD)), 10000);
}

static void one_that_is_there_can_be_changed_however_many_there_are(void **state)
{
    (void)state;
    ban_many("10000");

    assert_int_equal(reply_integer(moderate("ban", "v7", "60")), 1);

    assert_string_not_equal(reply_text(DO("HGET", MOD, "ban:v7")), "0");
    assert_span(heard().payload, "ban 60000 v7");
}

static void a_rooms_settings_are_no_sanctions(void **state)
{
    (void)state;
    (void)moderate("settings", "1", "5");
    ban_many("9998");

    assert_int_equal(reply_integer(moderate("ban", "u1", "")), 1);
    assert_int_equal(reply_integer(moderate("mute", "u1", "")), 1);
    assert_error(moderate("ban", "u2", ""), "TOO_MANY at most 10000 ");
}

static void what_has_ended_makes_room(void **state)
{
    (void)state;
    ban_many("10000");
    (void)DO("HSET", MOD, "ban:v7", "1");

    assert_int_equal(reply_integer(moderate("ban", "u1", "")), 1);

    assert_int_equal(reply_integer(DO("HEXISTS", MOD, "ban:v7")), 0);
}

#define TEST(name) cmocka_unit_test_setup(name, calls_forget)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_room_can_have_ten_thousand_sanctions),
        TEST(one_that_is_there_can_be_changed_however_many_there_are),
        TEST(a_rooms_settings_are_no_sanctions),
        TEST(what_has_ended_makes_room),
    };

    return cmocka_run_group_tests(tests, calls_set_up, calls_tear_down);
}
