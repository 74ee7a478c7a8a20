#include "gateway/pulse.h"

#include "base/clock.h"
#include "base/metrics.h"
#include "base/wheel.h"
#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

#include <event2/event.h>

struct alarm {
    struct wheel_timer timer;
    struct event_base *loop;
};

static void end_loop(struct wheel_timer *timer)
{
    (void)event_base_loopbreak(CONTAINER_OF(timer, struct alarm, timer)->loop);
}

static void the_wheel_turns_and_how_late_it_does_is_counted(void **state)
{
    struct event_base *loop = event_base_new();
    struct wheel *wheel = wheel_new(PULSE_MS, clock_now());
    struct metrics *metrics = metrics_new();
    struct pulse *pulse = pulse_new(loop, wheel, metrics);
    struct alarm alarm = {.loop = loop};

    (void)state;
    assert_non_null(pulse);

    wheel_timer_init(&alarm.timer, end_loop);
    wheel_add(wheel, &alarm.timer, clock_now() + 4 * PULSE_MS);
    (void)event_base_dispatch(loop);

    assert_false(wheel_pending(&alarm.timer));
    assert_true(metrics_read((const struct metrics *const *)&metrics, 1, METRIC_LOOP_DELAY, 0) > 0);

    pulse_free(pulse);
    wheel_free(wheel);
    metrics_free(metrics);
    event_base_free(loop);
}

static void without_memory_there_is_no_pulse(void **state)
{
    struct event_base *loop = event_base_new();

    (void)state;

    fail_malloc_after(0);
    assert_null(pulse_new(loop, NULL, NULL));
    fail_malloc_never();
    pulse_free(NULL);

    event_base_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_wheel_turns_and_how_late_it_does_is_counted),
        cmocka_unit_test(without_memory_there_is_no_pulse),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
