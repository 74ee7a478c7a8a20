#include "schema/kinds.h"
#include "schema/msgpack.h"
#include "schema/payload.h"
#include "schema/refusal.h"

#include "tests/schema/vectors.h"
#include "tests/support/unit.h"

#include <errno.h>

#define MOST_BYTES PAYLOAD_JSON_MAX(2 * MESSAGE_MAX_BYTES)

static enum message_field field_named(const char *name)
{
    int field = 0;

    while (field < MESSAGE_FIELD_COUNT &&
           !span_is(span_of(name), message_field_name((enum message_field)field)))
        field++;
    assert_int_not_equal(field, MESSAGE_FIELD_COUNT);

    return (enum message_field)field;
}

static void assert_texts(const struct vector *vector, const struct message *message)
{
    for (size_t i = 0; i < VECTOR_TEXTS && vector->texts[i].field; i++) {
        char text[MESSAGE_MAX_UID];
        int length =
            message_id_text(message, field_named(vector->texts[i].field), text, sizeof text);

        assert_true(length >= 0);
        assert_true(span_equal(span_make(text, (size_t)length), vector->texts[i].text));
    }
}

/* Step by step as a broker does. */
static enum refusal judge(const struct vector *vector, struct message *message,
                          struct buffer *scratch, struct message_fault *fault)
{
    int error;

    fault->field = "message";
    if (vector->payload.size > vector->max_bytes)
        return REFUSAL_TOO_BIG;
    if (payload_read(message, vector->payload, scratch, fault) != 0)
        return REFUSAL_MALFORMED;

    message->summed = vector->summed;
    error = message_check(message, fault);
    if (error != 0)
        return error == -ENOENT ? REFUSAL_UNKNOWN : REFUSAL_MALFORMED;

    fault->field = "room_id";

    return message_room_matches(message, span_of(vector->room)) ? REFUSAL_NONE : REFUSAL_MALFORMED;
}

static void assert_verdict(const struct vector *vector)
{
    struct message_fault fault;
    struct message message;
    struct buffer scratch;
    enum refusal refusal;

    buffer_init(&scratch, PAYLOAD_JSON_MAX(vector->max_bytes));
    refusal = judge(vector, &message, &scratch, &fault);

    if (!vector->good) {
        assert_string_equal(fault.field, vector->field);
        assert_int_not_equal(refusal, REFUSAL_NONE);
        assert_string_equal(refusal_traits(refusal)->code, vector->refusal);
    } else if (refusal != REFUSAL_NONE) {
        fail_msg("%s %s", fault.field, fault.why);
    } else {
        assert_string_equal(kind_traits(message.kind)->name, vector->kind);
        assert_texts(vector, &message);
    }
    buffer_dispose(&scratch);
}

static void every_golden_message_gets_its_verdict(void **state)
{
    assert_true(vectors_run(assert_verdict) >= 500);
    (void)state;
}

/* There and back again: nothing is lost on the way to clients that speak msgpack. */
static void round_trip(struct span text)
{
    struct buffer packed, json, again;

    buffer_init(&packed, MOST_BYTES);
    buffer_init(&json, MOST_BYTES);
    buffer_init(&again, MOST_BYTES);

    assert_int_equal(msgpack_from_json(text, &packed), 0);
    assert_int_equal(msgpack_to_json(buffer_span(&packed), &json), 0);
    assert_true(vectors_mean_the_same(text, buffer_span(&json)));

    buffer_clear(&packed);
    assert_int_equal(msgpack_from_json(buffer_span(&json), &packed), 0);
    assert_int_equal(msgpack_to_json(buffer_span(&packed), &again), 0);
    assert_true(span_equal(buffer_span(&json), buffer_span(&again)));

    buffer_dispose(&packed);
    buffer_dispose(&json);
    buffer_dispose(&again);
}

static void assert_round_trip(const struct vector *vector)
{
    struct message message;
    struct buffer scratch;

    if (!vector->good)
        return;

    buffer_init(&scratch, MOST_BYTES);
    assert_int_equal(payload_read(&message, vector->payload, &scratch, NULL), 0);
    if (vectors_mean_the_same(message.json, message.json)) /* else it holds a 1e400 */
        round_trip(message.json);
    buffer_dispose(&scratch);
}

static void every_good_message_survives_the_way_through_msgpack(void **state)
{
    (void)vectors_run(assert_round_trip);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_golden_message_gets_its_verdict),
        cmocka_unit_test(every_good_message_survives_the_way_through_msgpack),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
