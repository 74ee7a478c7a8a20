#include "schema/kinds.h"
#include "schema/offer.h"

#include "tests/schema/vectors.h"
#include "tests/support/unit.h"

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

static void assert_verdict(const struct vector *vector)
{
    struct message_fault fault = {"", ""};
    struct offer offer = {
        .payload = vector->payload,
        .room = span_of(vector->room),
        .max_bytes = vector->max_bytes,
        .summed = vector->summed,
    };
    struct message message;
    struct buffer json;
    enum refusal refusal;

    buffer_init(&json, OFFER_JSON_MAX(offer.max_bytes));
    refusal = offer_check(&offer, &message, &json, &fault);

    if (vector->good) {
        assert_string_equal(fault.field, "");
        assert_int_equal(refusal, REFUSAL_NONE);
        assert_string_equal(kind_traits(message.kind)->name, vector->kind);
        assert_texts(vector, &message);
    } else {
        assert_string_equal(fault.field, vector->field);
        assert_string_equal(refusal_traits(refusal)->code, vector->refusal);
        assert_string_not_equal(fault.why, "");
    }
    buffer_dispose(&json);
}

static void every_golden_message_gets_its_verdict(void **state)
{
    assert_true(vectors_run(assert_verdict) >= 500);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_golden_message_gets_its_verdict),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
