/* livegate_publish when it is refused, and when Redis was another process before. */
#include "tests/relay/function_calls.h"
#include "tests/support/unit.h"

#include <string.h>

#define CHAT "{\"msg_type\":\"message\",\"content\":\"hi\"}"
#define LIKE "{\"msg_type\":\"like\",\"count\":7}"
#define FOLLOW "{\"msg_type\":\"subscribe\",\"from_uid\":\"u1\"}"

static void what_is_malformed_changes_nothing(void **state)
{
    (void)state;
    assert_error(PUBLISH("{\"msg_type\":\"message\"}"), "MALFORMED content must be");
    assert_error(PUBLISH("hello"), "MALFORMED message must be");
    assert_error(PUBLISH("{\"msg_type\":\"dance\"}"), "UNKNOWN msg_type ");
    assert_error(PUBLISH(CHAT, "", "", "", "", "", "10"), "TOO_BIG message ");
    assert_error(PUBLISH(CHAT, "a:b"), "MALFORMED id must be");
    assert_error(PUBLISH(CHAT, "", "eu w"), "MALFORMED origin must be");
    assert_error(PUBLISH(CHAT, "", "", ":"), "MALFORMED flags must be");
    assert_error(DO("FCALL", "livegate_publish", "1", "live:8", CHAT), "MALFORMED key must be");
    assert_error(DO("FCALL", "livegate_publish", "1", "live:{a b}", CHAT), "MALFORMED key must be");
    assert_error(DO("FCALL", "livegate_publish", "1", ROOM_KEY), "MALFORMED message is missing");
    assert_error(DO("FCALL", "livegate_publish", "0", CHAT), "MALFORMED key must be");

    nothing_was_heard();
    assert_int_equal(reply_integer(DO("DBSIZE")), 0);
}

static void a_caller_may_lower_the_limit_of_size_but_not_raise_it(void **state)
{
    static const char start[] = "{\"msg_type\":\"x_gift\",\"fill\":\"";
    static char text[16384 + 2];
    const size_t size = sizeof text - 1;

    (void)state;
    memset(text, 'a', size);
    memcpy(text, start, sizeof start - 1);
    memcpy(text + size - 2, "\"}", 2);
    assert_error(PUBLISH(text, "", "", "", "", "", "999999999"), "TOO_BIG message ");
    assert_error(PUBLISH(text, "", "", "", "", "", "1e999"), "TOO_BIG message ");
    assert_error(PUBLISH(text, "", "", "", "", "", "nan"), "TOO_BIG message ");
    assert_int_equal(reply_integer(DO("DBSIZE")), 0);

    assert_int_equal(PUBLISH(CHAT, "", "", "", "", "", "999999999")->type, REDIS_REPLY_ARRAY);
}

static void a_key_of_another_type_changes_nothing(void **state)
{
    static const char *const keys[] = {ROOM_KEY ":meta", ROOM_KEY ":log", ROOM_KEY ":chat"};

    (void)state;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        (void)DO("FLUSHALL");
        (void)DO("SET", keys[i], "x");
        assert_error(PUBLISH(CHAT, "a"), "WRONGTYPE");
        assert_int_equal(reply_integer(DO("DBSIZE")), 1);
    }

    (void)DO("FLUSHALL");
    (void)DO("SET", ROOM_KEY ":counts", "x");
    assert_error(PUBLISH(LIKE, "a"), "WRONGTYPE");
    assert_error(PUBLISH(FOLLOW, "a"), "WRONGTYPE");
    assert_int_equal(reply_integer(DO("DBSIZE")), 1);
    nothing_was_heard();
}

static void a_missing_right_changes_nothing(void **state)
{
    static const char *const lacking[] = {"-publish", "-rpush", "-hset", "-set", "-hincrby"};

    (void)state;
    for (size_t i = 0; i < sizeof lacking / sizeof lacking[0]; i++) {
        (void)DO("ACL", "SETUSER", "weak", "reset", "on", "nopass", "~live:*", "&live:*", "+@all",
                 lacking[i]);
        assert_string_equal(reply_text(DO("AUTH", "weak", "x")), "OK");
        assert_error(PUBLISH(FOLLOW, "a"), "NOPERM this user");
        assert_string_equal(reply_text(DO("AUTH", "default", "")), "OK");
        assert_int_equal(reply_integer(DO("DBSIZE")), 0);
    }

    nothing_was_heard();
}

static void the_rights_that_are_needed_are_enough(void **state)
{
    const redisReply *reply;

    (void)state;
    (void)DO("ACL", "SETUSER", "gate", "reset", "on", "nopass", "~live:*", "&live:*", "+fcall",
             "+time", "+get", "+set", "+hmget", "+hset", "+llen", "+rpush", "+publish", "+expire",
             "+ltrim", "+hincrby", "+hget", "+hexists", "+hlen", "+hdel", "+hgetall");
    assert_string_equal(reply_text(DO("AUTH", "gate", "x")), "OK");

    reply = PUBLISH(FOLLOW, "a");
    assert_int_equal(reply_integer(reply_item(reply, 2)), 1);
    assert_string_equal(reply_text(DO("AUTH", "default", "")), "OK");
    assert_true(reply_integer(DO("TTL", ROOM_KEY ":log")) > 0);
}

static void another_process_counts_on_in_a_term_of_its_own(void **state)
{
    struct position before;
    struct position after;
    struct entry entry;

    (void)state;
    before = published(CHAT);
    (void)DO("SAVE");
    redis_server_kill(calls.server);
    redis_server_restart(calls.server);
    calls_reconnect();

    after = published(CHAT);

    assert_true(after.term > before.term);
    assert_int_equal(after.seq, before.seq + 1);
    entry = heard();
    assert_int_equal(entry.flags, ENTRY_FIRST_OF_TERM);
}

static void a_term_grows_even_if_the_clock_went_back(void **state)
{
    struct position position;

    (void)state;
    (void)DO("HSET", ROOM_KEY ":meta", "term", "99999999999999", "seq", "41", "process", "1");

    position = published(CHAT);

    assert_int_equal(position.term, 100000000000000);
    assert_int_equal(position.seq, 42);
}

#define TEST(name) cmocka_unit_test_setup(name, calls_forget)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_malformed_changes_nothing),
        TEST(a_caller_may_lower_the_limit_of_size_but_not_raise_it),
        TEST(a_key_of_another_type_changes_nothing),
        TEST(a_missing_right_changes_nothing),
        TEST(the_rights_that_are_needed_are_enough),
        TEST(another_process_counts_on_in_a_term_of_its_own),
        TEST(a_term_grows_even_if_the_clock_went_back),
    };

    return cmocka_run_group_tests(tests, calls_set_up, calls_tear_down);
}
