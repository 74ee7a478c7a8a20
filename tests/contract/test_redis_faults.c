/* What the broker does when Redis is killed, hangs, forgets, refuses, and comes back. */
#include "tests/contract/redis_place.h"
#include "tests/contract/stage.h"

#include "base/metrics.h"
#include "relay/broker_redis.h"
#include "tests/support/failing_malloc.h"
#include "tests/support/redis_client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GIFT "{\"msg_type\":\"x_gift\"}"

static int64_t errors(enum broker_error reason)
{
    const struct metrics *metrics = redis_place.metrics;

    return metrics_read(&metrics, 1, METRIC_BROKER_ERRORS, reason);
}

static void requests_while_redis_is_away_are_refused_at_once(void **state)
{
    struct stage *stage = *state;
    const struct broker_census nobody = {.room = span_of(stage->room)};
    struct answer answers[3];
    uint64_t asked_ms;

    redis_server_kill(redis_place.server);
    redis_place_until_down(stage, "redis: connection refused");

    asked_ms = clock_now();
    redis_place_publish(stage, &answers[0]);
    worker_snapshot(&stage->a, stage->room, &answers[1]);
    worker_census(&stage->a, &nobody, &answers[2]);
    assert_int_equal(answers[0].times, 0);
    STAGE_UNTIL(stage, answers[2].times > 0);

    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(answers[i].times, 1);
        assert_int_equal(answers[i].refusal, REFUSAL_UNAVAILABLE);
    }
    assert_true(clock_now() - asked_ms < 100);
    redis_place_restart();
    redis_place_until_up(stage);
}

static void after_a_crash_every_room_is_listened_to_again(void **state)
{
    struct stage *stage = *state;
    struct position before;
    struct position after;

    hear(&stage->a, stage->room);
    hear(&stage->a, stage->other_room);
    before = published(stage, GIFT);
    (void)heard_at(&stage->a, 0);

    redis_server_kill(redis_place.server);
    STAGE_UNTIL(stage, stage->a.state == BROKER_DOWN);
    redis_place_restart();
    redis_place_until_up(stage);
    STAGE_UNTIL(stage, stage->a.n_listening == 4);

    after = published(stage, GIFT);
    assert_int_equal(position_compare(after, before), 1);
    assert_int_equal(position_compare(heard_at(&stage->a, 1)->entry.position, after), 0);
}

static void rooms_listened_to_while_it_is_away_are_heard_later(void **state)
{
    struct stage *stage = *state;

    hear(&stage->a, stage->other_room);
    redis_server_kill(redis_place.server);
    STAGE_UNTIL(stage, stage->a.state == BROKER_DOWN);
    worker_listen(&stage->a, stage->room);
    worker_unlisten(&stage->a, stage->other_room);
    redis_place_restart();
    redis_place_until_up(stage);
    STAGE_UNTIL(stage, stage->a.n_listening == 2);

    (void)published(stage, GIFT);
    assert_string_equal(heard_at(&stage->a, 0)->room, stage->room);
}

static void a_killed_subscription_is_renewed(void **state)
{
    struct stage *stage = *state;

    hear(&stage->a, stage->room);
    (void)ASK(redis_place.client, "CLIENT", "KILL", "TYPE", "pubsub");
    STAGE_UNTIL(stage, stage->a.n_listening == 2);

    assert_int_equal(stage->a.state, BROKER_UP);
    assert_int_equal(heard_before_last_word(&stage->a), 0);
}

static void without_its_subscription_it_still_publishes(void **state)
{
    struct stage *stage = *state;
    struct answer answer;

    hear(&stage->a, stage->room);
    (void)ASK(redis_place.client, "CLIENT", "KILL", "TYPE", "pubsub");
    STAGE_UNTIL(stage, stage->a.state == BROKER_DOWN);
    redis_place_publish(stage, &answer);
    STAGE_UNTIL(stage, answer.times > 0);

    assert_int_equal(answer.refusal, REFUSAL_NONE);
    redis_place_until_up(stage);
}

static void killed_calls_are_renewed_without_missing_a_message(void **state)
{
    struct stage *stage = *state;

    hear(&stage->a, stage->room);
    (void)ASK(redis_place.client, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
    STAGE_UNTIL(stage, stage->a.state == BROKER_DOWN);
    (void)ASK(redis_place.client, "PUBLISH", "live:{missing}", GIFT);
    redis_place_until_up(stage);

    assert_int_equal(stage->a.n_listening, 1);
    assert_int_equal(heard_before_last_word(&stage->a), 0);
}

static void what_was_asked_of_a_hung_redis_times_out(void **state)
{
    struct stage *stage = *state;
    struct answer answer;
    uint64_t asked_ms;

    redis_server_hang(redis_place.server);
    redis_place_publish(stage, &answer);
    asked_ms = clock_now();
    STAGE_UNTIL(stage, answer.times > 0);

    assert_int_equal(answer.refusal, REFUSAL_TIMEOUT);
    assert_in_range(clock_now() - asked_ms, 3000, BROKER_DEADLINE_MS);
    redis_place_until_down(stage, "redis: does not answer");
    redis_server_go_on(redis_place.server);
    redis_place_until_up(stage);
}

static void too_many_requests_are_refused_at_once(void **state)
{
    enum { N = 10200 };
    struct stage *stage = *state;
    struct answer *answers = calloc(N, sizeof *answers);
    int64_t full = errors(BROKER_ERROR_FULL);

    assert_non_null(answers);
    redis_server_hang(redis_place.server);
    for (size_t i = 0; i < N; i++)
        worker_snapshot(&stage->a, stage->room, &answers[i]);
    STAGE_UNTIL(stage, answers[N - 1].times > 0);
    assert_int_equal(answers[N - 1].refusal, REFUSAL_UNAVAILABLE);
    assert_int_equal(answers[0].times, 0);
    assert_true(errors(BROKER_ERROR_FULL) > full);

    redis_server_go_on(redis_place.server);
    for (size_t i = 0; i < N; i++) {
        STAGE_UNTIL(stage, answers[i].times > 0);
        answer_dispose(&answers[i]);
    }
    free(answers);
}

static long long last_heartbeat(void)
{
    return strtoll(reply_text(ASK(redis_place.client, "ZSCORE", "live:workers", "a")), NULL, 10);
}

static void the_heart_is_heard_while_the_worker_lives(void **state)
{
    struct stage *stage = *state;
    uint64_t give_up_at = clock_now() + STAGE_PATIENCE_MS;
    long long first = last_heartbeat();
    long long last;

    stage_wait_ms(stage, 1200);
    last = last_heartbeat();
    assert_true(last > first);

    worker_close(&stage->a); /* as if it was silent for as long as one that does not count */
    while (last_heartbeat() >= last)
        assert_true(clock_now() < give_up_at);
}

static void ten_thousand_rooms_are_back_within_two_seconds(void **state)
{
    enum { ROOMS = 10000 };
    struct stage *stage = *state;
    uint64_t began_ms;

    for (int i = 0; i < ROOMS; i++) {
        char room[32];

        (void)snprintf(room, sizeof room, "many-%d", i);
        worker_listen(&stage->a, room);
    }
    STAGE_UNTIL(stage, stage->a.n_listening == ROOMS);

    redis_server_kill(redis_place.server);
    STAGE_UNTIL(stage, stage->a.state == BROKER_DOWN);
    redis_place_restart();
    redis_place_until_up(stage);
    began_ms = clock_now();
    STAGE_UNTIL(stage, stage->a.n_listening == 2 * ROOMS);

    print_message("%d rooms are back after %llu ms\n", ROOMS,
                  (unsigned long long)(clock_now() - began_ms));
    assert_true(clock_now() - began_ms < 2000);
}

static void listening_ends_right_however_often_it_changes(void **state)
{
    enum { ROOMS = 7, CHANGES = 4000 };
    struct stage *stage = *state;
    bool wanted[ROOMS] = {false};
    size_t n = 0;
    char room[32];

    for (int i = 0; i < CHANGES; i++) {
        int which = rand() % ROOMS; /* NOLINT: any will do */

        (void)snprintf(room, sizeof room, "often-%d", which);
        wanted[which] = !wanted[which];
        if (wanted[which])
            worker_listen(&stage->a, room);
        else
            worker_unlisten(&stage->a, room);
        if (i % 3 == 0)
            stage_turn(stage);
    }
    stage_wait_ms(stage, 50);

    for (int i = 0; i < ROOMS; i++) {
        (void)snprintf(room, sizeof room, "live:{often-%d}", i);
        n += wanted[i];
        assert_int_equal(
            reply_integer(reply_item(ASK(redis_place.client, "PUBSUB", "NUMSUB", room), 1)),
            wanted[i]);
        (void)ASK(redis_place.client, "PUBLISH", room, GIFT);
    }
    stage_wait_ms(stage, 50);
    assert_int_equal(stage->a.n_heard, n);
}

static void without_memory_there_is_no_broker(void **state)
{
    struct stage *stage = *state;
    struct broker *broker = NULL;

    for (int i = 0; !broker && i < 100; i++) {
        fail_malloc_after(i);
        broker = stage_broker->open(stage_place, stage->loop, stage->wheel, "c");
        fail_malloc_never();
    }

    assert_non_null(broker);
    broker_free(broker);
}

static void without_memory_requests_are_refused_and_rooms_not_listened_to(void **state)
{
    struct stage *stage = *state;
    struct answer answers[3];
    const struct census_item item = {.verb = CENSUS_ENTER};
    const struct broker_census one = {.room = span_of(stage->room), .items = &item, .n_items = 1};

    fail_malloc_after(0);
    redis_place_publish(stage, &answers[0]);
    worker_snapshot(&stage->a, stage->room, &answers[1]);
    worker_census(&stage->a, &one, &answers[2]);
    fail_malloc_never();
    for (int i = 0; i < 2; i++) { /* the channel, its place in the table */
        fail_malloc_after(i);
        assert_int_equal(worker_try_to_listen(&stage->a, stage->room), -ENOMEM);
        fail_malloc_never();
    }

    for (size_t i = 0; i < 3; i++) {
        STAGE_UNTIL(stage, answers[i].times == 1);
        assert_true(answers[i].refusal == REFUSAL_INTERNAL || answers[i].refusal == REFUSAL_NONE);
        answer_dispose(&answers[i]);
    }
    hear(&stage->a, stage->room);
}

static void a_bad_url_is_told(void **state)
{
    (void)state;
    assert_int_equal(broker_redis_check_url("redis://h:1/2"), 0);
    assert_int_equal(broker_redis_check_url("h:1"), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAGE_TEST(requests_while_redis_is_away_are_refused_at_once),
        STAGE_TEST(after_a_crash_every_room_is_listened_to_again),
        STAGE_TEST(rooms_listened_to_while_it_is_away_are_heard_later),
        STAGE_TEST(a_killed_subscription_is_renewed),
        STAGE_TEST(without_its_subscription_it_still_publishes),
        STAGE_TEST(killed_calls_are_renewed_without_missing_a_message),
        STAGE_TEST(what_was_asked_of_a_hung_redis_times_out),
        STAGE_TEST(too_many_requests_are_refused_at_once),
        STAGE_TEST(the_heart_is_heard_while_the_worker_lives),
        STAGE_TEST(ten_thousand_rooms_are_back_within_two_seconds),
        STAGE_TEST(listening_ends_right_however_often_it_changes),
        STAGE_TEST(without_memory_there_is_no_broker),
        STAGE_TEST(without_memory_requests_are_refused_and_rooms_not_listened_to),
        STAGE_TEST(a_bad_url_is_told),
    };

    return cmocka_run_group_tests(tests, redis_place_set_up, redis_place_tear_down);
}
