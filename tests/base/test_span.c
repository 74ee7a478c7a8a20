#include "base/span.h"

#include "tests/support/unit.h"

#include <errno.h>

static void equal_bytes_are_equal_spans(void **state)
{
    assert_true(span_equal(span_of("like"), span_make("likes", 4)));
    assert_true(span_is(span_of("like"), "like"));
    assert_false(span_is(span_of("like"), "likes"));
    assert_false(span_is(span_make("a\0b", 3), "a"));
    assert_true(span_equal_ignoring_case(span_of("Origin"), span_of("oRIGIN")));
    assert_false(span_equal_ignoring_case(span_of("Origin"), span_of("Origins")));
    assert_false(span_equal_ignoring_case(span_of("Origin"), span_of("Orifin")));
    (void)state;
}

static void none_is_told_from_empty(void **state)
{
    assert_true(span_is_none(SPAN_NONE));
    assert_true(span_is_none(span_of(NULL)));
    assert_false(span_is_none(span_of("")));
    assert_true(span_equal(SPAN_NONE, span_of("")));
    (void)state;
}

static void a_literal_can_stand_in_a_static_table(void **state)
{
    static const struct span names[] = {SPAN_LITERAL("join"), SPAN_LITERAL("")};

    assert_true(span_is(names[0], "join"));
    assert_int_equal(names[1].size, 0);
    (void)state;
}

static void both_ends_can_be_asked_for(void **state)
{
    assert_true(span_starts_with(span_of("redis://x"), span_of("redis://")));
    assert_false(span_starts_with(span_of("re"), span_of("redis://")));
    assert_true(span_ends_with(span_of("token-file"), span_of("-file")));
    assert_false(span_ends_with(span_of("file"), span_of("-file")));
    assert_true(span_starts_with(SPAN_NONE, SPAN_NONE));
    assert_true(span_ends_with(SPAN_NONE, SPAN_NONE));
    (void)state;
}

static void skipping_stops_at_the_end(void **state)
{
    assert_true(span_is(span_skip(span_of("abc"), 1), "bc"));
    assert_int_equal(span_skip(span_of("abc"), 9).size, 0);
    assert_int_equal(span_skip(SPAN_NONE, 0).size, 0);
    (void)state;
}

static void trimming_takes_blanks_off_both_ends_only(void **state)
{
    assert_true(span_is(span_trim(span_of(" \ta b\r\n")), "a b"));
    assert_int_equal(span_trim(span_of("  ")).size, 0);
    assert_int_equal(span_trim(SPAN_NONE).size, 0);
    (void)state;
}

static void a_list_is_cut_into_its_parts(void **state)
{
    struct span rest = span_of("a,,b");

    assert_true(span_is(span_cut(&rest, ','), "a"));
    assert_true(span_is(span_cut(&rest, ','), ""));
    assert_true(span_is(span_cut(&rest, ','), "b"));
    assert_true(span_is_none(rest));

    rest = span_of("a,");
    assert_true(span_is(span_cut(&rest, ','), "a"));
    assert_false(span_is_none(rest));
    assert_true(span_is(span_cut(&rest, ','), ""));
    assert_true(span_is_none(rest));
    (void)state;
}

static void numbers_are_digits_within_range(void **state)
{
    uint64_t n = 7;
    int64_t i = 7;

    assert_int_equal(span_to_u64(span_of("18446744073709551615"), &n), 0);
    assert_true(n == UINT64_MAX);
    assert_int_equal(span_to_u64(span_of("18446744073709551616"), &n), -ERANGE);
    assert_int_equal(span_to_u64(span_of("99999999999999999999999"), &n), -ERANGE);
    assert_int_equal(span_to_u64(span_of("99999999999999999999999x"), &n), -EINVAL);
    assert_int_equal(span_to_u64(span_of("-1"), &n), -EINVAL);
    assert_int_equal(span_to_u64(span_of(" 1"), &n), -EINVAL);
    assert_int_equal(span_to_u64(SPAN_NONE, &n), -EINVAL);
    assert_true(n == UINT64_MAX);

    assert_int_equal(span_to_i64(span_of("-9223372036854775808"), &i), 0);
    assert_true(i == INT64_MIN);
    assert_int_equal(span_to_i64(span_of("9223372036854775807"), &i), 0);
    assert_true(i == INT64_MAX);
    assert_int_equal(span_to_i64(span_of("9223372036854775808"), &i), -ERANGE);
    assert_int_equal(span_to_i64(span_of("-9223372036854775809"), &i), -ERANGE);
    assert_int_equal(span_to_i64(span_of("-42"), &i), 0);
    assert_true(i == -42);
    assert_int_equal(span_to_i64(span_of("-"), &i), -EINVAL);
    assert_int_equal(span_to_i64(span_of("--1"), &i), -EINVAL);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_bytes_are_equal_spans),
        cmocka_unit_test(none_is_told_from_empty),
        cmocka_unit_test(a_literal_can_stand_in_a_static_table),
        cmocka_unit_test(both_ends_can_be_asked_for),
        cmocka_unit_test(skipping_stops_at_the_end),
        cmocka_unit_test(trimming_takes_blanks_off_both_ends_only),
        cmocka_unit_test(a_list_is_cut_into_its_parts),
        cmocka_unit_test(numbers_are_digits_within_range),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
