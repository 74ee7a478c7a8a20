#include "tests/contract/contract.h"
#include "tests/contract/stage.h"

static void everything_is_answered_when_the_broker_is_freed(void **state)
{
    enum { N = 30 };
    struct stage *stage = *state;
    const struct broker_publish what = {.room = span_of(stage->room),
                                        .message = span_of("{\"msg_type\":\"x_gift\"}")};
    const struct broker_census nobody = {.room = span_of(stage->room)};
    struct answer answers[N];

    worker_listen(&stage->a, stage->room);
    for (size_t i = 0; i < N; i += 3) {
        worker_publish(&stage->a, &what, &answers[i]);
        worker_snapshot(&stage->a, stage->room, &answers[i + 1]);
        worker_census(&stage->a, &nobody, &answers[i + 2]);
    }

    worker_close(&stage->a);

    for (size_t i = 0; i < N; i++) {
        assert_int_equal(answers[i].times, 1);
        assert_int_equal(answers[i].refusal, REFUSAL_UNAVAILABLE);
    }
    assert_int_equal(stage->a.n_heard, 0);
    assert_int_equal(stage->a.n_listening, 0);
}

static void nothing_is_called_after_the_broker_was_freed(void **state)
{
    struct stage *stage = *state;
    const struct broker_publish what = {.room = span_of(stage->room),
                                        .message = span_of("{\"msg_type\":\"x_gift\"}")};
    struct answer answer;

    hear(&stage->a, stage->room);
    worker_publish(&stage->a, &what, &answer);
    worker_close(&stage->a);

    stage->in_call = true; /* the stage fails if it is called now */
    stage_wait_ms(stage, 20);

    assert_int_equal(answer.times, 1);
}

static void a_broker_never_started_can_be_freed(void **state)
{
    struct stage *stage = *state;
    struct broker *broker = stage_broker->open(stage_place, stage->loop, stage->wheel, "c");

    assert_non_null(broker);
    assert_int_equal(broker->state, BROKER_DOWN);
    assert_non_null(broker->why);
    broker_free(broker);
    broker_free(NULL);
}

int contract_ending(void)
{
    const struct CMUnitTest tests[] = {
        STAGE_TEST(everything_is_answered_when_the_broker_is_freed),
        STAGE_TEST(nothing_is_called_after_the_broker_was_freed),
        STAGE_TEST(a_broker_never_started_can_be_freed),
    };

    return cmocka_run_group_tests_name("ending", tests, NULL, NULL);
}
