#include "schema/json_members.h"

#include "tests/support/unit.h"

#include <errno.h>

static const struct span names[] = {SPAN_LITERAL("alg"), SPAN_LITERAL("kid")};

enum { ALG, KID, COUNT };

static int read_text(const char *text, struct json_value values[COUNT])
{
    return json_members_read(span_of(text), names, values, COUNT);
}

static void known_members_are_found_and_others_passed_over(void **state)
{
    struct json_value values[COUNT];

    assert_int_equal(read_text(" {\"x\":[{\"alg\":1}],\"kid\":\"a\"} ", values), 0);

    assert_int_equal(values[ALG].type, JSON_NONE);
    assert_true(span_is(values[KID].raw, "a"));
    (void)state;
}

static void what_could_be_read_in_two_ways_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "1",
        "[]",
        "{",
        "{} {}",
        "{\"alg\":1,\"alg\":1}",
        "{\"alg\":1,\"\\u0061lg\":2}",
        "{\"\\n\":1}",
    };
    struct json_value values[COUNT];

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_int_equal(read_text(texts[i], values), -EBADMSG);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_members_are_found_and_others_passed_over),
        cmocka_unit_test(what_could_be_read_in_two_ways_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
