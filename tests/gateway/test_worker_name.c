#include "gateway/worker_name.h"

#include "tests/support/unit.h"

#include <string.h>

static void two_workers_are_never_called_the_same(void **state)
{
    char first[WORKER_NAME_MAX + 1], second[WORKER_NAME_MAX + 1];

    (void)state;

    worker_name_choose(first, 0);
    worker_name_choose(second, 0);

    assert_string_not_equal(first, second);
}

static void a_name_ends_with_the_index_and_can_stand_in_an_origin(void **state)
{
    char name[WORKER_NAME_MAX + 1];

    (void)state;

    worker_name_choose(name, 4294967295U);

    assert_string_equal(strrchr(name, '.'), ".4294967295");
    assert_null(strpbrk(name, ":/ {}"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_workers_are_never_called_the_same),
        cmocka_unit_test(a_name_ends_with_the_index_and_can_stand_in_an_origin),
    };

    return cmocka_run_group_tests_name("worker_name", tests, NULL, NULL);
}
