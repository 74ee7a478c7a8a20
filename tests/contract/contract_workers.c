#include "tests/contract/contract.h"
#include "tests/contract/stage.h"

/* What holds between workers: for brokers that allow more than one. */

#define JOIN "{\"msg_type\":\"join\",\"from_name\":\"A\"}"
#define LEAVE "{\"msg_type\":\"leave\",\"from_name\":\"A\"}"

static struct census_item item(enum census_verb verb, const char *announcement)
{
    return (struct census_item){.verb = verb,
                                .uid = span_of("7"),
                                .announcement = span_of(announcement),
                                .origin = span_of("local/w/1")};
}

static void count_one(struct stage_worker *worker, uint64_t count, struct census_item what,
                      struct answer *answer)
{
    count_in(worker, count, &what, answer);
}

static void every_worker_hears_what_any_publishes(void **state)
{
    struct stage *stage = *state;
    const struct broker_publish what = {.room = span_of(stage->room),
                                        .message = span_of("{\"msg_type\":\"x_gift\"}")};
    struct answer answer;

    hear(&stage->a, stage->room);
    hear(&stage->b, stage->room);

    publish_as(&stage->a, &what, &answer);
    publish_as(&stage->b, &what, &answer);

    for (size_t i = 0; i < 2; i++)
        assert_true(span_equal(heard_at(&stage->a, i)->bytes, heard_at(&stage->b, i)->bytes));
    assert_true(heard_at(&stage->a, 1)->entry.position.seq ==
                heard_at(&stage->a, 0)->entry.position.seq + 1);
}

static void an_id_published_by_one_is_known_to_the_other(void **state)
{
    struct stage *stage = *state;
    const struct broker_publish what = {.room = span_of(stage->room),
                                        .message = span_of("{\"msg_type\":\"buy\",\"id\":\"o1\"}")};
    struct answer first;
    struct answer again;

    hear(&stage->a, stage->room);

    publish_as(&stage->a, &what, &first);
    publish_as(&stage->b, &what, &again);

    assert_int_equal(position_compare(first.position, again.position), 0);
    assert_int_equal(heard_before_last_word(&stage->a), 1);
}

static void one_unlistening_does_not_make_the_other_deaf(void **state)
{
    struct stage *stage = *state;

    hear(&stage->a, stage->room);
    hear(&stage->b, stage->room);

    worker_unlisten(&stage->a, stage->room);
    published(stage, "{\"msg_type\":\"x_gift\"}");

    assert_int_equal(heard_before_last_word(&stage->b), 1);
    assert_int_equal(stage->a.n_heard, 0);
}

static void counts_are_summed(void **state)
{
    struct stage *stage = *state;
    struct answer answer;

    count_in(&stage->a, 3, NULL, &answer);
    count_in(&stage->b, 4, NULL, &answer);
    assert_int_equal(answer.online, 7);

    count_in(&stage->a, 0, NULL, &answer);
    assert_int_equal(answer.online, 4);
}

static void a_worker_that_ended_is_not_counted_for_long(void **state)
{
    struct stage *stage = *state;
    uint64_t give_up_at = clock_now() + STAGE_PATIENCE_MS;
    struct answer answer;

    count_in(&stage->a, 3, NULL, &answer);
    count_in(&stage->b, 4, NULL, &answer);
    worker_close(&stage->b);

    do {
        answer_dispose(&answer);
        cut(&stage->a, &answer);
    } while (answer.online != 3 && clock_now() < give_up_at);

    assert_int_equal(answer.online, 3);
    answer_dispose(&answer);
}

static void who_was_at_a_worker_that_ended_is_returning_at_another(void **state)
{
    struct stage *stage = *state;
    uint64_t give_up_at = clock_now() + STAGE_PATIENCE_MS;
    struct answer answer;

    hear(&stage->a, stage->room);
    count_in(&stage->a, 3, NULL, &answer);
    count_one(&stage->b, 1, item(CENSUS_ENTER, ""), &answer);
    worker_close(&stage->b);

    do {
        count_in(&stage->a, 3, NULL, &answer);
    } while (answer.online != 3 && clock_now() < give_up_at);
    assert_int_equal(answer.online, 3);

    count_one(&stage->a, 4, item(CENSUS_ENTER, JOIN), &answer);
    assert_true(answer.returning[0]);
    assert_returned(&heard_at(&stage->a, 0)->entry, "7");
    assert_int_equal(answer.online, 4);
}

static void a_viewer_lost_by_one_and_back_at_the_other_is_told_to_nobody(void **state)
{
    struct stage *stage = *state;
    struct answer answer;
    const struct entry *told;

    hear(&stage->a, stage->room);
    count_one(&stage->a, 1, item(CENSUS_ENTER, ""), &answer);
    count_one(&stage->a, 1, item(CENSUS_LOST, ""), &answer);

    count_one(&stage->b, 1, item(CENSUS_ENTER, JOIN), &answer);

    assert_true(answer.returning[0]);
    assert_int_equal(answer.online, 1);
    told = &heard_at(&stage->a, 0)->entry;
    assert_returned(told, "7");
    assert_true(span_is(told->origin, "local/w/1"));

    count_in(&stage->a, 0, NULL, &answer); /* the first lets it go */
    assert_int_equal(answer.online, 1);
    count_one(&stage->a, 0, item(CENSUS_EXPIRE, LEAVE), &answer);
    assert_int_equal(heard_before_last_word(&stage->a), 1);
}

static void a_viewer_may_come_to_the_second_before_the_first_knows(void **state)
{
    struct stage *stage = *state;
    struct answer answer;

    hear(&stage->b, stage->room);
    count_one(&stage->a, 1, item(CENSUS_ENTER, ""), &answer);

    count_one(&stage->b, 1, item(CENSUS_ENTER, JOIN), &answer);
    assert_true(answer.returning[0]);
    assert_int_equal(answer.online, 1);
    assert_returned(&heard_at(&stage->b, 0)->entry, "7");

    count_one(&stage->a, 0, item(CENSUS_LOST, LEAVE), &answer);
    count_one(&stage->a, 0, item(CENSUS_EXPIRE, LEAVE), &answer);
    assert_int_equal(heard_before_last_word(&stage->b), 1);
    assert_int_equal(answer.online, 1);
}

static void leaving_the_first_is_not_told_when_the_second_has_the_viewer(void **state)
{
    struct stage *stage = *state;
    struct answer answer;

    hear(&stage->b, stage->room);
    count_one(&stage->a, 1, item(CENSUS_ENTER, ""), &answer);
    count_one(&stage->b, 1, item(CENSUS_ENTER, ""), &answer);
    assert_returned(&heard_at(&stage->b, 0)->entry, "7");

    count_one(&stage->a, 0, item(CENSUS_LEAVE, LEAVE), &answer);

    assert_int_equal(heard_before_last_word(&stage->b), 1);
    assert_int_equal(answer.online, 1);

    count_one(&stage->b, 0, item(CENSUS_LEAVE, LEAVE), &answer);
    assert_true(span_is(heard_at(&stage->b, 2)->entry.payload, LEAVE));
    assert_int_equal(answer.online, 0);
}

static void a_snapshot_is_exact_while_two_publish(void **state)
{
    struct stage *stage = *state;

    snapshot_plus_messages_is_exact(stage, (struct stage_worker *[]){&stage->a, &stage->b}, 2);
}

int contract_workers(void)
{
    const struct CMUnitTest tests[] = {
        STAGE_TEST_TWO(every_worker_hears_what_any_publishes),
        STAGE_TEST_TWO(an_id_published_by_one_is_known_to_the_other),
        STAGE_TEST_TWO(one_unlistening_does_not_make_the_other_deaf),
        STAGE_TEST_TWO(counts_are_summed),
        STAGE_TEST_TWO(a_worker_that_ended_is_not_counted_for_long),
        STAGE_TEST_TWO(who_was_at_a_worker_that_ended_is_returning_at_another),
        STAGE_TEST_TWO(a_viewer_lost_by_one_and_back_at_the_other_is_told_to_nobody),
        STAGE_TEST_TWO(a_viewer_may_come_to_the_second_before_the_first_knows),
        STAGE_TEST_TWO(leaving_the_first_is_not_told_when_the_second_has_the_viewer),
        STAGE_TEST_TWO(a_snapshot_is_exact_while_two_publish),
    };

    return cmocka_run_group_tests_name("workers", tests, NULL, NULL);
}
