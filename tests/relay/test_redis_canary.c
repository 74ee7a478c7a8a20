/* What a canary takes for its own; that it flies and returns is for tests/contract. */
#include "relay/redis_canary.h"

#include "base/clock.h"
#include "base/metrics.h"
#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

#include <event2/event.h>
#include <hiredis/hiredis.h>
#include <string.h>

struct fixture {
    struct event_base *loop;
    struct metrics *metrics;
    struct redis_canary *canary;
    size_t returned;
};

static void on_returned(void *owner)
{
    struct fixture *f = owner;

    f->returned++;
}

static const struct redis_canary_events events = {.on_returned = on_returned};

static struct redis_canary *make(struct fixture *f)
{
    return redis_canary_new(
        &(struct redis_canary_settings){
            .loop = f->loop, .metrics = f->metrics, .prefix = "live", .worker = "w"},
        &events, f);
}

static int set_up(void **state)
{
    static struct fixture f;

    f = (struct fixture){.loop = event_base_new(), .metrics = metrics_new()};
    f.canary = make(&f);
    *state = &f;

    return f.loop && f.metrics && f.canary ? 0 : -1;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    redis_canary_free(f->canary);
    metrics_free(f->metrics);
    event_base_free(f->loop);

    return 0;
}

static bool take(struct fixture *f, char *channel, char *payload)
{
    char message[] = "message";
    redisReply parts[] = {
        {.type = REDIS_REPLY_STRING, .str = message, .len = sizeof message - 1},
        {.type = REDIS_REPLY_STRING, .str = channel, .len = strlen(channel)},
        {.type = REDIS_REPLY_STRING, .str = payload, .len = strlen(payload)},
    };
    redisReply *elements[] = {&parts[0], &parts[1], &parts[2]};
    redisReply reply = {.type = REDIS_REPLY_ARRAY, .elements = 3, .element = elements};

    return redis_canary_take(f->canary, &reply);
}

static void messages_of_rooms_are_left_to_others(void **state)
{
    char room[] = "live:{r1}", other_worker[] = "live:{!ww}", payload[] = "x";

    assert_false(take(*state, room, payload));
    assert_false(take(*state, other_worker, payload));
}

static void what_somebody_else_sings_proves_nothing(void **state)
{
    struct fixture *f = *state;
    char own[] = "live:{!w}";
    char songs[][48] = {"", "x", "0123456789abcdef:1", "0123456789abcdef", ":::::"};

    for (size_t i = 0; i < sizeof songs / sizeof songs[0]; i++)
        assert_true(take(f, own, songs[i]));

    assert_int_equal(f->returned, 0);
}

static void without_memory_there_is_none(void **state)
{
    struct fixture *f = *state;
    struct redis_canary *canary = NULL;

    for (int i = 0; !canary && i < 20; i++) {
        fail_malloc_after(i);
        canary = make(f);
        fail_malloc_never();
    }

    assert_non_null(canary);
    redis_canary_free(canary);
}

#define TEST(sentence) cmocka_unit_test_setup_teardown(sentence, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(messages_of_rooms_are_left_to_others),
        TEST(what_somebody_else_sings_proves_nothing),
        TEST(without_memory_there_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
