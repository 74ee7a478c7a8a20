#include "tests/contract/contract.h"
#include "tests/contract/stage.h"

#include <stdio.h>
#include <stdlib.h>

static void entries_arrive_in_publishing_order(void **state)
{
    enum { N = 1000 };
    struct stage *stage = *state;
    struct answer *answers = calloc(N, sizeof *answers);
    struct position before = {0, 0};

    assert_non_null(answers);
    hear(&stage->a, stage->room);

    for (int i = 0; i < N; i++) {
        char message[100];
        struct broker_publish what = {.room = span_of(stage->room)};

        (void)snprintf(message, sizeof message, "{\"msg_type\":\"x_gift\",\"n\":%d}", i);
        what.message = span_of(message);
        worker_publish(&stage->a, &what, &answers[i]);
    }
    STAGE_UNTIL(stage, answers[N - 1].times > 0 && stage->a.n_heard == N);

    LIST_FOR_EACH (node, &stage->a.heard) {
        const struct heard *heard = CONTAINER_OF(node, struct heard, node);

        assert_int_equal(position_compare(heard->entry.position, before), 1);
        assert_true(before.seq == 0 || heard->entry.position.seq == before.seq + 1);
        before = heard->entry.position;
    }
    for (int i = 0; i < N; i++)
        assert_int_equal(answers[i].times, 1);
    free(answers);
}

static void listening_is_confirmed_before_anything_is_heard(void **state)
{
    struct stage *stage = *state;
    uint64_t give_up_at = clock_now() + STAGE_PATIENCE_MS;

    worker_listen(&stage->a, stage->room);
    while (stage->a.n_listening == 0 && clock_now() < give_up_at) {
        struct answer answer;

        publish(stage, "{\"msg_type\":\"x_gift\"}", &answer);
        assert_true(stage->a.n_heard == 0 || stage->a.n_listening == 1);
    }

    (void)heard_before_last_word(&stage->a);
    assert_int_equal(stage->a.n_listening, 1);
}

static void only_rooms_listened_to_are_heard(void **state)
{
    struct stage *stage = *state;
    const struct broker_publish elsewhere = {.room = span_of(stage->other_room),
                                             .message = span_of("{\"msg_type\":\"x_gift\"}")};
    struct answer answer;

    hear(&stage->a, stage->room);

    publish_as(&stage->a, &elsewhere, &answer);

    assert_int_equal(heard_before_last_word(&stage->a), 0);
}

static void every_entry_comes_to_its_listener(void **state)
{
    struct stage *stage = *state;
    const struct broker_publish elsewhere = {.room = span_of(stage->other_room),
                                             .message = span_of("{\"msg_type\":\"x_gift\"}")};
    struct answer answer;

    hear(&stage->a, stage->room);
    hear(&stage->a, stage->other_room);

    published(stage, "{\"msg_type\":\"x_gift\"}");
    (void)heard_at(&stage->a, 0);
    publish_as(&stage->a, &elsewhere, &answer);

    assert_string_equal(heard_at(&stage->a, 0)->room, stage->room);
    assert_string_equal(heard_at(&stage->a, 1)->room, stage->other_room);
}

static void nothing_more_is_heard_after_unlistening(void **state)
{
    struct stage *stage = *state;
    const struct broker_publish what = {.room = span_of(stage->other_room),
                                        .message = span_of("{\"msg_type\":\"x_gift\"}")};
    struct answer before;
    struct answer after;

    hear(&stage->a, stage->room);
    hear(&stage->a, stage->other_room);

    worker_publish(&stage->a, &what, &before);
    worker_unlisten(&stage->a, stage->other_room);
    worker_publish(&stage->a, &what, &after);
    STAGE_UNTIL(stage, before.times > 0 && after.times > 0);

    assert_int_equal(heard_before_last_word(&stage->a), 0);
}

/* Each time with another listener; the stage complains if one is told after its time. */
static void who_listens_again_takes_the_place_of_who_listened_before(void **state)
{
    struct stage *stage = *state;
    const struct broker_publish what = {.room = span_of(stage->room),
                                        .message = span_of("{\"msg_type\":\"x_gift\"}")};
    struct answer answers[2];

    hear(&stage->a, stage->room);

    worker_publish(&stage->a, &what, &answers[0]);
    worker_listen(&stage->a, stage->room);
    STAGE_UNTIL(stage, answers[0].times > 0 && stage->a.n_heard == 1);

    worker_publish(&stage->a, &what, &answers[1]);
    worker_unlisten(&stage->a, stage->room);
    hear(&stage->a, stage->room);
    STAGE_UNTIL(stage, answers[1].times > 0);

    assert_in_range(heard_before_last_word(&stage->a), 1, 2);
}

static void listening_twice_is_listening_once(void **state)
{
    struct stage *stage = *state;

    worker_listen(&stage->a, stage->room);
    worker_listen(&stage->a, stage->room);
    STAGE_UNTIL(stage, stage->a.n_listening > 0);
    worker_listen(&stage->a, stage->room);
    published(stage, "{\"msg_type\":\"x_gift\"}");

    assert_int_equal(heard_before_last_word(&stage->a), 1);
    assert_int_equal(stage->a.n_listening, 1);

    worker_unlisten(&stage->a, stage->room);
    hear(&stage->a, stage->other_room);
    published(stage, "{\"msg_type\":\"x_gift\"}");
    stage_wait_ms(stage, 20);
    assert_int_equal(stage->a.n_heard, 2);
}

static void unlistening_is_harmless_where_nobody_listens(void **state)
{
    struct stage *stage = *state;

    worker_unlisten(&stage->a, stage->room);
    worker_unlisten(&stage->a, stage->room);
    hear(&stage->a, stage->room);
    published(stage, "{\"msg_type\":\"x_gift\"}");

    assert_int_equal(heard_before_last_word(&stage->a), 1);
}

static void the_last_wish_counts_however_often_it_changed(void **state)
{
    struct stage *stage = *state;
    const struct broker_publish elsewhere = {.room = span_of(stage->other_room),
                                             .message = span_of("{\"msg_type\":\"x_gift\"}")};
    struct answer answer;

    for (int i = 0; i < 50; i++) {
        worker_listen(&stage->a, stage->room);
        worker_listen(&stage->a, stage->other_room);
        worker_unlisten(&stage->a, stage->room);
        worker_unlisten(&stage->a, stage->other_room);
    }
    hear(&stage->a, stage->room);
    publish_as(&stage->a, &elsewhere, &answer);
    published(stage, "{\"msg_type\":\"x_gift\"}");

    assert_int_equal(heard_before_last_word(&stage->a), 1);
}

static void many_rooms_are_heard_at_once(void **state)
{
    enum { ROOMS = 300 };
    struct stage *stage = *state;
    struct answer answers[ROOMS];
    char name[80];

    for (int i = 0; i < ROOMS; i++) {
        (void)snprintf(name, sizeof name, "%s-%d", stage->room, i);
        worker_listen(&stage->a, name);
    }
    STAGE_UNTIL(stage, stage->a.n_listening == ROOMS);

    for (int i = 0; i < ROOMS; i++) {
        struct broker_publish what = {.message = span_of("{\"msg_type\":\"x_gift\"}")};

        (void)snprintf(name, sizeof name, "%s-%d", stage->room, i);
        what.room = span_of(name);
        worker_publish(&stage->a, &what, &answers[i]);
    }
    STAGE_UNTIL(stage, stage->a.n_heard == ROOMS && answers[ROOMS - 1].times > 0);

    for (int i = 0; i < ROOMS; i++)
        assert_int_equal(answers[i].times, 1);
}

static void stop_hearing(struct stage_worker *worker)
{
    worker_unlisten(worker, worker->stage->room);
    worker_listen(worker, worker->stage->other_room);
}

static void rooms_may_be_changed_from_inside_an_entry(void **state)
{
    struct stage *stage = *state;
    const struct broker_publish here = {.room = span_of(stage->room),
                                        .message = span_of("{\"msg_type\":\"x_gift\"}")};
    const struct broker_publish elsewhere = {.room = span_of(stage->other_room),
                                             .message = span_of("{\"msg_type\":\"x_gift\"}")};
    struct answer answers[3];

    hear(&stage->a, stage->room);
    stage->a.on_heard = stop_hearing;

    for (size_t i = 0; i < 3; i++)
        worker_publish(&stage->a, &here, &answers[i]);
    STAGE_UNTIL(stage, answers[2].times > 0 && stage->a.n_listening == 2);
    stage->a.on_heard = NULL;
    publish_as(&stage->a, &elsewhere, &answers[0]);

    assert_string_equal(heard_at(&stage->a, 0)->room, stage->room);
    assert_string_equal(heard_at(&stage->a, 1)->room, stage->other_room);
    assert_int_equal(stage->a.n_heard, 2);
}

int contract_listening(void)
{
    const struct CMUnitTest tests[] = {
        STAGE_TEST(entries_arrive_in_publishing_order),
        STAGE_TEST(listening_is_confirmed_before_anything_is_heard),
        STAGE_TEST(only_rooms_listened_to_are_heard),
        STAGE_TEST(every_entry_comes_to_its_listener),
        STAGE_TEST(nothing_more_is_heard_after_unlistening),
        STAGE_TEST(who_listens_again_takes_the_place_of_who_listened_before),
        STAGE_TEST(listening_twice_is_listening_once),
        STAGE_TEST(unlistening_is_harmless_where_nobody_listens),
        STAGE_TEST(the_last_wish_counts_however_often_it_changed),
        STAGE_TEST(rooms_may_be_changed_from_inside_an_entry),
        STAGE_TEST(many_rooms_are_heard_at_once),
    };

    return cmocka_run_group_tests_name("listening", tests, NULL, NULL);
}
