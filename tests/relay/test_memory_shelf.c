#include "relay/memory_shelf.h"

#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <stdio.h>

/* What the shelf does with single changes is said in tests/contract/contract_shelf.c. */

static int setup(void **state)
{
    *state = memory_shelf_new();

    return *state ? 0 : -1;
}

static int teardown(void **state)
{
    memory_shelf_free(*state);

    return 0;
}

static struct shelf_change change_of(const char *goods_id, bool on, int64_t version)
{
    return (struct shelf_change){
        .goods_id = span_of(goods_id), .on = on, .has_version = version >= 0, .version = version};
}

static int judge(struct memory_shelf *shelf, const char *goods_id, bool on, int64_t version,
                 uint64_t now_ms)
{
    const struct shelf_change change = change_of(goods_id, on, version);

    return memory_shelf_judge(shelf, &change, now_ms);
}

static int make(struct memory_shelf *shelf, const char *goods_id, bool on, int64_t version)
{
    const struct shelf_change change = change_of(goods_id, on, version);
    struct bytes *entry = bytes_copy(goods_id, strlen(goods_id));
    int error;

    assert_non_null(entry);
    assert_int_equal(memory_shelf_judge(shelf, &change, 0), 0);
    error = memory_shelf_make(shelf, &change, entry, 0);
    bytes_release(entry);

    return error;
}

static size_t count(const struct memory_shelf *shelf)
{
    struct span entries[BROKER_MAX_SHELF];

    return memory_shelf_list(shelf, entries);
}

static void a_tombstone_is_forgotten_after_a_day(void **state)
{
    struct memory_shelf *shelf = *state;

    assert_int_equal(make(shelf, "a", true, 2), 0);
    assert_int_equal(make(shelf, "a", false, 3), 0);

    assert_int_equal(judge(shelf, "a", true, 2, BROKER_TOMBSTONE_MS - 1), -ESTALE);
    assert_int_equal(judge(shelf, "a", true, 2, BROKER_TOMBSTONE_MS), 0);
}

static void tombstones_are_bounded(void **state)
{
    struct memory_shelf *shelf = *state;

    for (int i = 0; i <= MEMORY_SHELF_TOMBSTONES; i++) {
        char goods_id[16];

        (void)snprintf(goods_id, sizeof goods_id, "%d", i);
        assert_int_equal(make(shelf, goods_id, false, 9), 0);
    }

    assert_int_equal(judge(shelf, "0", true, 1, 0), 0);
    assert_int_equal(judge(shelf, "1", true, 1, 0), -ESTALE);
    assert_int_equal(count(shelf), 0);
}

static void tombstones_take_no_place_on_the_shelf(void **state)
{
    struct memory_shelf *shelf = *state;
    char goods_id[16];

    assert_int_equal(make(shelf, "gone", false, 9), 0);
    for (int i = 0; i < BROKER_MAX_SHELF; i++) {
        (void)snprintf(goods_id, sizeof goods_id, "%d", i);
        assert_int_equal(make(shelf, goods_id, true, -1), 0);
    }

    assert_int_equal(count(shelf), BROKER_MAX_SHELF);
    assert_int_equal(judge(shelf, "gone", true, 10, 0), -ENOSPC);
    assert_int_equal(judge(shelf, "gone", false, 10, 0), 0);
    assert_int_equal(judge(shelf, "3", true, 10, 0), 0);
}

static void without_memory_the_shelf_is_as_it_was(void **state)
{
    struct memory_shelf *shelf = *state;
    struct bytes *entry = bytes_copy("new", 3);
    const struct shelf_change change = change_of("new", true, 1);
    int failures = 0;
    int error;

    assert_int_equal(make(shelf, "old", true, 1), 0);

    for (;; failures++) {
        fail_malloc_after(failures);
        error = memory_shelf_make(shelf, &change, entry, 0);
        fail_malloc_never();
        if (error == 0)
            break;

        assert_int_equal(error, -ENOMEM);
        assert_int_equal(count(shelf), 1);
        assert_int_equal(judge(shelf, "new", true, 0, 0), 0);
    }

    assert_true(failures > 0);
    assert_int_equal(count(shelf), 2);
    bytes_release(entry);
}

static void making_one_without_memory_fails_cleanly(void **state)
{
    struct memory_shelf *shelf = NULL;
    int failures = 0;

    (void)state;
    for (; !shelf; failures++) {
        fail_malloc_after(failures);
        shelf = memory_shelf_new();
        fail_malloc_never();
    }

    assert_true(failures > 1);
    memory_shelf_free(shelf);
    memory_shelf_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_tombstone_is_forgotten_after_a_day, setup, teardown),
        cmocka_unit_test_setup_teardown(tombstones_are_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(tombstones_take_no_place_on_the_shelf, setup, teardown),
        cmocka_unit_test_setup_teardown(without_memory_the_shelf_is_as_it_was, setup, teardown),
        cmocka_unit_test(making_one_without_memory_fails_cleanly),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
