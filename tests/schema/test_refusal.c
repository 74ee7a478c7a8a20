#include "schema/refusal.h"

#include "tests/support/unit.h"

static void every_refusal_has_a_code_of_its_own(void **state)
{
    for (int i = 0; i < REFUSAL_COUNT; i++) {
        const struct refusal_traits *traits = refusal_traits((enum refusal)i);

        for (int j = 0; j < i; j++)
            assert_string_not_equal(refusal_traits((enum refusal)j)->code, traits->code);
        assert_in_range(traits->http_status, 400, 599);
    }
    (void)state;
}

static void only_what_may_pass_later_is_to_be_tried_again(void **state)
{
    for (int i = 0; i < REFUSAL_COUNT; i++) {
        const struct refusal_traits *traits = refusal_traits((enum refusal)i);

        assert_int_equal(traits->retry, traits->http_status == 429 || traits->http_status >= 500);
    }
    (void)state;
}

static void close_codes_tell_who_may_come_back(void **state)
{
    assert_true(close_traits(1012)->may_return);
    assert_false(close_traits(4430)->may_return);
    assert_int_equal(close_traits(4408)->code, CLOSE_TOO_SLOW);
    assert_null(close_traits(1006));
    assert_null(close_traits(0));
    (void)state;
}

static void close_texts_fit_into_a_close_frame(void **state)
{
#define X(constant, code, retry, reason) assert_true(strlen(close_traits(code)->text) <= 123);
    CLOSE_CODES(X)
#undef X
    (void)state;
}

static void a_refusal_is_written_as_json(void **state)
{
    struct buffer out;

    buffer_init(&out, 1000);
    refusal_write(REFUSAL_NOT_JOINED, NULL, &out);
    refusal_write(REFUSAL_MALFORMED, "not \"this\"", &out);

    assert_int_equal(buffer_status(&out), 0);
    assert_true(span_is(buffer_span(&out),
                        "{\"code\":\"not_joined\",\"message\":\"join the room first\"}"
                        "{\"code\":\"malformed\",\"message\":\"not \\\"this\\\"\"}"));
    buffer_dispose(&out);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_refusal_has_a_code_of_its_own),
        cmocka_unit_test(only_what_may_pass_later_is_to_be_tried_again),
        cmocka_unit_test(close_codes_tell_who_may_come_back),
        cmocka_unit_test(close_texts_fit_into_a_close_frame),
        cmocka_unit_test(a_refusal_is_written_as_json),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
