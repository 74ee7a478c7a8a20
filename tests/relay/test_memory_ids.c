#include "relay/memory_ids.h"

#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <stdio.h>

enum { KEEP_MS = 1000, MAX = 10 };

static int setup(void **state)
{
    *state = memory_ids_new(KEEP_MS, MAX);

    return *state ? 0 : -1;
}

static int teardown(void **state)
{
    memory_ids_free(*state);

    return 0;
}

static void add(struct memory_ids *ids, const char *room, const char *id, uint64_t seq,
                uint64_t now_ms)
{
    assert_int_equal(
        memory_ids_add(ids, span_of(room), span_of(id), (struct position){7, seq}, now_ms), 0);
}

/* 0: not known. */
static uint64_t seq_of(struct memory_ids *ids, const char *room, const char *id, uint64_t now_ms)
{
    const struct position *position = memory_ids_find(ids, span_of(room), span_of(id), now_ms);

    return position ? position->seq : 0;
}

static void an_id_is_known_in_its_room_only(void **state)
{
    struct memory_ids *ids = *state;

    add(ids, "8", "a", 1, 0);
    add(ids, "8", "b", 2, 0);
    add(ids, "88", "a", 3, 0);

    assert_int_equal(seq_of(ids, "8", "a", 0), 1);
    assert_int_equal(seq_of(ids, "8", "b", 0), 2);
    assert_int_equal(seq_of(ids, "88", "a", 0), 3);
    assert_int_equal(seq_of(ids, "88", "b", 0), 0);
    assert_int_equal(seq_of(ids, "9", "a", 0), 0);
}

static void an_id_is_forgotten_in_time(void **state)
{
    struct memory_ids *ids = *state;

    add(ids, "8", "a", 1, 0);
    add(ids, "8", "b", 2, 500);

    assert_int_equal(seq_of(ids, "8", "a", 999), 1);
    assert_int_equal(seq_of(ids, "8", "a", 1000), 0);
    assert_int_equal(seq_of(ids, "8", "b", 1000), 2);
    assert_int_equal(memory_ids_count(ids), 1);
}

static void too_many_push_the_oldest_out(void **state)
{
    struct memory_ids *ids = *state;

    for (uint64_t i = 1; i <= MAX + 5; i++) {
        char id[8];

        (void)snprintf(id, sizeof id, "%d", (int)i);
        add(ids, "8", id, i, i);
    }

    assert_int_equal(memory_ids_count(ids), MAX);
    assert_int_equal(seq_of(ids, "8", "5", 20), 0);
    assert_int_equal(seq_of(ids, "8", "6", 20), 6);
    assert_int_equal(seq_of(ids, "8", "15", 20), 15);
}

static void a_removed_id_was_never_there(void **state)
{
    struct memory_ids *ids = *state;

    add(ids, "8", "a", 1, 0);
    memory_ids_remove(ids, span_of("8"), span_of("a"));
    memory_ids_remove(ids, span_of("8"), span_of("never"));

    assert_int_equal(seq_of(ids, "8", "a", 0), 0);
    add(ids, "8", "a", 2, 0);
    assert_int_equal(seq_of(ids, "8", "a", 0), 2);
}

static void without_memory_nothing_is_added(void **state)
{
    struct memory_ids *ids = *state;
    int failures = 0;

    for (;; failures++) {
        int error;

        fail_malloc_after(failures);
        error = memory_ids_add(ids, span_of("8"), span_of("a"), (struct position){7, 1}, 0);
        fail_malloc_never();
        if (error == 0)
            break;

        assert_int_equal(error, -ENOMEM);
        assert_int_equal(memory_ids_count(ids), 0);
    }

    assert_true(failures > 0);
    assert_int_equal(seq_of(ids, "8", "a", 0), 1);
}

static void making_one_without_memory_fails_cleanly(void **state)
{
    struct memory_ids *ids = NULL;
    int failures = 0;

    (void)state;
    for (; !ids; failures++) {
        fail_malloc_after(failures);
        ids = memory_ids_new(KEEP_MS, MAX);
        fail_malloc_never();
    }

    assert_true(failures > 1);
    memory_ids_free(ids);
    memory_ids_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_id_is_known_in_its_room_only, setup, teardown),
        cmocka_unit_test_setup_teardown(an_id_is_forgotten_in_time, setup, teardown),
        cmocka_unit_test_setup_teardown(too_many_push_the_oldest_out, setup, teardown),
        cmocka_unit_test_setup_teardown(a_removed_id_was_never_there, setup, teardown),
        cmocka_unit_test_setup_teardown(without_memory_nothing_is_added, setup, teardown),
        cmocka_unit_test(making_one_without_memory_fails_cleanly),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
