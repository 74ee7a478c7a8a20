#include "gateway/lateness.h"

#include "base/clock.h"
#include "base/metrics.h"
#include "tests/support/unit.h"

#include <string.h>

enum { AGO_MS = 40 };

struct fixture {
    struct lateness lateness;
    struct metrics *metrics;
    int64_t now;
};

static int set_up(void **state)
{
    static struct fixture f;

    clock_advance_for_test(0);
    f = (struct fixture){.metrics = metrics_new(), .now = (int64_t)clock_wall_ms()};
    *state = &f;

    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    metrics_free(f->metrics);
    clock_real_for_test();

    return 0;
}

static int64_t observed(const struct fixture *f, enum message_class class)
{
    const struct metrics *metrics = f->metrics;

    return metrics_read(&metrics, 1, METRIC_DELIVERY_SECONDS, (unsigned)class);
}

static void assert_line(const struct fixture *f, const char *line)
{
    const struct metrics *metrics = f->metrics;
    struct buffer text;

    buffer_init(&text, 1 << 20);
    metrics_render(&text, &metrics, 1);
    buffer_add_char(&text, '\0');
    assert_int_equal(buffer_status(&text), 0);
    assert_non_null(strstr((const char *)text.data, line));
    buffer_dispose(&text);
}

static void the_oldest_of_a_turn_is_told_once_for_its_class(void **state)
{
    struct fixture *f = *state;

    lateness_note(&f->lateness, CLASS_CHAT, f->now - 3);
    lateness_note(&f->lateness, CLASS_CHAT, f->now - AGO_MS);
    lateness_note(&f->lateness, CLASS_CHAT, f->now);
    lateness_note(&f->lateness, CLASS_STATE, f->now);
    lateness_observe(&f->lateness, f->metrics);
    lateness_observe(&f->lateness, f->metrics);

    assert_int_equal(observed(f, CLASS_CHAT), 1);
    assert_int_equal(observed(f, CLASS_STATE), 1);
    assert_int_equal(observed(f, CLASS_PROTECTED), 0);
    assert_line(f, "livegate_delivery_seconds_sum{class=\"chat\"} 0.040000\n");
    assert_line(f, "livegate_delivery_seconds_sum{class=\"state\"} 0.000000\n");
}

static void a_clock_that_goes_before_ours_makes_no_age(void **state)
{
    struct fixture *f = *state;

    lateness_note(&f->lateness, CLASS_DROPPABLE, f->now + 5000);
    lateness_observe(&f->lateness, f->metrics);

    assert_int_equal(observed(f, CLASS_DROPPABLE), 1);
    assert_line(f, "livegate_delivery_seconds_sum{class=\"droppable\"} 0.000000\n");
}

static void what_nobody_knows_the_age_of_is_not_counted(void **state)
{
    struct fixture *f = *state;

    lateness_note(&f->lateness, CLASS_CHAT, 0);
    lateness_note(&f->lateness, CLASS_CHAT, -1);
    lateness_observe(&f->lateness, f->metrics);

    assert_int_equal(observed(f, CLASS_CHAT), 0);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_oldest_of_a_turn_is_told_once_for_its_class),
        TEST(a_clock_that_goes_before_ours_makes_no_age),
        TEST(what_nobody_knows_the_age_of_is_not_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
