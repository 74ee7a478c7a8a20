#include "schema/payload.h"

#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

#include <errno.h>

static const struct span packed_like = SPAN_LITERAL("\x81\xa8msg_type\xa4like");

static void json_is_read_where_it_stands(void **state)
{
    struct span payload = span_of("{\"msg_type\":\"like\"}");
    struct message message;
    struct buffer scratch;

    buffer_init(&scratch, 100);

    assert_int_equal(payload_read(&message, payload, &scratch, NULL), 0);
    assert_ptr_equal(message.json.data, payload.data);
    buffer_dispose(&scratch);
    (void)state;
}

static void msgpack_is_read_as_json(void **state)
{
    struct message message;
    struct buffer scratch;

    buffer_init(&scratch, 100);
    (void)buffer_add_text(&scratch, "of the last message");

    assert_int_equal(payload_read(&message, packed_like, &scratch, NULL), 0);
    assert_true(span_is(message.json, "{\"msg_type\":\"like\"}"));
    buffer_dispose(&scratch);
    (void)state;
}

static void no_msgpack_outgrows_its_json(void **state)
{
    static const char controls[] =
        "\x81\xaf\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\xaf\1\1\1\1\1\1\1\1\1\1\1"
        "\1\1\1\1";
    struct message message;
    struct buffer scratch;

    buffer_init(&scratch, PAYLOAD_JSON_MAX(sizeof controls - 1));

    assert_int_equal(
        payload_read(&message, span_make(controls, sizeof controls - 1), &scratch, NULL), 0);
    buffer_dispose(&scratch);
    (void)state;
}

static void what_cannot_be_read_is_a_fault_of_the_whole(void **state)
{
    static const struct span payloads[] = {SPAN_LITERAL("[]"), SPAN_LITERAL("\x81"),
                                           SPAN_LITERAL("\x80\x80"),
                                           SPAN_LITERAL("\x81\xa1x\xa9too long!")};
    struct message_fault fault;
    struct message message;
    struct buffer scratch;

    buffer_init(&scratch, 10);
    for (size_t i = 0; i < sizeof payloads / sizeof payloads[0]; i++) {
        fault.field = "";
        assert_int_equal(payload_read(&message, payloads[i], &scratch, &fault), -EBADMSG);
        assert_string_equal(fault.field, "message");
        assert_int_equal(payload_read(&message, payloads[i], &scratch, NULL), -EBADMSG);
    }
    buffer_dispose(&scratch);
    (void)state;
}

static void a_lack_of_memory_is_not_the_publishers_fault(void **state)
{
    struct message message;
    struct buffer scratch;

    buffer_init(&scratch, 100);
    fail_malloc_after(0);
    assert_int_equal(payload_read(&message, packed_like, &scratch, NULL), -ENOMEM);
    fail_malloc_never();

    assert_int_equal(payload_read(&message, packed_like, &scratch, NULL), 0);
    buffer_dispose(&scratch);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_is_read_where_it_stands),
        cmocka_unit_test(msgpack_is_read_as_json),
        cmocka_unit_test(no_msgpack_outgrows_its_json),
        cmocka_unit_test(what_cannot_be_read_is_a_fault_of_the_whole),
        cmocka_unit_test(a_lack_of_memory_is_not_the_publishers_fault),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
