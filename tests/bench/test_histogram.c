#include "bench/histogram.h"

#include "tests/support/unit.h"

static struct histogram h;

static int set_up(void **state)
{
    histogram_clear(&h);
    (void)state;

    return 0;
}

static void nothing_took_no_time(void **state)
{
    (void)state;

    assert_int_equal(histogram_at(&h, 0.5), 0);
    assert_int_equal(histogram_at(&h, 1), 0);
}

static void short_durations_are_exact(void **state)
{
    for (uint64_t us = 1; us <= 100; us++)
        histogram_add(&h, us <= 50 ? us : 60);
    (void)state;

    assert_int_equal(histogram_at(&h, 0.1), 10);
    assert_int_equal(histogram_at(&h, 0.5), 50);
    assert_int_equal(histogram_at(&h, 0.51), 60);
    assert_int_equal(histogram_at(&h, 1), 60);
}

static void one_in_a_thousand_is_seen(void **state)
{
    for (int i = 0; i < 999; i++)
        histogram_add(&h, 10);
    histogram_add(&h, 5000000);
    (void)state;

    assert_int_equal(histogram_at(&h, 0.99), 10);
    assert_int_equal(histogram_at(&h, 0.999), 10);
    assert_int_equal(histogram_at(&h, 1), 5000000);
    assert_int_equal(h.most, 5000000);
}

/* Of all durations from a us to an hour; and never too short, which would flatter. */
static void a_duration_is_known_to_2_percent(void **state)
{
    (void)state;

    for (uint64_t us = 1; us < 3600000000; us += us / 7 + 1) {
        histogram_clear(&h);
        histogram_add(&h, us);
        histogram_add(&h, UINT64_MAX); /* lest the longest one is the answer */

        assert_true(histogram_at(&h, 0.5) >= us);
        assert_true(histogram_at(&h, 0.5) <= us + us / 50);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(nothing_took_no_time, set_up),
        cmocka_unit_test_setup(short_durations_are_exact, set_up),
        cmocka_unit_test_setup(one_in_a_thousand_is_seen, set_up),
        cmocka_unit_test_setup(a_duration_is_known_to_2_percent, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
