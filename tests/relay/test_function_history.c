/* livegate_history: what comes after a position, wherever that lies. */
#include "tests/relay/function_calls.h"
#include "tests/support/unit.h"

#include <stdio.h>

#define AFTER(...) ASK(calls.asks, "FCALL", "livegate_history", "1", ROOM_KEY, __VA_ARGS__)

/* An entry of the log, as after a Redis that lost its last messages counted on. */
static void logged(const char *position)
{
    char entry[100];

    (void)snprintf(entry, sizeof entry, "%s:1:a::::{\"msg_type\":\"buy\"}", position);
    (void)DO("RPUSH", ROOM_KEY ":log", entry);
}

static void now_at(const char *term, const char *seq)
{
    (void)DO("HSET", ROOM_KEY ":meta", "term", term, "seq", seq);
}

/* The first entry given, and how many. */
static void assert_first(const redisReply *reply, uint64_t term, uint64_t seq, size_t n)
{
    const redisReply *entries = reply_item(reply, 2);
    struct entry entry;

    assert_int_equal(entries->elements, n);
    entry = entry_of(reply_item(entries, 0));
    assert_int_equal(entry.position.term, term);
    assert_int_equal(entry.position.seq, seq);
}

static void a_log_with_lost_messages_is_searched(void **state)
{
    (void)state;
    logged("7:1");
    logged("7:2");
    logged("8:2");
    logged("9:2");
    logged("9:3");
    now_at("9", "3");

    assert_first(AFTER("7", "90"), 8, 2, 3);
    assert_first(AFTER("7", "2"), 8, 2, 3);
    assert_first(AFTER("7", "1"), 7, 2, 4);
    assert_first(AFTER("8", "90"), 9, 2, 2);
    assert_first(AFTER("9", "2"), 9, 3, 1);
    assert_first(AFTER("0", "0"), 7, 1, 5);
    assert_int_equal(reply_item(AFTER("9", "3"), 2)->elements, 0);
    assert_int_equal(reply_item(AFTER("10", "1"), 2)->elements, 0);
}

static void a_log_with_holes_is_searched(void **state)
{
    (void)state;
    logged("7:10");
    logged("7:20");
    logged("7:30");
    logged("7:40");
    now_at("7", "40");

    assert_first(AFTER("7", "9"), 7, 10, 4);
    assert_first(AFTER("7", "10"), 7, 20, 3);
    assert_first(AFTER("7", "35"), 7, 40, 1);
    assert_first(AFTER("7", "39"), 7, 40, 1);
}

static void what_is_no_entry_counts_as_old(void **state)
{
    (void)state;
    (void)DO("RPUSH", ROOM_KEY ":log", "nonsense");
    logged("7:2");
    logged("7:3");
    now_at("7", "3");

    assert_first(AFTER("7", "1"), 7, 2, 2);
    assert_first(AFTER("0", "0"), 7, 2, 2);
}

static void without_a_log_only_the_position_is_told(void **state)
{
    const redisReply *reply;

    (void)state;
    now_at("7", "3");

    reply = AFTER("7", "1");

    assert_int_equal(reply_integer(reply_item(reply, 0)), 7);
    assert_int_equal(reply_integer(reply_item(reply, 1)), 3);
    assert_int_equal(reply_item(reply, 2)->elements, 0);
}

static void the_limit_is_kept(void **state)
{
    (void)state;
    for (int i = 1; i <= 300; i++) {
        char position[16];

        (void)snprintf(position, sizeof position, "7:%d", i);
        logged(position);
    }
    now_at("7", "300");

    assert_first(AFTER("7", "10", "2"), 7, 11, 2);
    assert_first(AFTER("7", "10", "0"), 7, 11, 1);
    assert_first(AFTER("7", "10", "9999"), 7, 11, 256);
    assert_first(AFTER("7", "10"), 7, 11, 256);
}

static void a_bad_call_is_refused(void **state)
{
    (void)state;
    assert_error(AFTER("x", "1"), "MALFORMED term");
    assert_error(AFTER("1"), "MALFORMED term");
    assert_error(DO("FCALL", "livegate_history", "1", "elsewhere", "1", "1"), "MALFORMED key");
}

#define TEST(name) cmocka_unit_test_setup(name, calls_forget)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_log_with_lost_messages_is_searched),
        TEST(a_log_with_holes_is_searched),
        TEST(what_is_no_entry_counts_as_old),
        TEST(without_a_log_only_the_position_is_told),
        TEST(the_limit_is_kept),
        TEST(a_bad_call_is_refused),
    };

    return cmocka_run_group_tests(tests, calls_set_up, calls_tear_down);
}
