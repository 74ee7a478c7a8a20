#include "base/table.h"

#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { MANY = 20000 };

static char values[MANY];

/* The key of entry i; valid until the next call. */
static struct span key(int i)
{
    static char text[32];

    (void)snprintf(text, sizeof text, "room-%d", i);

    return span_of(text);
}

static void put(struct table *t, int i)
{
    assert_int_equal(table_put(t, key(i), &values[i]), 0);
}

static void put_all(struct table *t, int n)
{
    for (int i = 0; i < n; i++)
        put(t, i);
}

static void what_was_put_is_found(void **state)
{
    struct table *t = table_new();

    assert_null(table_get(t, span_of("a")));
    assert_null(table_remove(t, span_of("a")));
    put_all(t, MANY);

    assert_int_equal(table_count(t), MANY);
    for (int i = 0; i < MANY; i++)
        assert_ptr_equal(table_get(t, key(i)), &values[i]);

    assert_null(table_get(t, span_of("room-x")));
    table_free(t);
    (void)state;
}

static void a_second_put_replaces_the_value(void **state)
{
    struct table *t = table_new();

    put(t, 1);
    assert_int_equal(table_put(t, key(1), &values[2]), 0);

    assert_ptr_equal(table_get(t, key(1)), &values[2]);
    assert_int_equal(table_count(t), 1);
    table_free(t);
    (void)state;
}

static void keys_are_any_bytes_and_copied(void **state)
{
    struct table *t = table_new();
    char name[] = "a\0b";

    assert_int_equal(table_put(t, span_make(name, 3), &values[0]), 0);
    assert_int_equal(table_put(t, SPAN_NONE, &values[1]), 0);
    name[2] = 'c';

    assert_ptr_equal(table_get(t, span_make("a\0b", 3)), &values[0]);
    assert_null(table_get(t, span_make(name, 3)));
    assert_null(table_get(t, span_of("a")));
    assert_ptr_equal(table_get(t, span_of("")), &values[1]);
    assert_int_equal(table_put(t, span_of("a"), NULL), -EINVAL);
    table_free(t);
    (void)state;
}

static void what_was_removed_is_gone(void **state)
{
    struct table *t = table_new();

    put_all(t, MANY);
    for (int i = 0; i < MANY; i += 2)
        assert_ptr_equal(table_remove(t, key(i)), &values[i]);

    assert_int_equal(table_count(t), MANY / 2);
    for (int i = 0; i < MANY; i++)
        assert_ptr_equal(table_get(t, key(i)), i % 2 == 0 ? NULL : &values[i]);

    table_free(t);
    (void)state;
}

/* A model (an array of flags) beside the table through random growth and shrinking. */
static void it_agrees_with_a_model_while_it_grows_and_shrinks(void **state)
{
    static bool present[MANY];
    struct table *t = table_new();
    unsigned seed = 12345;
    size_t count = 0;

    for (int step = 0; step < 300000; step++) {
        int i = rand_r(&seed) % MANY;
        bool growing = step / 50000 % 2 == 0;

        assert_ptr_equal(table_get(t, key(i)), present[i] ? &values[i] : NULL);
        if (growing ? rand_r(&seed) % 8 != 0 : rand_r(&seed) % 8 == 0) {
            count += !present[i];
            present[i] = true;
            put(t, i);
        } else {
            count -= present[i];
            assert_ptr_equal(table_remove(t, key(i)), present[i] ? &values[i] : NULL);
            present[i] = false;
        }

        assert_int_equal(table_count(t), count);
    }

    table_free(t);
    (void)state;
}

static void a_walk_visits_each_entry_once(void **state)
{
    static int visits[MANY];
    struct table *t = table_new();

    for (int n = 0; n < 200; n++) { /* every state of a resize */
        size_t cursor = 0;
        struct span name;
        char *value;
        int sum = 0;

        memset(visits, 0, sizeof visits);
        while ((value = table_next(t, &cursor, &name))) {
            assert_true(span_equal(name, key((int)(value - values))));
            visits[value - values]++;
            sum++;
        }

        assert_null(table_next(t, &cursor, NULL));
        assert_int_equal(sum, n);
        for (int i = 0; i < n; i++)
            assert_int_equal(visits[i], 1);

        put(t, n);
    }

    table_free(t);
    (void)state;
}

static void the_current_entry_may_be_removed_in_a_walk(void **state)
{
    struct table *t = table_new();
    size_t cursor = 0;
    struct span name;
    int visited = 0;

    put_all(t, MANY);
    while (table_next(t, &cursor, &name)) {
        assert_non_null(table_remove(t, name));
        visited++;
    }

    assert_int_equal(visited, MANY);
    assert_int_equal(table_count(t), 0);
    table_free(t);
    (void)state;
}

static void entries_that_stay_are_visited_once_whatever_else_changes(void **state)
{
    static int visits[MANY];
    struct table *t = table_new();
    unsigned seed = 99;
    size_t cursor = 0;
    char *value;

    put_all(t, MANY / 2);
    while ((value = table_next(t, &cursor, NULL))) {
        visits[value - values]++;
        for (int k = 0; k < 3; k++) { /* 0 to 99 stay, the others come and go */
            int i = 100 + rand_r(&seed) % (MANY - 100);

            if (cursor >> 62) /* first it grows, then it shrinks */
                (void)table_remove(t, key(i));
            else
                put(t, i);
        }
    }

    for (int i = 0; i < 100; i++)
        assert_int_equal(visits[i], 1);

    table_free(t);
    (void)state;
}

static void an_emptied_table_gives_its_memory_back(void **state)
{
    struct table *t = table_new();
    size_t before;

    put(t, 0);
    before = mallinfo2().uordblks;
    put_all(t, MANY);
    for (int i = 1; i < MANY; i++)
        assert_non_null(table_remove(t, key(i)));

    assert_in_range(mallinfo2().uordblks, 0, before + 16384); /* malloc keeps some, too */
    assert_ptr_equal(table_get(t, key(0)), &values[0]);
    table_free(t);
    (void)state;
}

static void without_memory_it_stays_as_it_was(void **state)
{
    struct table *t;

    for (int successes = 0; successes < 2; successes++) { /* the table, its buckets */
        fail_malloc_after(successes);
        assert_null(table_new());
        fail_malloc_never();
    }

    t = table_new();
    fail_malloc_after(0);
    assert_int_equal(table_put(t, key(0), &values[0]), -ENOMEM);
    fail_malloc_never();

    assert_int_equal(table_count(t), 0);
    assert_null(table_get(t, key(0)));
    table_free(t);
    table_free(NULL);
    (void)state;
}

static void without_memory_for_more_buckets_it_still_takes_entries(void **state)
{
    struct table *t = table_new();

    put_all(t, 8);
    fail_malloc_after(1); /* the entry only */
    put(t, 8);
    fail_malloc_never();
    for (int i = 9; i < 100; i++)
        put(t, i);

    for (int i = 0; i < 100; i++)
        assert_ptr_equal(table_get(t, key(i)), &values[i]);

    fail_malloc_after(0);
    for (int i = 0; i < 100; i++)
        assert_ptr_equal(table_remove(t, key(i)), &values[i]);

    fail_malloc_never();
    assert_int_equal(table_count(t), 0);
    table_free(t);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_put_is_found),
        cmocka_unit_test(a_second_put_replaces_the_value),
        cmocka_unit_test(keys_are_any_bytes_and_copied),
        cmocka_unit_test(what_was_removed_is_gone),
        cmocka_unit_test(it_agrees_with_a_model_while_it_grows_and_shrinks),
        cmocka_unit_test(a_walk_visits_each_entry_once),
        cmocka_unit_test(the_current_entry_may_be_removed_in_a_walk),
        cmocka_unit_test(entries_that_stay_are_visited_once_whatever_else_changes),
        cmocka_unit_test(an_emptied_table_gives_its_memory_back),
        cmocka_unit_test(without_memory_it_stays_as_it_was),
        cmocka_unit_test(without_memory_for_more_buckets_it_still_takes_entries),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
