#include "base/units.h"

#include "tests/support/unit.h"

#include <errno.h>

static void assert_duration(const char *text, uint64_t ms)
{
    uint64_t value;

    assert_int_equal(units_parse_duration(span_of(text), &value), 0);
    assert_int_equal(value, ms);
}

static void assert_size(const char *text, uint64_t bytes)
{
    uint64_t value;

    assert_int_equal(units_parse_size(span_of(text), &value), 0);
    assert_int_equal(value, bytes);
}

static void a_duration_without_unit_is_in_seconds(void **state)
{
    assert_duration("10", 10000);
    assert_duration("0", 0);
    assert_duration("250ms", 250);
    assert_duration("10s", 10000);
    assert_duration("5 m", 300000);
    assert_duration("2H", 7200000);
    assert_duration("7d", 604800000);
    (void)state;
}

static void a_size_without_unit_is_in_bytes(void **state)
{
    assert_size("16384", 16384);
    assert_size("16KB", 16384);
    assert_size("16k", 16384);
    assert_size("8MB", 8 << 20);
    assert_size("1 GB", 1 << 30);
    assert_size("5B", 5);
    (void)state;
}

static void anything_else_is_refused(void **state)
{
    static const char *const bad[] = {"",
                                      "s",
                                      "-1",
                                      "1.5s",
                                      "1h30m",
                                      "0x1",
                                      "1 y",
                                      "1ss",
                                      "9223372036854775807d",
                                      "18446744073709551616"};
    uint64_t value = 7;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(units_parse_duration(span_of(bad[i]), &value), -EINVAL);
        assert_int_equal(units_parse_size(span_of(bad[i]), &value), -EINVAL);
    }

    assert_int_equal(units_parse_size(span_of("1s"), &value), -EINVAL);
    assert_int_equal(units_parse_duration(span_of("1KB"), &value), -EINVAL);
    assert_int_equal(value, 7);
    (void)state;
}

static void values_are_written_with_the_largest_unit(void **state)
{
    struct buffer out;

    buffer_init(&out, 100);
    units_format_duration(604800000, &out);
    (void)buffer_add_char(&out, ' ');
    units_format_duration(90000, &out);
    (void)buffer_add_char(&out, ' ');
    units_format_duration(1500, &out);
    (void)buffer_add_char(&out, ' ');
    units_format_duration(0, &out);
    (void)buffer_add_char(&out, ' ');
    units_format_size(16384, &out);
    (void)buffer_add_char(&out, ' ');
    units_format_size(1000, &out);
    (void)buffer_add_char(&out, ' ');
    units_format_size((uint64_t)3 << 30, &out);

    assert_true(span_is(buffer_span(&out), "7d 90s 1500ms 0 16KB 1000 3GB"));
    buffer_dispose(&out);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_duration_without_unit_is_in_seconds),
        cmocka_unit_test(a_size_without_unit_is_in_bytes),
        cmocka_unit_test(anything_else_is_refused),
        cmocka_unit_test(values_are_written_with_the_largest_unit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
