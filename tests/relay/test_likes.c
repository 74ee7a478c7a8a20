#include "relay/likes.h"

#include "base/clock.h"
#include "tests/support/unit.h"

#include <stdlib.h>

enum { TICK_MS = 100 };

struct fixture {
    struct wheel *wheel;
    struct likes likes;
    bool busy; /* taps are not taken */
    int published;
    uint64_t taps;
    int shown;
    uint64_t delta;
    uint64_t total;
    uint64_t viewers;
};

static bool on_taps(struct likes *likes, uint64_t taps)
{
    struct fixture *f = CONTAINER_OF(likes, struct fixture, likes);

    if (f->busy)
        return false;

    f->published++;
    f->taps = taps;

    return true;
}

static void on_arrived(struct likes *likes, uint64_t delta, uint64_t total)
{
    struct fixture *f = CONTAINER_OF(likes, struct fixture, likes);

    f->shown++;
    f->delta = delta;
    f->total = total;
}

static uint64_t viewers(struct likes *likes)
{
    return CONTAINER_OF(likes, struct fixture, likes)->viewers;
}

static const struct likes_events events = {
    .on_taps = on_taps, .on_arrived = on_arrived, .viewers = viewers};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    clock_set_for_test(1000);
    f->wheel = wheel_new(1, clock_now());
    likes_init(&f->likes, f->wheel, TICK_MS, &events);
    *state = f;

    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    likes_dispose(&f->likes);
    assert_int_equal(wheel_count(f->wheel), 0);
    wheel_free(f->wheel);
    free(f);
    clock_real_for_test();

    return 0;
}

static void pass(struct fixture *f, uint64_t ms)
{
    clock_advance_for_test(ms);
    (void)wheel_advance(f->wheel, clock_now());
}

static void the_first_tap_goes_out_at_once(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(likes_tap(&f->likes, 3), 0);

    assert_int_equal(f->published, 1);
    assert_int_equal(f->taps, 3);
}

static void further_taps_of_a_tick_go_out_as_one(void **state)
{
    struct fixture *f = *state;

    (void)likes_tap(&f->likes, 1);
    (void)likes_published(&f->likes, REFUSAL_NONE);
    (void)likes_tap(&f->likes, 2);
    (void)likes_tap(&f->likes, 5);
    assert_int_equal(f->published, 1);

    pass(f, TICK_MS);

    assert_int_equal(f->published, 2);
    assert_int_equal(f->taps, 7);
}

static void after_a_quiet_tick_a_tap_is_a_first_one(void **state)
{
    struct fixture *f = *state;

    (void)likes_tap(&f->likes, 1);
    (void)likes_published(&f->likes, REFUSAL_NONE);
    pass(f, TICK_MS);
    assert_true(likes_idle(&f->likes));

    (void)likes_tap(&f->likes, 1);

    assert_int_equal(f->published, 2);
}

static void there_is_one_request_at_a_time(void **state)
{
    struct fixture *f = *state;

    (void)likes_tap(&f->likes, 1);
    (void)likes_tap(&f->likes, 2);
    pass(f, TICK_MS);
    assert_int_equal(f->published, 1);

    (void)likes_published(&f->likes, REFUSAL_NONE);
    pass(f, TICK_MS);

    assert_int_equal(f->published, 2);
    assert_int_equal(f->taps, 2);
}

static void refused_taps_are_tried_again_with_the_next_tick(void **state)
{
    struct fixture *f = *state;

    (void)likes_tap(&f->likes, 4);
    assert_int_equal(likes_published(&f->likes, REFUSAL_UNAVAILABLE), 0);
    assert_false(likes_idle(&f->likes));

    (void)likes_tap(&f->likes, 1);
    pass(f, TICK_MS);

    assert_int_equal(f->published, 2);
    assert_int_equal(f->taps, 5);
}

static void taps_refused_after_their_tick_are_tried_again(void **state)
{
    struct fixture *f = *state;

    (void)likes_tap(&f->likes, 4);
    pass(f, 3 * TICK_MS);
    (void)likes_published(&f->likes, REFUSAL_UNAVAILABLE);
    pass(f, TICK_MS);

    assert_int_equal(f->published, 2);
    assert_int_equal(f->taps, 4);
}

static void taps_not_taken_are_offered_again(void **state)
{
    struct fixture *f = *state;

    f->busy = true;
    (void)likes_tap(&f->likes, 4);
    pass(f, TICK_MS);
    assert_false(likes_idle(&f->likes));

    f->busy = false;
    pass(f, TICK_MS);

    assert_int_equal(f->published, 1);
    assert_int_equal(f->taps, 4);
}

static void after_a_timeout_taps_are_not_counted_twice_but_reported_lost(void **state)
{
    struct fixture *f = *state;

    (void)likes_tap(&f->likes, 4);

    assert_int_equal(likes_published(&f->likes, REFUSAL_TIMEOUT), 4);
    pass(f, TICK_MS);

    assert_int_equal(f->published, 1);
    assert_true(likes_idle(&f->likes));
}

static void what_cannot_be_kept_is_reported_lost(void **state)
{
    struct fixture *f = *state;

    f->busy = true;
    assert_int_equal(likes_tap(&f->likes, LIKES_MAX_KEPT - 1), 0);

    assert_int_equal(likes_tap(&f->likes, 5), 4);

    f->busy = false;
    pass(f, TICK_MS);
    assert_int_equal(f->taps, LIKES_MAX_KEPT);
}

static void the_first_arrival_is_shown_at_once_and_the_rest_of_a_tick_as_one(void **state)
{
    struct fixture *f = *state;

    likes_arrived(&f->likes, 1, 11);
    assert_int_equal(f->shown, 1);
    assert_int_equal(f->total, 11);

    likes_arrived(&f->likes, 2, 13);
    likes_arrived(&f->likes, 3, 12);
    assert_int_equal(f->shown, 1);

    pass(f, TICK_MS);

    assert_int_equal(f->shown, 2);
    assert_int_equal(f->delta, 5);
    assert_int_equal(f->total, 13);
}

static void thousands_of_viewers_are_shown_less_often_and_miss_nothing(void **state)
{
    struct fixture *f = *state;

    f->viewers = 4000;
    likes_arrived(&f->likes, 1, 11);
    assert_int_equal(f->shown, 1);

    likes_arrived(&f->likes, 2, 13);
    pass(f, 3 * TICK_MS);
    likes_arrived(&f->likes, 3, 16);
    assert_int_equal(f->shown, 1);

    pass(f, TICK_MS);

    assert_int_equal(f->shown, 2);
    assert_int_equal(f->delta, 5);
    assert_int_equal(f->total, 16);
}

static void thousands_of_viewers_do_not_hold_back_their_own_taps(void **state)
{
    struct fixture *f = *state;

    f->viewers = 4000;
    (void)likes_tap(&f->likes, 1);
    (void)likes_published(&f->likes, REFUSAL_NONE);
    (void)likes_tap(&f->likes, 2);
    pass(f, TICK_MS);

    assert_int_equal(f->published, 2);
    assert_int_equal(f->taps, 2);
}

static void another_tick_counts_from_the_next_one_on(void **state)
{
    struct fixture *f = *state;

    likes_change_tick(&f->likes, (uint64_t)10 * TICK_MS);
    (void)likes_tap(&f->likes, 1);
    likes_arrived(&f->likes, 1, 1);
    (void)likes_published(&f->likes, REFUSAL_NONE);
    (void)likes_tap(&f->likes, 1);
    likes_arrived(&f->likes, 1, 2);
    pass(f, (uint64_t)9 * TICK_MS);
    assert_int_equal(f->published, 1);
    assert_int_equal(f->shown, 1);

    pass(f, TICK_MS);
    assert_int_equal(f->published, 2);
    assert_int_equal(f->shown, 2);
}

static void nothing_is_shown_in_a_quiet_tick(void **state)
{
    struct fixture *f = *state;

    likes_arrived(&f->likes, 1, 11);
    pass(f, 5 * TICK_MS);

    assert_int_equal(f->shown, 1);
}

static void a_closed_room_is_shown_nothing_but_its_taps_go_out(void **state)
{
    struct fixture *f = *state;

    (void)likes_tap(&f->likes, 1);
    (void)likes_published(&f->likes, REFUSAL_NONE);
    (void)likes_tap(&f->likes, 2);
    likes_arrived(&f->likes, 1, 11);
    likes_arrived(&f->likes, 1, 12);

    likes_close(&f->likes);
    pass(f, TICK_MS);

    assert_int_equal(f->shown, 1);
    assert_int_equal(f->published, 2);
    assert_int_equal(f->taps, 2);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

static void likes_that_nobody_counts_are_shown_too(void **state)
{
    struct fixture *f = *state;

    likes_arrived(&f->likes, 1, 0);
    likes_arrived(&f->likes, 2, 0);
    likes_arrived(&f->likes, 3, 0);
    assert_int_equal(f->shown, 1);

    pass(f, TICK_MS);

    assert_int_equal(f->shown, 2);
    assert_int_equal(f->delta, 5);
    assert_int_equal(f->total, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_first_tap_goes_out_at_once),
        TEST(further_taps_of_a_tick_go_out_as_one),
        TEST(after_a_quiet_tick_a_tap_is_a_first_one),
        TEST(there_is_one_request_at_a_time),
        TEST(refused_taps_are_tried_again_with_the_next_tick),
        TEST(taps_refused_after_their_tick_are_tried_again),
        TEST(taps_not_taken_are_offered_again),
        TEST(after_a_timeout_taps_are_not_counted_twice_but_reported_lost),
        TEST(what_cannot_be_kept_is_reported_lost),
        TEST(the_first_arrival_is_shown_at_once_and_the_rest_of_a_tick_as_one),
        TEST(thousands_of_viewers_are_shown_less_often_and_miss_nothing),
        TEST(thousands_of_viewers_do_not_hold_back_their_own_taps),
        TEST(another_tick_counts_from_the_next_one_on),
        TEST(nothing_is_shown_in_a_quiet_tick),
        TEST(a_closed_room_is_shown_nothing_but_its_taps_go_out),
        TEST(likes_that_nobody_counts_are_shown_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
