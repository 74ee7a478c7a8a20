#include "schema/message.h"

#include "tests/support/unit.h"

#include <errno.h>
#include <stdio.h>

static struct message read_message(const char *json)
{
    struct message message;

    assert_int_equal(message_read(&message, span_of(json), NULL), 0);

    return message;
}

static void every_field_is_found_by_its_name(void **state)
{
    for (int i = 0; i < MESSAGE_FIELD_COUNT; i++) {
        struct message message;
        char json[64];

        assert_true(snprintf(json, sizeof json, "{\"a\":0,\"%s\":1,\"b\":2}",
                             message_field_name((enum message_field)i)) > 0);
        message = read_message(json);

        assert_int_equal(message.written, 1U << i);
        assert_int_equal(message.fields[i].type, JSON_NUMBER);
        assert_true(span_is(message.fields[i].raw, "1"));
    }
    (void)state;
}

static void names_that_are_almost_ours_are_not(void **state)
{
    struct message message = read_message(
        "{\"\":1,\"Id\":1,\"id \":1,\"ide\":1,\"msg_typ\":1,\"msg_type_\":1,\"mSg_type\":1,"
        "\"subscribe_numb\":1,\"i\\u0044\":1,\"a_much_longer_name_with_an_\\n\":1}");

    assert_int_equal(message.written, 0);
    (void)state;
}

static void a_name_with_escapes_is_ours(void **state)
{
    struct message message = read_message("{\"m\\u0073g_t\\u0079pe\":\"like\"}");

    assert_true(span_is(message.fields[FIELD_MSG_TYPE].raw, "like"));
    (void)state;
}

static void null_and_empty_count_as_absent_but_stand_there(void **state)
{
    struct message message = read_message("{\"id\":null,\"from_uid\":\"\",\"from_name\":\"a\"}");

    assert_int_equal(message.fields[FIELD_ID].type, JSON_NONE);
    assert_int_equal(message.fields[FIELD_FROM_UID].type, JSON_NONE);
    assert_int_equal(message.written, FIELD_BIT(ID) | FIELD_BIT(FROM_UID) | FIELD_BIT(FROM_NAME));
    (void)state;
}

static void a_fault_names_field_and_reason(void **state)
{
    struct message_fault fault;
    struct message message;

    assert_int_equal(message_read(&message, span_of("[]"), &fault), -EBADMSG);
    assert_string_equal(fault.field, "message");
    assert_string_equal(fault.why, "must be a JSON object");

    assert_int_equal(message_read(&message, span_of("{\"id\":1,\"id\":1}"), &fault), -EBADMSG);
    assert_string_equal(fault.field, "id");

    message = read_message("{\"msg_type\":\"dance\"}");
    assert_int_equal(message_check(&message, &fault), -ENOENT);
    assert_string_equal(fault.field, "msg_type");

    message = read_message("{\"msg_type\":\"message\",\"content\":5}");
    assert_int_equal(message_check(&message, &fault), -EBADMSG);
    assert_string_equal(fault.field, "content");
    assert_string_equal(fault.why, "must be a string of 1 to 2000 characters");
    (void)state;
}

static void who_does_not_want_the_fault_passes_null(void **state)
{
    struct message message;

    assert_int_equal(message_read(&message, SPAN_NONE, NULL), -EBADMSG);
    assert_int_equal(message_read(&message, span_of("{\"id\":1,\"id\":1}"), NULL), -EBADMSG);
    message = read_message("{}");
    assert_int_equal(message_check(&message, NULL), -ENOENT);
    message = read_message("{\"msg_type\":\"like\",\"count\":0}");
    assert_int_equal(message_check(&message, NULL), -EBADMSG);
    (void)state;
}

static void a_sum_of_likes_may_be_large(void **state)
{
    struct message message = read_message("{\"msg_type\":\"like\",\"count\":101}");

    assert_int_equal(message_check(&message, NULL), -EBADMSG);
    message.summed = true;
    assert_int_equal(message_check(&message, NULL), 0);
    assert_int_equal(message.kind, KIND_LIKE);
    (void)state;
}

static void assert_copied(const char *json, uint32_t without, const char *expected)
{
    struct message message = read_message(json);
    struct buffer out;

    buffer_init(&out, 1000);
    assert_int_equal(message_copy_members(&message, without, &out), expected[0] != '\0');
    assert_int_equal(buffer_status(&out), 0);
    assert_string_equal(buffer_text(&out), expected);
    buffer_dispose(&out);
}

static void members_are_copied_as_they_came(void **state)
{
    assert_copied("{\"msg_type\":\"x_a\",\"price\":99.00,\"list\":[ ],\"s\":\"\\u0041\"}", 0,
                  "\"msg_type\":\"x_a\",\"price\":99.00,\"list\":[ ],\"s\":\"\\u0041\"");
    assert_copied(" {\n \"a\" : 1 ,\n \"b\" : 2\n}\n", 0, "\"a\" : 1 ,\n \"b\" : 2");
    assert_copied("{}", 0, "");
    assert_copied(" { } ", ~UINT32_C(0), "");
    (void)state;
}

static void members_are_left_out_wherever_they_stand(void **state)
{
    static const char first[] = "{\"id\":{\"a\":[1,2]},\"a\":1,\"b\":2}";
    static const char middle[] = "{\"a\":1 , \"id\" : \"x,}\" , \"b\":2}";
    static const char last[] = "{\"a\":1,\"b\":2,\"id\":\"\"}";

    assert_copied(first, FIELD_BIT(ID), "\"a\":1,\"b\":2");
    assert_copied(middle, FIELD_BIT(ID), "\"a\":1,\"b\":2");
    assert_copied(last, FIELD_BIT(ID), "\"a\":1,\"b\":2");
    assert_copied(last, FIELD_BIT(TS), "\"a\":1,\"b\":2,\"id\":\"\"");
    assert_copied("{\"id\":1}", FIELD_BIT(ID), "");
    (void)state;
}

static void several_members_are_left_out(void **state)
{
    assert_copied("{\"ts\":1,\"a\":1,\"term\":[],\"seq\":2,\"b\":2,\"client_id\":null,\"c\":3}",
                  FIELDS_NEVER_RELAYED, "\"a\":1,\"b\":2,\"c\":3");
    assert_copied("{\"token\":\"t\",\"i\\u0064\":7,\"a\":1}", FIELDS_NEVER_RELAYED | FIELD_BIT(ID),
                  "\"a\":1");
    assert_copied("{\"token\":\"t\" , \"seq\":1}", FIELDS_NEVER_RELAYED, "");
    (void)state;
}

static void ids_are_texts_however_they_came(void **state)
{
    struct message message = read_message(
        "{\"id\":\"\\u0061-1\",\"room_id\":8,\"from_uid\":12345678901234567890,\"goods_id\":{}}");
    char text[20];

    assert_int_equal(message_id_text(&message, FIELD_ID, text, sizeof text), 3);
    assert_memory_equal(text, "a-1", 3);
    assert_int_equal(message_id_text(&message, FIELD_ROOM_ID, text, sizeof text), 1);
    assert_memory_equal(text, "8", 1);
    assert_int_equal(message_id_text(&message, FIELD_FROM_UID, text, sizeof text), 20);
    assert_int_equal(message_id_text(&message, FIELD_FROM_UID, text, 19), -ENOBUFS);
    assert_int_equal(message_id_text(&message, FIELD_ID, text, 2), -ENOBUFS);
    assert_int_equal(message_id_text(&message, FIELD_GOODS_ID, text, sizeof text), -EBADMSG);
    assert_int_equal(message_id_text(&message, FIELD_CONTENT, text, sizeof text), 0);
    (void)state;
}

static void rooms_are_compared_as_text(void **state)
{
    struct message message = read_message("{\"room_id\":8}");

    assert_true(message_room_matches(&message, span_of("8")));
    assert_false(message_room_matches(&message, span_of("88")));

    message = read_message("{\"room_id\":\"\\u0038\"}");
    assert_true(message_room_matches(&message, span_of("8")));

    message = read_message("{\"room_id\":\"\"}");
    assert_true(message_room_matches(&message, span_of("8")));

    message = read_message("{\"room_id\":[8]}");
    assert_false(message_room_matches(&message, span_of("8")));
    (void)state;
}

static int check(const char *json, bool by_broker, enum message_kind *kind)
{
    struct message message = read_message(json);
    int rc;

    message.by_broker = by_broker;
    rc = message_check(&message, NULL);
    *kind = message.kind;

    return rc;
}

static void only_a_broker_recalls(void **state)
{
    char json[400];
    enum message_kind kind;

    assert_int_equal(check("{\"msg_type\":\"recall\",\"id\":\"a\"}", false, &kind), -ENOENT);
    assert_int_equal(check("{\"msg_type\":\"recall\",\"id\":\"a\"}", true, &kind), 0);
    assert_int_equal(kind, KIND_RECALL);
    assert_int_equal(check("{\"msg_type\":\"like\"}", true, &kind), 0);

    assert_int_equal(check("{\"msg_type\":\"recall\"}", true, &kind), -EBADMSG);
    assert_int_equal(check("{\"msg_type\":\"recall\",\"id\":7}", true, &kind), -EBADMSG);
    assert_int_equal(check("{\"msg_type\":\"recall\",\"id\":\"\\u0061\"}", true, &kind), -EBADMSG);

    for (int size = 256; size <= 257; size++) {
        (void)snprintf(json, sizeof json, "{\"msg_type\":\"recall\",\"id\":\"%0*d\"}", size, 7);
        assert_int_equal(check(json, true, &kind), size == 256 ? 0 : -EBADMSG);
    }
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_is_found_by_its_name),
        cmocka_unit_test(names_that_are_almost_ours_are_not),
        cmocka_unit_test(a_name_with_escapes_is_ours),
        cmocka_unit_test(null_and_empty_count_as_absent_but_stand_there),
        cmocka_unit_test(a_fault_names_field_and_reason),
        cmocka_unit_test(who_does_not_want_the_fault_passes_null),
        cmocka_unit_test(a_sum_of_likes_may_be_large),
        cmocka_unit_test(members_are_copied_as_they_came),
        cmocka_unit_test(members_are_left_out_wherever_they_stand),
        cmocka_unit_test(several_members_are_left_out),
        cmocka_unit_test(ids_are_texts_however_they_came),
        cmocka_unit_test(rooms_are_compared_as_text),
        cmocka_unit_test(only_a_broker_recalls),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
