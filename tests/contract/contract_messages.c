#include "schema/message.h"
#include "tests/contract/contract.h"
#include "tests/contract/stage.h"

#include <stdlib.h>
#include <string.h>

static void a_malformed_message_names_the_field_and_changes_nothing(void **state)
{
    static const struct {
        const char *message;
        const char *field;
    } bad[] = {
        {"", "message "},
        {"nonsense", "message "},
        {"[1,2]", "message "},
        {"{\"msg_type\":\"buy\"} ,", "message "},
        {"{\"msg_type\":\"x_gift\",\"data\":\"\xff\"}", "message "},
        {"\x81\xa8msg_type", "message "},
        {"{\"msg_type\":\"message\"}", "content "},
        {"{\"msg_type\":\"message\",\"content\":7}", "content "},
        {"{\"msg_type\":\"message\",\"content\":\"a\",\"content\":\"b\"}", "content "},
        {"{\"msg_type\":\"like\",\"count\":101}", "count "},
        {"{\"msg_type\":\"like\",\"count\":0}", "count "},
        {"{\"msg_type\":\"buy\",\"id\":\"a b\"}", "id "},
        {"{\"msg_type\":\"buy\",\"room_id\":\"elsewhere\"}", "room_id "},
        {"{\"msg_type\":\"on_off_shelf\",\"status\":\"on\"}", "goods_id "},
        {"{\"msg_type\":\"on_off_shelf\",\"goods_id\":\"1\",\"status\":\"sold\"}", "status "},
        {"{\"msg_type\":\"on_off_shelf\",\"goods_id\":1,\"status\":\"on\",\"version\":\"2\"}",
         "version "},
    };
    struct stage *stage = *state;
    struct position before = published(stage, "{\"msg_type\":\"subscribe\"}");
    struct answer answer;

    hear(&stage->a, stage->room);

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        publish(stage, bad[i].message, &answer);
        assert_int_equal(answer.refusal, REFUSAL_MALFORMED);
        if (strncmp(answer.detail, bad[i].field, strlen(bad[i].field)) != 0)
            fail_msg("%s: expected %s, got %s", bad[i].message, bad[i].field, answer.detail);
    }

    cut(&stage->a, &answer);
    assert_int_equal(position_compare(answer.position, before), 0);
    assert_int_equal(answer.cut->likes, 0);
    assert_int_equal(answer.cut->follows, 1);
    assert_int_equal(answer.cut->n_shelf, 0);
    assert_int_equal(answer.cut->n_chat, 0);
    assert_int_equal(heard_before_last_word(&stage->a), 0);
    answer_dispose(&answer);
}

static void an_unknown_kind_is_refused(void **state)
{
    static const char *const unknown[] = {"{\"msg_type\":\"sell\"}", "{\"msg_type\":7}", "{}",
                                          "{\"msg_type\":\"x_\"}", "{\"msg_type\":\"x_a b\"}"};
    struct stage *stage = *state;
    struct answer answer;

    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        publish(stage, unknown[i], &answer);
        assert_int_equal(answer.refusal, REFUSAL_UNKNOWN);
    }
}

static void taps_of_many_are_only_believed_from_a_gateway(void **state)
{
    struct stage *stage = *state;
    struct answer answer;

    publish(stage, "{\"msg_type\":\"like\",\"count\":2500}", &answer);

    assert_int_equal(answer.refusal, REFUSAL_MALFORMED);
}

static void a_message_may_have_16384_bytes_and_no_more(void **state)
{
    static const char start[] = "{\"msg_type\":\"x_gift\",\"fill\":\"";
    struct stage *stage = *state;
    size_t size = MESSAGE_MAX_BYTES + 1;
    char *text = malloc(size);
    struct broker_publish what = {.room = span_of(stage->room)};
    struct answer answer;

    assert_non_null(text);
    memset(text, 'a', size);
    memcpy(text, start, strlen(start));
    hear(&stage->a, stage->room);

    memcpy(text + size - 2, "\"}", 2);
    what.message = span_make(text, size);
    publish_as(&stage->a, &what, &answer);
    assert_int_equal(answer.refusal, REFUSAL_TOO_BIG);

    size--;
    memcpy(text + size - 2, "\"}", 2);
    what.message = span_make(text, size);
    publish_as(&stage->a, &what, &answer);
    assert_int_equal(answer.refusal, REFUSAL_NONE);
    assert_true(span_equal(heard_at(&stage->a, 0)->entry.payload, what.message));
    free(text);
}

static void a_message_may_name_its_room(void **state)
{
    struct stage *stage = *state;
    const struct broker_publish by_number = {
        .room = span_of("4711"), .message = span_of("{\"msg_type\":\"x_gift\",\"room_id\":4711}")};
    const struct broker_publish by_text = {
        .room = span_of("4711"),
        .message = span_of("{\"msg_type\":\"x_gift\",\"room_id\":\"4711\"}")};
    struct answer answer;

    publish_as(&stage->a, &by_number, &answer);
    assert_int_equal(answer.refusal, REFUSAL_NONE);

    publish_as(&stage->a, &by_text, &answer);
    assert_int_equal(answer.refusal, REFUSAL_NONE);
}

static void what_is_published_arrives_byte_for_byte(void **state)
{
    static const char *const messages[] = {
        "{\"msg_type\":\"x_gift\",\"price\":99.00,\"a\":[],\"o\":{},\"n\":12345678901234567890}",
        "{ \"msg_type\" : \"message\",\n\"content\":\"\\u4f60\\u597d \xe4\xbd\xa0\",\"e\":1E+2 }",
        "{\"msg_type\":\"on_off_shelf\",\"goods_id\":7,\"status\":\"on\",\"goods_price\":\"9.90\"}",
    };
    struct stage *stage = *state;

    hear(&stage->a, stage->room);

    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
        published(stage, messages[i]);
        assert_true(span_is(heard_at(&stage->a, i)->entry.payload, messages[i]));
    }
}

static void a_msgpack_message_is_checked_and_kept_as_it_came(void **state)
{
    /* {"msg_type": "message", "content": "hi", "price": 99.0} */
    static const char good[] = "\x83\xa8msg_type\xa7message\xa7"
                               "content\xa2hi\xa5price\xcb\x40\x58\xc0\x00\x00\x00\x00\x00";
    static const char bad[] = "\x82\xa8msg_type\xa7message\xa7"
                              "content\x07";
    struct stage *stage = *state;
    struct broker_publish what = {.room = span_of(stage->room),
                                  .message = span_make(good, sizeof good - 1)};
    struct answer answer;

    hear(&stage->a, stage->room);

    publish_as(&stage->a, &what, &answer);
    assert_int_equal(answer.refusal, REFUSAL_NONE);
    assert_true(span_equal(heard_at(&stage->a, 0)->entry.payload, what.message));

    cut(&stage->a, &answer);
    assert_int_equal(answer.cut->n_chat, 1);
    assert_true(span_equal(answer.cut->chat[0].entry.payload, what.message));
    answer_dispose(&answer);

    what.message = span_make(bad, sizeof bad - 1);
    publish_as(&stage->a, &what, &answer);
    assert_int_equal(answer.refusal, REFUSAL_MALFORMED);
    assert_int_equal(strncmp(answer.detail, "content ", 8), 0);
}

int contract_messages(void)
{
    const struct CMUnitTest tests[] = {
        STAGE_TEST(a_malformed_message_names_the_field_and_changes_nothing),
        STAGE_TEST(an_unknown_kind_is_refused),
        STAGE_TEST(taps_of_many_are_only_believed_from_a_gateway),
        STAGE_TEST(a_message_may_have_16384_bytes_and_no_more),
        STAGE_TEST(a_message_may_name_its_room),
        STAGE_TEST(what_is_published_arrives_byte_for_byte),
        STAGE_TEST(a_msgpack_message_is_checked_and_kept_as_it_came),
    };

    return cmocka_run_group_tests_name("messages", tests, NULL, NULL);
}
