#include "schema/offer.h"

#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

/* Verdicts are the golden messages' (test_vectors.c); here is what they cannot show. */

static struct offer offer_of(struct span payload)
{
    return (struct offer){.payload = payload, .room = span_of("8"), .max_bytes = MESSAGE_MAX_BYTES};
}

static void json_is_read_where_it_stands(void **state)
{
    struct offer offer = offer_of(span_of("{\"msg_type\":\"like\"}"));
    struct message message;
    struct buffer json;

    buffer_init(&json, 100);

    assert_int_equal(offer_check(&offer, &message, &json, NULL), REFUSAL_NONE);
    assert_ptr_equal(message.json.data, offer.payload.data);
    assert_int_equal(json.size, 0);
    buffer_dispose(&json);
    (void)state;
}

static void msgpack_is_read_as_json(void **state)
{
    struct offer offer = offer_of(span_of("\x81\xa8msg_type\xa4like"));
    struct message message;
    struct buffer json;

    buffer_init(&json, 100);

    assert_int_equal(offer_check(&offer, &message, &json, NULL), REFUSAL_NONE);
    assert_true(span_is(message.json, "{\"msg_type\":\"like\"}"));
    buffer_dispose(&json);
    (void)state;
}

static void no_msgpack_outgrows_its_json(void **state)
{
    char controls[] =
        "\x81\xa8msg_type\xaf\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01";
    struct offer offer = offer_of(span_make(controls, sizeof controls));
    struct message_fault fault;
    struct message message;
    struct buffer json;

    buffer_init(&json, OFFER_JSON_MAX(offer.payload.size));

    assert_int_equal(offer_check(&offer, &message, &json, &fault), REFUSAL_UNKNOWN);
    buffer_dispose(&json);
    (void)state;
}

static void a_lack_of_memory_is_not_the_publishers_fault(void **state)
{
    struct offer offer = offer_of(span_of("\x81\xa8msg_type\xa4like"));
    struct message_fault fault;
    struct message message;
    struct buffer json;

    buffer_init(&json, 100);
    fail_malloc_after(0);
    assert_int_equal(offer_check(&offer, &message, &json, &fault), REFUSAL_INTERNAL);
    fail_malloc_never();

    buffer_clear(&json);
    assert_int_equal(offer_check(&offer, &message, &json, &fault), REFUSAL_NONE);
    buffer_dispose(&json);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_is_read_where_it_stands),
        cmocka_unit_test(msgpack_is_read_as_json),
        cmocka_unit_test(no_msgpack_outgrows_its_json),
        cmocka_unit_test(a_lack_of_memory_is_not_the_publishers_fault),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
