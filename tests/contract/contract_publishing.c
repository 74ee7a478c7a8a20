#include "tests/contract/contract.h"
#include "tests/contract/stage.h"

#include <inttypes.h>
#include <stdio.h>

static void every_request_is_answered_once_and_never_from_inside_the_call(void **state)
{
    struct stage *stage = *state;
    const struct broker_publish good = {.room = span_of(stage->room),
                                        .message = span_of("{\"msg_type\":\"x_gift\"}")};
    const struct broker_publish bad = {.room = span_of(stage->room), .message = span_of("[]")};
    const struct broker_census nobody = {.room = span_of(stage->room)};
    struct answer answers[4];

    worker_publish(&stage->a, &good, &answers[0]); /* the stage fails if it is answered inside */
    worker_publish(&stage->a, &bad, &answers[1]);
    worker_snapshot(&stage->a, stage->room, &answers[2]);
    worker_census(&stage->a, &nobody, &answers[3]);
    for (size_t i = 0; i < 4; i++)
        STAGE_UNTIL(stage, answers[i].times > 0);
    stage_wait_ms(stage, 20);

    for (size_t i = 0; i < 4; i++)
        assert_int_equal(answers[i].times, 1);
    assert_int_equal(answers[1].refusal, REFUSAL_MALFORMED);
    answer_dispose(&answers[2]);
}

static void requests_take_effect_in_the_order_of_the_calls(void **state)
{
    struct stage *stage = *state;
    const struct broker_publish what = {.room = span_of(stage->room),
                                        .message = span_of("{\"msg_type\":\"x_gift\"}")};
    struct answer first;
    struct answer between;
    struct answer second;

    worker_publish(&stage->a, &what, &first);
    worker_snapshot(&stage->a, stage->room, &between);
    worker_publish(&stage->a, &what, &second);
    STAGE_UNTIL(stage, second.times > 0 && between.times > 0 && first.times > 0);

    assert_int_equal(position_compare(between.position, first.position), 0);
    assert_int_equal(position_compare(second.position, first.position), 1);
    answer_dispose(&between);
}

struct chain {
    struct stage *stage;
    int answers;
    uint64_t last_seq;
};

static void publish_the_next(void *arg, const struct broker_status *status,
                             const struct broker_published *published)
{
    struct chain *chain = arg;
    const struct broker_publish what = {.room = span_of(chain->stage->room),
                                        .message = span_of("{\"msg_type\":\"x_gift\"}")};

    assert_false(chain->stage->in_call);
    assert_int_equal(status->refusal, REFUSAL_NONE);
    assert_true(published->position.seq == chain->last_seq + 1);
    chain->last_seq = published->position.seq;
    if (++chain->answers == 10)
        return;

    chain->stage->in_call = true;
    broker_publish(chain->stage->a.broker, &what, publish_the_next, chain);
    chain->stage->in_call = false;
}

static void an_answer_may_be_followed_by_the_next_request_at_once(void **state)
{
    struct stage *stage = *state;
    struct chain chain = {.stage = stage};
    const struct broker_publish what = {.room = span_of(stage->room),
                                        .message = span_of("{\"msg_type\":\"x_gift\"}")};

    hear(&stage->a, stage->room);

    broker_publish(stage->a.broker, &what, publish_the_next, &chain);
    STAGE_UNTIL(stage, chain.answers == 10);

    assert_int_equal(heard_before_last_word(&stage->a), 10);
}

static void positions_grow_by_one(void **state)
{
    struct stage *stage = *state;
    struct position before = published(stage, "{\"msg_type\":\"message\",\"content\":\"1\"}");

    for (int i = 0; i < 20; i++) {
        struct position next = published(stage, "{\"msg_type\":\"x_gift\"}");

        assert_true(next.term == before.term);
        assert_true(next.seq == before.seq + 1);
        before = next;
    }
}

static void only_the_first_message_of_a_term_says_so(void **state)
{
    struct stage *stage = *state;

    hear(&stage->a, stage->room);

    published(stage, "{\"msg_type\":\"x_gift\"}");
    published(stage, "{\"msg_type\":\"x_gift\"}");

    assert_true(heard_at(&stage->a, 0)->entry.flags & ENTRY_FIRST_OF_TERM);
    assert_false(heard_at(&stage->a, 1)->entry.flags & ENTRY_FIRST_OF_TERM);
}

static void an_entry_says_when_where_and_from_whom(void **state)
{
    struct stage *stage = *state;
    const struct broker_publish what = {
        .room = span_of(stage->room),
        .message = span_of("{\"msg_type\":\"message\",\"content\":\"hi\",\"id\":\"mine\"}"),
        .id = span_of("u.7.mine"),
        .origin = span_of("local/a/17"),
        .flags = ENTRY_PLAIN_TEXT | ENTRY_NOT_TO_SENDER,
    };
    int64_t now_ms = (int64_t)clock_wall_ms();
    struct answer answer;
    const struct entry *entry;

    hear(&stage->a, stage->room);

    publish_as(&stage->a, &what, &answer);

    entry = &heard_at(&stage->a, 0)->entry;
    assert_string_equal(heard_at(&stage->a, 0)->room, stage->room);
    assert_int_equal(position_compare(entry->position, answer.position), 0);
    assert_in_range(entry->ts, now_ms - 60000, now_ms + 60000);
    assert_true(span_is(entry->id, "u.7.mine"));
    assert_true(span_is(entry->origin, "local/a/17"));
    assert_int_equal(entry->flags & ~(unsigned)ENTRY_FIRST_OF_TERM,
                     ENTRY_PLAIN_TEXT | ENTRY_NOT_TO_SENDER);
    assert_int_equal(entry->total, -1);
    assert_true(span_equal(entry->payload, what.message));
}

static void a_message_without_an_id_is_named_by_its_position(void **state)
{
    struct stage *stage = *state;
    struct answer answer;
    char expected[64];

    hear(&stage->a, stage->room);

    publish(stage, "{\"msg_type\":\"x_gift\"}", &answer);

    (void)snprintf(expected, sizeof expected, "%" PRIu64 "-%" PRIu64, answer.position.term,
                   answer.position.seq);
    assert_string_equal(answer.id, expected);
    assert_true(span_is(heard_at(&stage->a, 0)->entry.id, expected));
}

static void what_is_not_sequenced_has_no_position_and_is_not_kept(void **state)
{
    static const char *const messages[] = {"{\"msg_type\":\"join\",\"from_name\":\"A\"}",
                                           "{\"msg_type\":\"leave\",\"from_name\":\"A\"}",
                                           "{\"msg_type\":\"like\"}"};
    struct stage *stage = *state;
    struct position last = published(stage, "{\"msg_type\":\"x_gift\"}");
    struct answer answer;

    hear(&stage->a, stage->room);

    for (size_t i = 0; i < 3; i++) {
        assert_true(published(stage, messages[i]).seq == 0);
        assert_true(heard_at(&stage->a, i)->entry.position.seq == 0);
        assert_true(span_is(heard_at(&stage->a, i)->entry.payload, messages[i]));
    }

    cut(&stage->a, &answer);
    assert_int_equal(position_compare(answer.position, last), 0);
    answer_dispose(&answer);
}

static void a_backends_join_does_not_count_anyone(void **state)
{
    struct stage *stage = *state;
    struct answer answer;

    published(stage, "{\"msg_type\":\"join\",\"from_name\":\"A\"}");

    cut(&stage->a, &answer);
    assert_int_equal(answer.online, 0);
    answer_dispose(&answer);
}

static void likes_are_summed_and_totals_grow(void **state)
{
    struct stage *stage = *state;
    const struct broker_publish summed = {
        .room = span_of(stage->room),
        .message = span_of("{\"msg_type\":\"like\",\"count\":2500}"),
        .flags = ENTRY_SUMMED,
    };
    struct answer answer;

    hear(&stage->a, stage->room);

    published(stage, "{\"msg_type\":\"like\"}");
    published(stage, "{\"msg_type\":\"like\",\"count\":100}");
    publish_as(&stage->a, &summed, &answer);

    assert_int_equal(answer.refusal, REFUSAL_NONE);
    assert_int_equal(heard_at(&stage->a, 0)->entry.total, 1);
    assert_int_equal(heard_at(&stage->a, 1)->entry.total, 101);
    assert_int_equal(heard_at(&stage->a, 2)->entry.total, 2601);
    assert_true(heard_at(&stage->a, 2)->entry.flags & ENTRY_SUMMED);

    cut(&stage->a, &answer);
    assert_int_equal(answer.cut->likes, 2601);
    answer_dispose(&answer);
}

static void follows_are_counted(void **state)
{
    struct stage *stage = *state;
    struct answer answer;

    hear(&stage->a, stage->room);

    assert_true(published(stage, "{\"msg_type\":\"subscribe\"}").seq > 0);
    published(stage, "{\"msg_type\":\"subscribe\"}");

    assert_int_equal(heard_at(&stage->a, 0)->entry.total, 1);
    assert_int_equal(heard_at(&stage->a, 1)->entry.total, 2);

    cut(&stage->a, &answer);
    assert_int_equal(answer.cut->follows, 2);
    answer_dispose(&answer);
}

static void subscribe_as(struct stage *stage, const char *uid, struct answer *answer)
{
    const struct broker_publish request = {.room = span_of(stage->room),
                                           .message = span_of("{\"msg_type\":\"subscribe\"}"),
                                           .uid = span_of(uid)};

    publish_as(&stage->a, &request, answer);
    assert_int_equal(answer->refusal, REFUSAL_NONE);
}

static void a_verified_viewer_follows_once(void **state)
{
    struct stage *stage = *state;
    struct answer first, other, again, now;

    hear(&stage->a, stage->room);
    subscribe_as(stage, "7", &first);
    subscribe_as(stage, "a b:{c}", &other);
    subscribe_as(stage, "7", &again);
    published(stage, "{\"msg_type\":\"subscribe\"}"); /* nobody knows whose */

    assert_int_equal(again.position.seq, other.position.seq);
    assert_int_equal(heard_at(&stage->a, 1)->entry.total, 2);
    assert_int_equal(heard_at(&stage->a, 2)->entry.total, 3);
    cut(&stage->a, &now);
    assert_int_equal(now.cut->follows, 3);
    answer_dispose(&first);
    answer_dispose(&other);
    answer_dispose(&again);
    answer_dispose(&now);
}

int contract_publishing(void)
{
    const struct CMUnitTest tests[] = {
        STAGE_TEST(every_request_is_answered_once_and_never_from_inside_the_call),
        STAGE_TEST(requests_take_effect_in_the_order_of_the_calls),
        STAGE_TEST(an_answer_may_be_followed_by_the_next_request_at_once),
        STAGE_TEST(positions_grow_by_one),
        STAGE_TEST(only_the_first_message_of_a_term_says_so),
        STAGE_TEST(an_entry_says_when_where_and_from_whom),
        STAGE_TEST(a_message_without_an_id_is_named_by_its_position),
        STAGE_TEST(what_is_not_sequenced_has_no_position_and_is_not_kept),
        STAGE_TEST(a_backends_join_does_not_count_anyone),
        STAGE_TEST(likes_are_summed_and_totals_grow),
        STAGE_TEST(follows_are_counted),
        STAGE_TEST(a_verified_viewer_follows_once),
    };

    return cmocka_run_group_tests_name("publishing", tests, NULL, NULL);
}
