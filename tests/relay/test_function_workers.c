/* livegate_heartbeat, and what livegate_census makes of workers that are silent or dead. */
#include "tests/relay/census_calls.h"
#include "tests/relay/function_calls.h"
#include "tests/support/unit.h"

static void who_asks_counts_even_without_a_heartbeat(void **state)
{
    (void)state;
    assert_int_equal(worker_count("a", "3"), 3);
}

static void a_silent_worker_is_not_counted_until_it_is_heard_again(void **state)
{
    (void)state;
    worker_beat("a");
    worker_beat("b");
    (void)worker_count("a", "3");
    worker_silence("a", 4500);
    assert_int_equal(worker_count("b", "4"), 4);

    worker_beat("a");
    assert_int_equal(worker_count("b", "4"), 7);
}

static void what_a_dead_worker_left_goes(void **state)
{
    (void)state;
    worker_beat("a");
    worker_beat("b");
    (void)worker_tell("a", "2", "enter", "u1", JOIN);
    (void)worker_tell("a", "2", "lost", "u2", "");
    (void)worker_tell("b", "1", "enter", "u3", JOIN);
    worker_silence("a", 61000);

    assert_int_equal(worker_count("b", "1"), 1);

    assert_false(hash_has(ROOM_KEY ":online", "a"));
    assert_false(hash_has(ROOM_KEY ":present", "u1"));
    assert_false(hash_has(ROOM_KEY ":away", "u2"));
    assert_true(hash_has(ROOM_KEY ":present", "u3"));
}

static void a_worker_that_says_goodbye_stops_counting_but_its_viewers_may_return(void **state)
{
    (void)state;
    worker_beat("a");
    worker_beat("b");
    (void)worker_tell("a", "2", "enter", "u1", "");
    (void)worker_tell("a", "2", "lost", "u2", "");

    (void)DO("FCALL", "livegate_heartbeat", "1", "live:workers", "a", "bye");

    assert_int_equal(worker_count("b", "1"), 1);
    assert_true(worker_tell("b", "2", "enter", "u1", JOIN));
    assert_true(worker_tell("b", "3", "enter", "u2", JOIN));
    assert_int_equal(worker_count("b", "3"), 3);
}

static void heartbeats_older_than_a_minute_are_forgotten(void **state)
{
    (void)state;
    worker_silence("a", 61000);
    worker_silence("b", 50000);

    worker_beat("c");

    assert_int_equal(reply_integer(DO("ZCARD", "live:workers")), 2);
}

static void who_was_at_a_gateway_that_died_just_now_is_returning(void **state)
{
    (void)state;
    worker_beat("a");
    worker_beat("b");
    (void)worker_tell("a", "1", "enter", "u1", "");
    worker_silence("a", 13000);
    assert_true(worker_tell("b", "1", "enter", "u1", JOIN));

    (void)worker_tell("a", "1", "enter", "u2", "");
    worker_silence("a", 15000);
    assert_false(worker_tell("b", "2", "enter", "u2", JOIN));
}

#define TEST(name) cmocka_unit_test_setup(name, calls_forget)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(who_asks_counts_even_without_a_heartbeat),
        TEST(a_silent_worker_is_not_counted_until_it_is_heard_again),
        TEST(what_a_dead_worker_left_goes),
        TEST(a_worker_that_says_goodbye_stops_counting_but_its_viewers_may_return),
        TEST(heartbeats_older_than_a_minute_are_forgotten),
        TEST(who_was_at_a_gateway_that_died_just_now_is_returning),
    };

    return cmocka_run_group_tests(tests, calls_set_up, calls_tear_down);
}
