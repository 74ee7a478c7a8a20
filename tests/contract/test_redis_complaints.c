/* What the broker does when Redis is there, but will not do what is asked of it. */
#include "tests/contract/redis_place.h"
#include "tests/contract/stage.h"

#include "base/metrics.h"
#include "relay/functions.h"
#include "relay/redis_library.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GIFT "{\"msg_type\":\"x_gift\"}"

static void a_flushed_library_is_loaded_again(void **state)
{
    struct stage *stage = *state;
    struct answer answer;

    (void)ASK(redis_place.client, "FUNCTION", "FLUSH");
    redis_place_publish(stage, &answer);
    STAGE_UNTIL(stage, answer.times > 0);
    assert_int_equal(answer.refusal, REFUSAL_UNAVAILABLE);

    redis_place_until_up(stage);
    (void)published(stage, GIFT);
}

/* The library as it is, with a digit in its version, or before it. */
static void load_version(char digit, bool before)
{
    static const char says[] = "livegate_version = ";
    char *library = strdup(livegate_lua);
    char *place;

    assert_non_null(library);
    place = strstr(library, says);
    assert_non_null(place);
    place[strlen(says) - before] = digit;
    assert_int_equal(ASK(redis_place.client, "FUNCTION", "LOAD", "REPLACE", library)->type,
                     REDIS_REPLY_STRING);
    free(library);
}

static long long loaded_version(void)
{
    return reply_integer(ASK(redis_place.client, "FCALL", "livegate_version", "0"));
}

static void an_older_library_is_replaced_and_a_newer_one_is_not(void **state)
{
    struct stage *stage = *state;

    load_version('0', false);
    worker_open(stage, &stage->b, "b");
    assert_int_equal(loaded_version(), redis_library_version());
    worker_close(&stage->b);

    load_version('9', true);
    worker_open(stage, &stage->b, "b");
    assert_true(loaded_version() > redis_library_version());
    (void)ASK(redis_place.client, "FUNCTION", "FLUSH");
}

static void without_memory_redis_makes_the_broker_down_by_name(void **state)
{
    struct stage *stage = *state;

    (void)ASK(redis_place.client, "CONFIG", "SET", "maxmemory", "1");
    redis_place_until_down(stage, "redis: out of memory (OOM)");

    (void)ASK(redis_place.client, "CONFIG", "SET", "maxmemory", "0");
    redis_place_until_up(stage);
    (void)published(stage, GIFT);
}

static void a_demoted_master_makes_the_broker_down_by_name(void **state)
{
    struct stage *stage = *state;

    (void)ASK(redis_place.client, "REPLICAOF", "127.0.0.1", "1");
    redis_place_until_down(stage, "redis: a read-only replica (READONLY)");

    (void)ASK(redis_place.client, "REPLICAOF", "NO", "ONE");
    redis_place_until_up(stage);
    (void)published(stage, GIFT);
}

static int64_t asked(enum broker_function function)
{
    const struct metrics *metrics = redis_place.metrics;

    return metrics_read(&metrics, 1, METRIC_BROKER_REQUESTS, function);
}

static void requests_are_counted_by_the_function_they_call(void **state)
{
    struct stage *stage = *state;
    int64_t published_before = asked(BROKER_FUNCTION_PUBLISH);
    int64_t read_before = asked(BROKER_FUNCTION_HISTORY);
    struct answer answer;

    (void)published(stage, GIFT);
    (void)published(stage, GIFT);
    read_after(&stage->a, (struct position){0, 0}, 10, &answer);
    answer_dispose(&answer);

    assert_int_equal(asked(BROKER_FUNCTION_PUBLISH) - published_before, 2);
    assert_int_equal(asked(BROKER_FUNCTION_HISTORY) - read_before, 1);
}

/* All a gateway does, and nothing else. */
static const char *const rights[] = {"ACL",        "SETUSER",
                                     "gate",       "reset",
                                     "on",         ">pw",
                                     "~live:*",    "&live:*",
                                     "+ping",      "+function|load",
                                     "+fcall",     "+time",
                                     "+subscribe", "+unsubscribe",
                                     "+publish",   "+get",
                                     "+set",       "+expire",
                                     "+llen",      "+lrange",
                                     "+ltrim",     "+rpush",
                                     "+hget",      "+hset",
                                     "+hdel",      "+hmget",
                                     "+hgetall",   "+hvals",
                                     "+hlen",      "+hexists",
                                     "+hincrby",   "+sadd",
                                     "+zadd",      "+zrem",
                                     "+zscore",    "+zremrangebyscore",
                                     "+lrem",      "+lset",
                                     "+select",    NULL};

static void a_user_with_the_rights_we_name_can_do_everything(void **state)
{
    struct stage *stage = *state;
    const struct census_item enter = {.verb = CENSUS_ENTER,
                                      .uid = span_of("7"),
                                      .announcement = span_of("{\"msg_type\":\"join\"}")};
    const struct broker_moderate recall = {
        .room = span_of(stage->room), .verb = MODERATE_RECALL, .uid = span_of("m")};
    struct answer answer;

    worker_close(&stage->a);
    (void)ASK(redis_place.client, "FUNCTION", "FLUSH");
    assert_string_equal(reply_text(redis_client_words(redis_place.client, rights)), "OK");
    (void)snprintf(redis_place.url, sizeof redis_place.url, "redis://gate:pw@127.0.0.1:%u/1",
                   (unsigned)redis_server_port(redis_place.server));
    worker_open(stage, &stage->a, "a");
    hear(&stage->a, stage->room);

    (void)published(stage, "{\"msg_type\":\"message\",\"content\":\"x\",\"id\":\"m\"}");
    (void)published(stage, "{\"msg_type\":\"like\"}");
    (void)published(stage, "{\"msg_type\":\"subscribe\"}");
    (void)published(stage, "{\"msg_type\":\"on_off_shelf\",\"goods_id\":1,\"status\":\"on\"}");
    (void)published(stage, "{\"msg_type\":\"on_off_shelf\",\"goods_id\":1,\"status\":\"off\","
                           "\"version\":2}");
    count_in(&stage->a, 1, &enter, &answer);
    worker_moderate(&stage->a, &recall, &answer);
    STAGE_UNTIL(stage, answer.times > 0);
    assert_true(answer.changed);
    cut(&stage->a, &answer);
    answer_dispose(&answer);
    read_after(&stage->a, (struct position){0, 0}, 10, &answer);
    answer_dispose(&answer);
    assert_int_equal(heard_before_last_word(&stage->a), 7);
    worker_unlisten(&stage->a, stage->room);
    stage_wait_ms(stage, 50);
    assert_int_equal(ASK(redis_place.client, "ACL", "LOG")->elements, 0);
}

static void a_missing_right_is_told_by_name(void **state)
{
    struct stage *stage = *state;

    (void)ASK(redis_place.client, "ACL", "SETUSER", "gate", "resetchannels");
    worker_listen(&stage->a, stage->room);
    redis_place_until_down(stage, "redis: the user lacks a permission (NOPERM)");
    (void)ASK(redis_place.client, "ACL", "SETUSER", "gate", "&live:*");
    redis_place_until_up(stage);

    (void)ASK(redis_place.client, "ACL", "SETUSER", "gate", "-zadd");
    redis_place_until_down(stage, "redis: the user lacks a permission (NOPERM)");
    (void)ASK(redis_place.client, "ACL", "SETUSER", "gate", "+zadd");
    redis_place_until_up(stage);
    STAGE_UNTIL(stage, stage->a.n_listening >= 1);

    (void)snprintf(redis_place.url, sizeof redis_place.url, "%s",
                   redis_server_url(redis_place.server));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAGE_TEST(a_flushed_library_is_loaded_again),
        STAGE_TEST(an_older_library_is_replaced_and_a_newer_one_is_not),
        STAGE_TEST(without_memory_redis_makes_the_broker_down_by_name),
        STAGE_TEST(a_demoted_master_makes_the_broker_down_by_name),
        STAGE_TEST(requests_are_counted_by_the_function_they_call),
        STAGE_TEST(a_user_with_the_rights_we_name_can_do_everything),
        STAGE_TEST(a_missing_right_is_told_by_name),
    };

    return cmocka_run_group_tests(tests, redis_place_set_up, redis_place_tear_down);
}
