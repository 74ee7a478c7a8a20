/* livegate_heartbeat, and what livegate_census makes of workers that are silent or dead. */
#include "base/clock.h"
#include "relay/functions.h"
#include "tests/relay/census_calls.h"
#include "tests/relay/function_calls.h"
#include "tests/support/unit.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* The library as it is, but workers are long dead sooner. */
static void load_impatient(void)
{
    static const char patience[] = "ALIVE_MS, FORGET_WORKER_MS = 4000, 60000";
    char *library = strdup(livegate_lua);
    char *at = strstr(library, patience);

    if (!at)
        fail_msg("the library does not say: %s", patience);
    memcpy(at + sizeof patience - 1 - 5, "  100", 5);
    functions_load(calls.asks, library);
    free(library);
}

/* Others beat until the worker, silent for long, is found to be dead. */
static void until_it_is_dead(const char *worker)
{
    uint64_t give_up_at = clock_now() + 10000;

    do {
        worker_beat("b");
        (void)worker_count("b", "1");
    } while (hash_has(ROOM_KEY ":online", worker) && clock_now() < give_up_at);

    assert_false(hash_has(ROOM_KEY ":online", worker));
}

static long long times_called(const char *command)
{
    char field[64];
    const char *at;

    (void)snprintf(field, sizeof field, "cmdstat_%s:calls=", command);
    at = strstr(reply_text(DO("INFO", "commandstats")), field);

    return at ? strtoll(at + strlen(field), NULL, 10) : 0;
}

/* Viewers v1, v2 … of a worker, put where it would have. */
static void fill_present(const char *worker, const char *viewers)
{
    (void)DO("EVAL", "for i = 1, ARGV[2] do redis.call('HSET', KEYS[1], 'v' .. i, ARGV[1]) end",
             "1", ROOM_KEY ":present", worker, viewers);
}

static void the_count_of_a_dead_worker_goes(void **state)
{
    (void)state;
    load_impatient();
    worker_beat("a");
    worker_beat("b");
    (void)worker_count("a", "2");
    worker_silence("a", 61000);

    until_it_is_dead("a");

    assert_int_equal(worker_count("b", "1"), 1);
}

static void a_call_does_not_read_who_is_present_for_a_few_whom_a_dead_worker_left(void **state)
{
    (void)state;
    load_impatient();
    worker_beat("b");
    (void)worker_count("a", "900");
    fill_present("a", "900");
    worker_silence("a", 61000);
    (void)DO("CONFIG", "RESETSTAT");

    until_it_is_dead("a");

    assert_int_equal(times_called("hgetall"), times_called("fcall") / 2); /* the counts */
    assert_int_equal(reply_integer(DO("HLEN", ROOM_KEY ":present")), 900);
}

static void of_many_whom_dead_workers_left_those_go_who_cannot_return(void **state)
{
    (void)state;
    load_impatient();
    worker_beat("b");
    (void)worker_count("a", "3000");
    fill_present("a", "3000");
    (void)worker_tell("b", "1", "enter", "u1", "");
    (void)CENSUS("a", "3000", "600000", TTL, "lost", "v7", "", "");
    (void)CENSUS("a", "3000", "0", TTL, "lost", "v8", "", "");
    worker_silence("a", 61000);

    until_it_is_dead("a");

    assert_int_equal(reply_integer(DO("HLEN", ROOM_KEY ":present")), 2);
    assert_true(hash_has(ROOM_KEY ":present", "u1"));
    assert_true(hash_has(ROOM_KEY ":present", "v7"));
    assert_int_equal(reply_integer(DO("HLEN", ROOM_KEY ":away")), 1);
    assert_true(hash_has(ROOM_KEY ":away", "v7"));
}

static void many_who_are_present_are_read_once_for_a_worker_that_died(void **state)
{
    (void)state;
    load_impatient();
    worker_beat("b");
    (void)worker_count("a", "1");
    fill_present("b", "3000");
    worker_silence("a", 61000);
    until_it_is_dead("a");
    (void)DO("CONFIG", "RESETSTAT");

    (void)worker_count("b", "1");

    assert_int_equal(times_called("hgetall"), 1);
    assert_int_equal(reply_integer(DO("HLEN", ROOM_KEY ":present")), 3000);
}

/* When Redis or the way to it was away, all workers are silent for as long. */
static void just_after_an_outage_no_worker_is_taken_for_dead(void **state)
{
    (void)state;
    (void)worker_count("a", "3");
    fill_present("a", "3000");
    worker_silence("a", 61000);

    worker_beat("b");
    assert_int_equal(worker_count("b", "1"), 1);
    worker_beat("a");

    assert_int_equal(worker_count("b", "1"), 4);
    assert_int_equal(reply_integer(DO("HLEN", ROOM_KEY ":present")), 3000);
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
        TEST(the_count_of_a_dead_worker_goes),
        TEST(a_call_does_not_read_who_is_present_for_a_few_whom_a_dead_worker_left),
        TEST(of_many_whom_dead_workers_left_those_go_who_cannot_return),
        TEST(many_who_are_present_are_read_once_for_a_worker_that_died),
        TEST(just_after_an_outage_no_worker_is_taken_for_dead),
        TEST(a_worker_that_says_goodbye_stops_counting_but_its_viewers_may_return),
        TEST(heartbeats_older_than_a_minute_are_forgotten),
        TEST(who_was_at_a_gateway_that_died_just_now_is_returning),
    };

    return cmocka_run_group_tests(tests, calls_set_up, calls_tear_down);
}
