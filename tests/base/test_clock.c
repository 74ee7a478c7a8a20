#include "base/clock.h"

#include "tests/support/unit.h"

static int let_it_run(void **state)
{
    (void)state;
    clock_real_for_test();

    return 0;
}

static void it_never_runs_backwards(void **state)
{
    uint64_t before = clock_now_us();

    for (int i = 0; i < 1000; i++) {
        uint64_t now = clock_now_us();

        assert_true(now >= before);
        before = now;
    }

    assert_true(clock_now() >= before / 1000);
    (void)state;
}

static void the_wall_clock_knows_the_century(void **state)
{
    assert_true(clock_wall_ms() > 1700000000000U);
    assert_true(clock_wall_ms() < 4100000000000U);
    (void)state;
}

static void a_test_can_stop_it_and_move_it(void **state)
{
    uint64_t wall;

    clock_set_for_test(5000);
    wall = clock_wall_ms();
    assert_int_equal(clock_now(), 5000);
    assert_int_equal(clock_now_us(), 5000000);

    clock_advance_for_test(250);
    assert_int_equal(clock_now(), 5250);
    assert_int_equal(clock_wall_ms() - wall, 250);
    (void)state;
}

static void moving_it_first_stops_it(void **state)
{
    uint64_t before = clock_now();
    uint64_t moved;

    clock_advance_for_test(1000000);
    moved = clock_now();

    assert_true(moved >= before + 1000000);
    assert_int_equal(clock_now(), moved);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(it_never_runs_backwards, let_it_run),
        cmocka_unit_test_teardown(the_wall_clock_knows_the_century, let_it_run),
        cmocka_unit_test_teardown(a_test_can_stop_it_and_move_it, let_it_run),
        cmocka_unit_test_teardown(moving_it_first_stops_it, let_it_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
