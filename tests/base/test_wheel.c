#include "base/wheel.h"

#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

#include <stdlib.h>
#include <string.h>

enum { TICK_MS = 10, START_MS = 1003, TIMERS = 300, MANY = 100000 };

struct alarm {
    struct wheel_timer timer;
    char name;
};

static struct wheel *wheel;
static char rung[64]; /* the names of the alarms that expired, in order */
static struct alarm a, b, c;

static void ring(struct wheel_timer *timer)
{
    rung[strlen(rung)] = CONTAINER_OF(timer, struct alarm, timer)->name;
}

static void prepare(struct alarm *alarm, char name, void (*expire)(struct wheel_timer *))
{
    wheel_timer_init(&alarm->timer, expire);
    alarm->name = name;
}

static int set_up(void **state)
{
    wheel = wheel_new(TICK_MS, START_MS);
    memset(rung, 0, sizeof rung);
    prepare(&a, 'a', ring);
    prepare(&b, 'b', ring);
    prepare(&c, 'c', ring);
    (void)state;

    return wheel ? 0 : -1;
}

static int tear_down(void **state)
{
    wheel_free(wheel);
    (void)state;

    return 0;
}

static void a_timer_expires_once_and_never_early(void **state)
{
    wheel_add(wheel, &a.timer, START_MS + 21); /* in the third tick */
    assert_true(wheel_pending(&a.timer));

    assert_int_equal(wheel_advance(wheel, START_MS + 29), 0);
    assert_int_equal(wheel_advance(wheel, START_MS + 30), 1);
    assert_false(wheel_pending(&a.timer));
    assert_int_equal(wheel_advance(wheel, START_MS + 100000), 0);
    assert_string_equal(rung, "a");
    (void)state;
}

static void timers_expire_in_the_order_they_are_due(void **state)
{
    wheel_add(wheel, &c.timer, START_MS + 86400000);
    wheel_add(wheel, &b.timer, START_MS + 25000);
    wheel_add(wheel, &a.timer, START_MS + 10);

    assert_int_equal(wheel_advance(wheel, START_MS + 2 * 86400000), 3);
    assert_string_equal(rung, "abc");
    (void)state;
}

static void timers_of_one_tick_expire_in_the_order_they_were_added(void **state)
{
    wheel_add(wheel, &b.timer, START_MS + 50000);
    (void)wheel_advance(wheel, START_MS + 20000); /* now b is near, and a joins it */
    wheel_add(wheel, &a.timer, START_MS + 50000);
    (void)wheel_advance(wheel, START_MS + 49950);
    wheel_add(wheel, &c.timer, START_MS + 50000);

    (void)wheel_advance(wheel, START_MS + 50000);
    assert_string_equal(rung, "bac");
    (void)state;
}

static void what_is_due_already_expires_with_the_next_tick(void **state)
{
    (void)wheel_advance(wheel, START_MS + 500);
    wheel_add(wheel, &a.timer, 0);

    assert_int_equal(wheel_next_due(wheel), START_MS + 510);
    assert_int_equal(wheel_advance(wheel, START_MS + 500), 0);
    assert_int_equal(wheel_advance(wheel, START_MS + 510), 1);
    (void)state;
}

static void a_cancelled_timer_does_not_expire(void **state)
{
    wheel_cancel(wheel, &a.timer); /* harmless */
    wheel_add(wheel, &a.timer, START_MS + 100);
    wheel_add(wheel, &b.timer, START_MS + 100);
    wheel_cancel(wheel, &a.timer);

    assert_int_equal(wheel_count(wheel), 1);
    assert_int_equal(wheel_advance(wheel, START_MS + 1000), 1);
    assert_string_equal(rung, "b");
    (void)state;
}

static void adding_a_pending_timer_moves_it(void **state)
{
    wheel_add(wheel, &a.timer, START_MS + 100);
    wheel_add(wheel, &a.timer, START_MS + 5000);

    assert_int_equal(wheel_count(wheel), 1);
    assert_int_equal(wheel_advance(wheel, START_MS + 4999), 0);
    assert_int_equal(wheel_advance(wheel, START_MS + 5000), 1);
    (void)state;
}

static void time_that_runs_backwards_changes_nothing(void **state)
{
    (void)wheel_advance(wheel, START_MS + 1000);
    wheel_add(wheel, &a.timer, START_MS + 1100);

    assert_int_equal(wheel_advance(wheel, 0), 0);
    assert_int_equal(wheel_advance(wheel, START_MS + 1100), 1);
    (void)state;
}

static void what_is_due_after_the_end_of_time_waits_long(void **state)
{
    wheel_add(wheel, &a.timer, UINT64_MAX);

    assert_int_equal(wheel_advance(wheel, START_MS + 100ULL * 365 * 86400000), 0);
    assert_true(wheel_pending(&a.timer));
    (void)state;
}

static void add_itself_at_once(struct wheel_timer *timer)
{
    ring(timer);
    wheel_add(wheel, timer, 0);
}

static void a_callback_may_add_itself_again_for_a_later_turn(void **state)
{
    prepare(&a, 'a', add_itself_at_once);
    wheel_add(wheel, &a.timer, START_MS + 10);

    assert_int_equal(wheel_advance(wheel, START_MS + 10000), 1);
    assert_true(wheel_pending(&a.timer));
    assert_int_equal(wheel_next_due(wheel), START_MS + 10010);
    assert_int_equal(wheel_advance(wheel, START_MS + 10010), 1);
    (void)state;
}

static void cancel_the_others(struct wheel_timer *timer)
{
    ring(timer);
    wheel_cancel(wheel, timer);
    wheel_cancel(wheel, &b.timer);
    wheel_add(wheel, &c.timer, START_MS + 70000);
}

static void a_callback_may_cancel_and_move_what_is_due_with_it(void **state)
{
    prepare(&a, 'a', cancel_the_others);
    wheel_add(wheel, &a.timer, START_MS + 100);
    wheel_add(wheel, &b.timer, START_MS + 100);
    wheel_add(wheel, &c.timer, START_MS + 100);

    assert_int_equal(wheel_advance(wheel, START_MS + 100), 1);
    assert_false(wheel_pending(&b.timer));
    assert_int_equal(wheel_count(wheel), 1);
    assert_int_equal(wheel_advance(wheel, START_MS + 70000), 1);
    assert_string_equal(rung, "ac");
    (void)state;
}

static void free_it(struct wheel_timer *timer)
{
    free(CONTAINER_OF(timer, struct alarm, timer));
}

static void a_callback_may_free_its_object(void **state)
{
    for (int i = 0; i < 3; i++) {
        struct alarm *alarm = malloc(sizeof *alarm);

        assert_non_null(alarm);
        prepare(alarm, 'x', free_it);
        wheel_add(wheel, &alarm->timer, START_MS + 100);
    }

    assert_int_equal(wheel_advance(wheel, START_MS + 100), 3);
    (void)state;
}

static void an_empty_wheel_has_nothing_to_wait_for(void **state)
{
    assert_true(wheel_next_due(wheel) == UINT64_MAX);

    wheel_add(wheel, &a.timer, START_MS + 100);
    wheel_cancel(wheel, &a.timer);

    assert_true(wheel_next_due(wheel) == UINT64_MAX);
    (void)state;
}

/* Waking up only when told to, a timer is late by less than a tick. */
static void following_next_due_meets_every_timer_in_few_steps(void **state)
{
    static const uint64_t delays[] = {1, 10, 640, 641, 25000, 40960, 3600000, 86400000};

    for (size_t i = 0; i < sizeof delays / sizeof delays[0]; i++) {
        uint64_t base = wheel_next_due(wheel) == UINT64_MAX ? START_MS + i * 200000000 : 0;
        uint64_t now = 0;
        int steps = 0;

        (void)wheel_advance(wheel, base);
        wheel_add(wheel, &a.timer, base + delays[i]);
        while (wheel_pending(&a.timer)) {
            now = wheel_next_due(wheel);
            (void)wheel_advance(wheel, now);
            assert_in_range(++steps, 1, 6);
        }

        assert_in_range(now, base + delays[i], base + delays[i] + TICK_MS - 1);
    }
    (void)state;
}

/* Random adds, moves, cancels and steps of time against a plain array. */
static uint64_t model_due[TIMERS]; /* in ms from START_MS, whole ticks; 0: not pending */
static struct alarm model_alarms[TIMERS];
static uint64_t model_now;
static uint64_t last_expired;
static int expired_wrongly;

static void check_model(struct wheel_timer *timer)
{
    struct alarm *alarm = CONTAINER_OF(timer, struct alarm, timer);
    size_t i = (size_t)(alarm - model_alarms);

    if (model_due[i] == 0 || model_due[i] > model_now || model_due[i] < last_expired)
        expired_wrongly++;

    last_expired = model_due[i];
    model_due[i] = 0;
}

static void random_step(unsigned *seed, uint64_t *now)
{
    size_t i = (size_t)rand_r(seed) % TIMERS;
    uint64_t far = (uint64_t)1 << (rand_r(seed) % 30);
    uint64_t due;

    switch (rand_r(seed) % 4) {
    case 0:
        wheel_cancel(wheel, &model_alarms[i].timer);
        model_due[i] = 0;
        break;

    case 1:
        *now += (uint64_t)rand_r(seed) % far;
        model_now = *now;
        last_expired = 0;
        (void)wheel_advance(wheel, START_MS + *now);
        break;

    default:
        due = *now + (uint64_t)rand_r(seed) % far;
        wheel_add(wheel, &model_alarms[i].timer, START_MS + due);
        model_due[i] = (due + TICK_MS - 1) / TICK_MS * TICK_MS;
        if (model_due[i] <= *now / TICK_MS * TICK_MS) /* due already: the next tick */
            model_due[i] = (*now / TICK_MS + 1) * TICK_MS;
        break;
    }
}

static void it_agrees_with_a_model(void **state)
{
    unsigned seed = 4711;
    uint64_t now = 0;

    for (int i = 0; i < TIMERS; i++)
        prepare(&model_alarms[i], 'm', check_model);

    for (int step = 0; step < 200000; step++) {
        size_t pending = 0;
        uint64_t earliest = UINT64_MAX;

        random_step(&seed, &now);
        if (step % 16 != 0)
            continue;

        for (int i = 0; i < TIMERS; i++) {
            assert_true(wheel_pending(&model_alarms[i].timer) == (model_due[i] != 0));
            assert_true(model_due[i] == 0 || model_due[i] > now); /* none was forgotten */
            pending += model_due[i] != 0;
            if (model_due[i] != 0 && model_due[i] < earliest)
                earliest = model_due[i];
        }

        assert_int_equal(wheel_count(wheel), pending);
        assert_true(pending == 0 || wheel_next_due(wheel) <= START_MS + earliest);
    }

    assert_int_equal(expired_wrongly, 0);
    (void)state;
}

static void nothing(struct wheel_timer *timer)
{
    (void)timer;
}

static void a_hundred_thousand_timers_are_no_trouble(void **state)
{
    struct wheel_timer *timers = calloc(MANY, sizeof *timers);
    size_t expired = 0;
    unsigned seed = 1;

    assert_non_null(timers);
    assert_true(sizeof *timers <= 40);
    for (int i = 0; i < MANY; i++) {
        wheel_timer_init(&timers[i], nothing);
        wheel_add(wheel, &timers[i], START_MS + (uint64_t)rand_r(&seed) % 50000);
    }

    for (uint64_t now = 0; now < 25000; now += TICK_MS)
        expired += wheel_advance(wheel, START_MS + now);

    for (int i = 0; i < MANY; i += 2)
        wheel_cancel(wheel, &timers[i]);

    assert_in_range(expired, MANY / 2 - 2000, MANY / 2 + 2000);
    assert_in_range(wheel_count(wheel), MANY / 4 - 2000, MANY / 4 + 2000);
    expired = wheel_count(wheel);
    assert_int_equal(wheel_advance(wheel, START_MS + 50000), expired);
    free(timers);
    (void)state;
}

static void without_memory_there_is_no_wheel(void **state)
{
    fail_malloc_after(0);
    assert_null(wheel_new(TICK_MS, START_MS));
    fail_malloc_never();
    wheel_free(NULL);
    (void)state;
}

#define WITH_WHEEL(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WHEEL(a_timer_expires_once_and_never_early),
        WITH_WHEEL(timers_expire_in_the_order_they_are_due),
        WITH_WHEEL(timers_of_one_tick_expire_in_the_order_they_were_added),
        WITH_WHEEL(what_is_due_already_expires_with_the_next_tick),
        WITH_WHEEL(a_cancelled_timer_does_not_expire),
        WITH_WHEEL(adding_a_pending_timer_moves_it),
        WITH_WHEEL(time_that_runs_backwards_changes_nothing),
        WITH_WHEEL(what_is_due_after_the_end_of_time_waits_long),
        WITH_WHEEL(a_callback_may_add_itself_again_for_a_later_turn),
        WITH_WHEEL(a_callback_may_cancel_and_move_what_is_due_with_it),
        WITH_WHEEL(a_callback_may_free_its_object),
        WITH_WHEEL(an_empty_wheel_has_nothing_to_wait_for),
        WITH_WHEEL(following_next_due_meets_every_timer_in_few_steps),
        WITH_WHEEL(it_agrees_with_a_model),
        WITH_WHEEL(a_hundred_thousand_timers_are_no_trouble),
        cmocka_unit_test(without_memory_there_is_no_wheel),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
