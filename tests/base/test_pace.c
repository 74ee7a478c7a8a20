#include "base/pace.h"

#include "tests/support/unit.h"

/* How many pass in ten seconds, when each comes as soon as it may, by a clock of such ticks. */
static unsigned in_ten_seconds_of_ticks(uint32_t per_second, uint64_t tick_ms)
{
    struct pace pace;
    unsigned passed = 0;

    pace_init(&pace, per_second);

    for (uint64_t now = 5000; now < 15000;) {
        uint64_t wait_until = pace_take(&pace, now);

        passed++;
        if (wait_until > 0) {
            assert_true(wait_until > now);
            now = (wait_until + tick_ms - 1) / tick_ms * tick_ms;
        }
    }

    return passed;
}

static unsigned in_ten_seconds(uint32_t per_second)
{
    return in_ten_seconds_of_ticks(per_second, 1);
}

static void no_more_pass_than_were_asked_for(void **state)
{
    (void)state;

    assert_int_equal(in_ten_seconds(1), 10);
    assert_int_equal(in_ten_seconds(10), 100);
    assert_int_equal(in_ten_seconds(1000), 10000);
    assert_in_range(in_ten_seconds(3), 30, 31);
}

static void nor_are_there_many_less(void **state)
{
    (void)state;

    for (uint32_t per_second = 1; per_second < 3000; per_second++) {
        unsigned passed = in_ten_seconds(per_second);

        /* and those of the window that has just begun */
        assert_in_range(passed, per_second * 97 / 10, per_second * 101 / 10 + 1);
    }
}

static void who_waits_by_a_coarse_clock_loses_nothing_by_it(void **state)
{
    (void)state;

    assert_in_range(in_ten_seconds_of_ticks(10, 20), 98, 101);
    assert_in_range(in_ten_seconds_of_ticks(19, 20), 185, 191);
    assert_in_range(in_ten_seconds_of_ticks(999, 20), 9800, 9999);
}

static void without_a_limit_nobody_waits(void **state)
{
    struct pace pace;

    (void)state;

    pace_init(&pace, 0);

    for (int i = 0; i < 1000; i++)
        assert_int_equal(pace_take(&pace, 5000), 0);
}

static void a_quiet_while_is_not_followed_by_a_burst(void **state)
{
    struct pace pace;

    (void)state;

    pace_init(&pace, 20);
    assert_int_equal(pace_take(&pace, 1000), 0);

    assert_int_equal(pace_take(&pace, 9000), 0);
    assert_int_equal(pace_take(&pace, 9000), 9100);
    assert_int_equal(pace_take(&pace, 9050), 9100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_more_pass_than_were_asked_for),
        cmocka_unit_test(nor_are_there_many_less),
        cmocka_unit_test(who_waits_by_a_coarse_clock_loses_nothing_by_it),
        cmocka_unit_test(without_a_limit_nobody_waits),
        cmocka_unit_test(a_quiet_while_is_not_followed_by_a_burst),
    };

    return cmocka_run_group_tests_name("pace", tests, NULL, NULL);
}
