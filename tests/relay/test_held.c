#include "relay/held.h"

#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

#include <stdlib.h>

static size_t count(const struct held *held)
{
    struct span bytes;
    size_t at = 0;
    size_t n = 0;

    while (held_next(held, &at, &bytes))
        n++;

    return n;
}

static void what_is_held_comes_out_in_order(void **state)
{
    struct held held;
    struct span bytes;
    size_t at = 0;

    held_init(&held);
    held_add(&held, span_of("first"));
    held_add(&held, span_of(""));
    held_add(&held, span_of("third"));

    assert_true(held_next(&held, &at, &bytes) && span_is(bytes, "first"));
    assert_true(held_next(&held, &at, &bytes) && span_is(bytes, ""));
    assert_true(held_next(&held, &at, &bytes) && span_is(bytes, "third"));
    assert_false(held_next(&held, &at, &bytes));
    held_clear(&held);
    (void)state;
}

static void what_was_taken_is_no_longer_held(void **state)
{
    struct held held;
    struct held taken;

    held_init(&held);
    held_add(&held, span_of("a"));

    held_take(&held, &taken);

    assert_int_equal(count(&held), 0);
    assert_int_equal(count(&taken), 1);
    held_clear(&taken);
    (void)state;
}

static void too_many_entries_overflow_it(void **state)
{
    struct held held;

    held_init(&held);
    for (int i = 0; i < HELD_MAX_COUNT; i++)
        held_add(&held, span_of("a"));

    assert_false(held.overflowed);
    held_add(&held, span_of("a"));
    held_add(&held, span_of("a"));

    assert_true(held.overflowed);
    assert_int_equal(held.lost, HELD_MAX_COUNT + 2);
    assert_int_equal(count(&held), 0);
    held_clear(&held);
    assert_false(held.overflowed);
    (void)state;
}

static void too_many_bytes_overflow_it(void **state)
{
    enum { SIZE = 1 << 20 };

    char *big = calloc(1, SIZE);
    struct held held;

    held_init(&held);
    for (size_t i = 0; i < HELD_MAX_BYTES / SIZE; i++)
        held_add(&held, span_make(big, SIZE));

    assert_true(held.overflowed);
    held_clear(&held);
    free(big);
    (void)state;
}

static void without_memory_it_overflows(void **state)
{
    struct held held;

    held_init(&held);

    fail_malloc_after(0);
    held_add(&held, span_of("a"));
    fail_malloc_never();

    assert_true(held.overflowed);
    assert_int_equal(held.lost, 1);
    held_clear(&held);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_held_comes_out_in_order),
        cmocka_unit_test(what_was_taken_is_no_longer_held),
        cmocka_unit_test(too_many_entries_overflow_it),
        cmocka_unit_test(too_many_bytes_overflow_it),
        cmocka_unit_test(without_memory_it_overflows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
