#include "relay/crowd.h"

#include "tests/support/unit.h"

static void a_room_of_a_thousand_or_fewer_is_told_each_tick(void **state)
{
    (void)state;

    assert_int_equal(crowd_tick_ms(200, 0), 200);
    assert_int_equal(crowd_tick_ms(200, 1), 200);
    assert_int_equal(crowd_tick_ms(200, 1000), 200);
}

static void the_more_there_are_the_rarer_they_are_told(void **state)
{
    (void)state;

    assert_int_equal(crowd_tick_ms(200, 2000), 400);
    assert_int_equal(crowd_tick_ms(200, 4999), 999);
}

static void nobody_waits_for_more_than_a_second(void **state)
{
    (void)state;

    assert_int_equal(crowd_tick_ms(200, 5000), 1000);
    assert_int_equal(crowd_tick_ms(200, 60000), 1000);
}

static void a_tick_of_more_than_a_second_stays_as_it_is(void **state)
{
    (void)state;

    assert_int_equal(crowd_tick_ms(5000, 1), 5000);
    assert_int_equal(crowd_tick_ms(5000, 60000), 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_room_of_a_thousand_or_fewer_is_told_each_tick),
        cmocka_unit_test(the_more_there_are_the_rarer_they_are_told),
        cmocka_unit_test(nobody_waits_for_more_than_a_second),
        cmocka_unit_test(a_tick_of_more_than_a_second_stays_as_it_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
