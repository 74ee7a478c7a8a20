/* Each allocation fails in turn, libevent's too, while the broker on Redis is asked and listens:
 * every request is answered once, and when there is memory again it is up by itself and hears. */
#include "tests/contract/hardship.h"
#include "tests/contract/redis_place.h"
#include "tests/contract/stage.h"

#include "tests/support/redis_client.h"
#include "tests/support/torture.h"

#include <event2/event.h>
#include <stdio.h>

#define GIFT "{\"msg_type\":\"x_gift\"}"
#define SHELF "{\"msg_type\":\"on_off_shelf\",\"goods_id\":\"g\",\"status\":\"on\"}"

enum { RETRY_MS = 20, PAUSE_MS = 10000, STRIDE = 7 };

/* What came while its link was being renewed it has missed, and its owner knows. */
static void assert_hears_again(struct stage *stage)
{
    size_t before = stage->a.n_heard;

    STAGE_UNTIL(stage, stage->a.state == BROKER_UP);
    do { /* it may not have noticed yet that its link is gone */
        struct answer answer;

        redis_place_publish(stage, &answer);
        STAGE_UNTIL(stage, answer.times > 0);
        answer_dispose(&answer);
        stage_wait_ms(stage, RETRY_MS);
    } while (stage->a.n_heard == before);
}

static void every_request_is_answered_once_and_the_broker_comes_back(void **state)
{
    struct stage *stage = *state;

    hear(&stage->a, stage->room);
    (void)published(stage, SHELF);

    TORTURE (torture) {
        hardship_ask_each_kind(stage, &torture);
        assert_hears_again(stage);
    }
}

static void rooms_are_listened_to_or_that_is_refused(void **state)
{
    struct stage *stage = *state;
    char room[32];
    int n = 0;

    TORTURE (torture) {
        size_t before = stage->a.n_listening;
        int error;

        (void)snprintf(room, sizeof room, "room-%d", n++);
        torture_begin(&torture);
        error = worker_try_to_listen(&stage->a, room);
        torture_end(&torture);
        hardship_work(stage, &torture);

        if (error != 0) {
            assert_true(torture_refused(&torture));
            continue;
        }
        STAGE_UNTIL(stage, stage->a.n_listening > before);
        STAGE_UNTIL(stage, stage->a.state == BROKER_UP);
        worker_unlisten(&stage->a, room);
        stage_turn(stage);
    }
}

/* One turn at a time, until something was refused or all is well again. */
static void renew(struct stage *stage, struct torture *torture)
{
    uint64_t give_up_ms = clock_now() + PAUSE_MS;
    bool was_down = false, is_up = false;

    (void)ASK(redis_place.client, "CLIENT", "KILL", "TYPE", "pubsub");
    (void)ASK(redis_place.client, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");

    while (!is_up && !(torture_refused(torture) && was_down)) {
        torture_begin(torture);
        (void)event_base_loop(stage->loop, EVLOOP_ONCE);
        torture_end(torture);
        was_down |= stage->a.state == BROKER_DOWN;
        is_up = was_down && stage->a.state == BROKER_UP;
        assert_true(clock_now() < give_up_ms);
    }
}

static void links_that_are_renewed_without_memory_come_up_later(void **state)
{
    struct stage *stage = *state;

    hear(&stage->a, stage->room);

    TORTURE (torture) {
        renew(stage, &torture);
        assert_hears_again(stage);
        torture.n += STRIDE - 1; /* each round waits for a canary; see test_redis_link_memory.c */
    }
}

static void a_broker_is_made_whole_or_not_at_all(void **state)
{
    struct stage *stage = *state;

    TORTURE (torture) {
        struct broker *broker;

        torture_begin(&torture);
        broker = stage_broker->open(stage_place, stage->loop, stage->wheel, "c");
        torture_end(&torture);

        assert_true(broker || torture_refused(&torture));
        broker_free(broker);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAGE_TEST(a_broker_is_made_whole_or_not_at_all),
        STAGE_TEST(every_request_is_answered_once_and_the_broker_comes_back),
        STAGE_TEST(rooms_are_listened_to_or_that_is_refused),
        STAGE_TEST(links_that_are_renewed_without_memory_come_up_later),
    };

    return cmocka_run_group_tests_name("redis_memory", tests, redis_place_set_up,
                                       redis_place_tear_down);
}
