#include "relay/memory_log.h"

#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <stdio.h>

static void append(struct memory_log *log, int number)
{
    char text[16];
    struct bytes *entry;

    (void)snprintf(text, sizeof text, "%d", number);
    entry = bytes_copy(text, strlen(text));
    assert_non_null(entry);
    assert_int_equal(memory_log_reserve(log), 0);
    memory_log_append(log, entry);
    bytes_release(entry);
}

static void assert_holds(const struct memory_log *log, int first, int last)
{
    assert_int_equal(log->count, last - first + 1);
    for (int number = first; number <= last; number++) {
        char text[16];

        (void)snprintf(text, sizeof text, "%d", number);
        assert_true(span_is(memory_log_at(log, (size_t)(number - first)), text));
    }
}

static void it_keeps_the_last_ones_in_order(void **state)
{
    struct memory_log log;

    (void)state;
    memory_log_init(&log, 20);

    for (int i = 0; i < 100; i++) {
        append(&log, i);
        assert_holds(&log, i < 20 ? 0 : i - 19, i);
    }

    memory_log_dispose(&log);
}

static void it_may_hold_one(void **state)
{
    struct memory_log log;

    (void)state;
    memory_log_init(&log, 1);

    append(&log, 1);
    append(&log, 2);

    assert_holds(&log, 2, 2);
    memory_log_dispose(&log);
}

static void an_empty_one_takes_no_memory_and_is_usable_after_dispose(void **state)
{
    struct memory_log log;

    (void)state;
    memory_log_init(&log, 1000);
    assert_null(log.entries);

    append(&log, 1);
    memory_log_dispose(&log);
    append(&log, 2);

    assert_holds(&log, 2, 2);
    memory_log_dispose(&log);
}

static void without_memory_to_grow_it_is_as_it_was(void **state)
{
    struct memory_log log;
    int i = 0;

    (void)state;
    memory_log_init(&log, 100);
    do {
        append(&log, i++);
    } while (log.count < log.capacity);

    fail_malloc_after(0);
    assert_int_equal(memory_log_reserve(&log), -ENOMEM);
    fail_malloc_never();

    assert_holds(&log, 0, i - 1);
    append(&log, i);
    assert_holds(&log, 0, i);
    memory_log_dispose(&log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_keeps_the_last_ones_in_order),
        cmocka_unit_test(it_may_hold_one),
        cmocka_unit_test(an_empty_one_takes_no_memory_and_is_usable_after_dispose),
        cmocka_unit_test(without_memory_to_grow_it_is_as_it_was),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
