#include "tests/contract/contract.h"
#include "tests/contract/stage.h"

#include <string.h>

static void the_same_id_twice_publishes_once_and_gives_the_first_position(void **state)
{
    static const char message[] = "{\"msg_type\":\"buy\",\"id\":\"order-1\"}";
    struct stage *stage = *state;
    struct answer first;
    struct answer again;

    hear(&stage->a, stage->room);
    publish(stage, message, &first);
    published(stage, "{\"msg_type\":\"x_gift\"}");

    publish(stage, message, &again);

    assert_int_equal(again.refusal, REFUSAL_NONE);
    assert_string_equal(again.id, "order-1");
    assert_int_equal(position_compare(again.position, first.position), 0);
    assert_int_equal(heard_before_last_word(&stage->a), 2);
}

static void the_same_id_twice_at_once_publishes_once(void **state)
{
    struct stage *stage = *state;
    const struct broker_publish what = {.room = span_of(stage->room),
                                        .message =
                                            span_of("{\"msg_type\":\"buy\",\"id\":\"order-1\"}")};
    struct answer answers[2];

    hear(&stage->a, stage->room);

    worker_publish(&stage->a, &what, &answers[0]);
    worker_publish(&stage->a, &what, &answers[1]);
    STAGE_UNTIL(stage, answers[0].times > 0 && answers[1].times > 0);

    assert_int_equal(position_compare(answers[0].position, answers[1].position), 0);
    assert_int_equal(heard_before_last_word(&stage->a), 1);
}

static void likes_with_the_same_id_count_once(void **state)
{
    struct stage *stage = *state;
    struct answer answer;

    published(stage, "{\"msg_type\":\"like\",\"count\":3,\"id\":\"tap\"}");
    published(stage, "{\"msg_type\":\"like\",\"count\":3,\"id\":\"tap\"}");

    cut(&stage->a, &answer);
    assert_int_equal(answer.cut->likes, 3);
    answer_dispose(&answer);
}

static void the_same_id_in_another_room_is_another(void **state)
{
    static const char message[] = "{\"msg_type\":\"buy\",\"id\":\"order-1\"}";
    struct stage *stage = *state;
    const struct broker_publish elsewhere = {.room = span_of(stage->other_room),
                                             .message = span_of(message)};
    struct answer answer;

    published(stage, message);
    hear(&stage->a, stage->other_room);

    publish_as(&stage->a, &elsewhere, &answer);

    assert_int_equal(answer.refusal, REFUSAL_NONE);
    assert_true(span_is(heard_at(&stage->a, 0)->entry.id, "order-1"));
}

static void a_client_cannot_occupy_a_backends_id(void **state)
{
    struct stage *stage = *state;
    const struct broker_publish from_client = {
        .room = span_of(stage->room),
        .message = span_of("{\"msg_type\":\"message\",\"content\":\"x\",\"id\":\"order-1\"}"),
        .id = span_of("u.mallory.order-1"),
    };
    struct answer client;
    struct answer backend;

    hear(&stage->a, stage->room);
    publish_as(&stage->a, &from_client, &client);

    publish(stage, "{\"msg_type\":\"buy\",\"id\":\"order-1\"}", &backend);

    assert_int_equal(position_compare(backend.position, client.position), 1);
    assert_int_equal(heard_before_last_word(&stage->a), 2);
}

static void an_id_made_by_a_gateway_may_have_256_characters(void **state)
{
    static char id[ENTRY_MAX_ID + 1];
    struct stage *stage = *state;
    struct broker_publish what = {
        .room = span_of(stage->room),
        .message = span_of("{\"msg_type\":\"message\",\"content\":\"x\"}"),
    };
    struct answer answer;

    memset(id, 'a', sizeof id);
    hear(&stage->a, stage->room);

    what.id = span_make(id, ENTRY_MAX_ID);
    publish_as(&stage->a, &what, &answer);
    publish_as(&stage->a, &what, &answer);
    assert_int_equal(answer.refusal, REFUSAL_NONE);
    assert_true(span_equal(heard_at(&stage->a, 0)->entry.id, what.id));
    assert_int_equal(heard_before_last_word(&stage->a), 1);

    what.id = span_make(id, ENTRY_MAX_ID + 1);
    publish_as(&stage->a, &what, &answer);
    assert_int_equal(answer.refusal, REFUSAL_MALFORMED);

    what.id = span_of("a:b");
    publish_as(&stage->a, &what, &answer);
    assert_int_equal(answer.refusal, REFUSAL_MALFORMED);
    assert_int_equal(strncmp(answer.detail, "id ", 3), 0);
}

static void a_refused_message_does_not_use_up_its_id(void **state)
{
    struct stage *stage = *state;
    struct answer answer;

    publish(stage, "{\"msg_type\":\"message\",\"id\":\"m1\"}", &answer);
    assert_int_equal(answer.refusal, REFUSAL_MALFORMED);

    hear(&stage->a, stage->room);
    published(stage, "{\"msg_type\":\"message\",\"id\":\"m1\",\"content\":\"now\"}");

    assert_int_equal(heard_before_last_word(&stage->a), 1);
}

int contract_ids(void)
{
    const struct CMUnitTest tests[] = {
        STAGE_TEST(the_same_id_twice_publishes_once_and_gives_the_first_position),
        STAGE_TEST(the_same_id_twice_at_once_publishes_once),
        STAGE_TEST(likes_with_the_same_id_count_once),
        STAGE_TEST(the_same_id_in_another_room_is_another),
        STAGE_TEST(a_client_cannot_occupy_a_backends_id),
        STAGE_TEST(an_id_made_by_a_gateway_may_have_256_characters),
        STAGE_TEST(a_refused_message_does_not_use_up_its_id),
    };

    return cmocka_run_group_tests_name("ids", tests, NULL, NULL);
}
