#include "base/pace.h"

#include "tests/support/unit.h"

/* How many pass in ten seconds, when each comes as soon as it may. */
static unsigned in_ten_seconds(uint32_t per_second)
{
    struct pace pace;
    unsigned passed = 0;

    pace_init(&pace, per_second);

    for (uint64_t now = 5000; now < 15000;) {
        uint64_t wait_until = pace_take(&pace, now);

        passed++;
        if (wait_until > 0) {
            assert_true(wait_until > now);
            now = wait_until;
        }
    }

    return passed;
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

/* Whoever waits is woken a little late, now more and now less. */
static void in_no_second_more_pass_than_were_asked_for(void **state)
{
    static const uint32_t rates[] = {3, 19, 200};
    static const uint64_t lateness_ms[] = {19, 0, 7};
    uint64_t passed_ms[1000];

    (void)state;

    for (size_t r = 0; r < sizeof rates / sizeof rates[0]; r++) {
        struct pace pace;
        uint64_t now = 5000;

        pace_init(&pace, rates[r]);
        for (size_t i = 0; i < sizeof passed_ms / sizeof passed_ms[0]; i++) {
            uint64_t wait_until = pace_take(&pace, now);

            passed_ms[i] = now;
            if (i >= rates[r])
                assert_true(now - passed_ms[i - rates[r]] >= 1000);
            if (wait_until > 0)
                now = wait_until + lateness_ms[i % 3];
        }
    }
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
        cmocka_unit_test(in_no_second_more_pass_than_were_asked_for),
        cmocka_unit_test(without_a_limit_nobody_waits),
        cmocka_unit_test(a_quiet_while_is_not_followed_by_a_burst),
    };

    return cmocka_run_group_tests_name("pace", tests, NULL, NULL);
}
