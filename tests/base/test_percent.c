#include "base/percent.h"

#include "tests/support/unit.h"

#include <errno.h>

static void escapes_become_the_bytes_they_stand_for(void **state)
{
    char text[16];

    (void)state;

    assert_int_equal(percent_decode(span_of("a%41%2b%e6%9D%A5"), text, sizeof text), 6);
    assert_string_equal(text, "aA+\xe6\x9d\xa5");
    assert_int_equal(percent_decode(SPAN_NONE, text, sizeof text), 0);
    assert_string_equal(text, "");
}

static void what_is_malformed_is_refused(void **state)
{
    static const char *const texts[] = {"%", "%4", "a%", "%4g", "%g4", "%%41", "%00", "% 41"};
    char text[16];

    (void)state;

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_int_equal(percent_decode(span_of(texts[i]), text, sizeof text), -EINVAL);
}

static void what_does_not_fit_is_refused(void **state)
{
    char text[4];

    (void)state;

    assert_int_equal(percent_decode(span_of("abc"), text, sizeof text), 3);
    assert_int_equal(percent_decode(span_of("abcd"), text, sizeof text), -ENOBUFS);
    assert_int_equal(percent_decode(span_of("%61%62%63%64"), text, sizeof text), -ENOBUFS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escapes_become_the_bytes_they_stand_for),
        cmocka_unit_test(what_is_malformed_is_refused),
        cmocka_unit_test(what_does_not_fit_is_refused),
    };

    return cmocka_run_group_tests_name("percent", tests, NULL, NULL);
}
