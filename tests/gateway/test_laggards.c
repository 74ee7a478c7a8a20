/* Who takes nothing, or never keeps up, is closed in time; who is only slow is not. */
#include "gateway/laggards.h"

#include "base/clock.h"
#include "tests/gateway/site.h"
#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"
#include "tests/support/watched_send.h"

#include <event2/event.h>
#include <stdio.h>

enum { SLOW_MS = 20, FAR_BEHIND = 70, TAKEN = 300, ENOUGH = 20 };

struct fixture {
    struct site site;
    struct viewer *slow, *fast;
    int published;
};

static int set_up(void **state)
{
    static struct fixture fixture;

    clock_advance_for_test(0);
    fixture = (struct fixture){.published = 0};
    site_start(&fixture.site, &(struct site_settings){.slow_ms = SLOW_MS});
    fixture.fast = viewer_join(&fixture.site, "r", NULL);
    fixture.slow = viewer_join(&fixture.site, "r", NULL);
    *state = &fixture;

    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    viewer_free(f->slow);
    viewer_free(f->fast);
    site_stop(&f->site);
    clock_real_for_test();

    return 0;
}

static void expect_orders(struct viewer *viewer, int from, int to)
{
    for (int n = from; n < to; n++) {
        char part[32];

        (void)snprintf(part, sizeof part, "\"n\":%d,", n);
        viewer_expect(viewer, part);
    }
}

/* Everybody else sees them at once. */
static void publish(struct fixture *f, int n)
{
    for (; n > 0; n--, f->published++) {
        char text[64];

        (void)snprintf(text, sizeof text, "{\"msg_type\":\"buy\",\"n\":%d,\"end\":0}",
                       f->published);
        site_publish(&f->site, "r", text);
        expect_orders(f->fast, f->published, f->published + 1);
    }
}

static bool is_behind(struct fixture *f)
{
    return site_newest(&f->site)->laggard;
}

static bool is_closing(struct fixture *f)
{
    return site_newest(&f->site)->closing;
}

static void pass(struct fixture *f, uint64_t ms)
{
    clock_advance_for_test(ms);
    site_settle(&f->site);
}

/* The socket takes that much and no more. */
static void take(struct fixture *f, size_t bytes)
{
    watched_send_allow(f->slow->port, bytes);
    while (watched_send_allowed(f->slow->port) > 0)
        site_step(&f->site);
}

static void who_takes_nothing_is_closed_when_its_time_is_up(void **state)
{
    struct fixture *f = *state;

    watched_send_refuse(f->slow->port);
    publish(f, 1);
    assert_true(is_behind(f));
    assert_int_equal(site_metric(&f->site, METRIC_SESSIONS_BEHIND, 0), 1);

    pass(f, SLOW_MS - 1);
    assert_false(is_closing(f));

    clock_advance_for_test(1);
    while (!is_closing(f))
        site_step(&f->site);
    watched_send_accept(f->slow->port);
    expect_orders(f->slow, 0, 1);
    assert_int_equal(viewer_read_close(f->slow), CLOSE_TOO_SLOW);
    publish(f, 1);
}

static void who_has_everything_again_is_not_behind(void **state)
{
    struct fixture *f = *state;

    watched_send_refuse(f->slow->port);
    publish(f, 10);
    pass(f, SLOW_MS - 1);
    watched_send_accept(f->slow->port);
    expect_orders(f->slow, 0, 10);

    assert_false(is_behind(f));
    assert_int_equal(site_metric(&f->site, METRIC_SESSIONS_BEHIND, 0), 0);
    pass(f, 10 * SLOW_MS);
    assert_false(is_closing(f));
}

static void who_is_not_far_behind_and_takes_something_now_and_then_may_stay(void **state)
{
    struct fixture *f = *state;

    watched_send_refuse(f->slow->port);

    for (int i = 0; i < 10; i++) {
        publish(f, 5);
        pass(f, SLOW_MS - 1);
        take(f, TAKEN);
        assert_true(is_behind(f));
    }

    assert_false(is_closing(f));
    watched_send_accept(f->slow->port);
    expect_orders(f->slow, 0, 50);
}

static void who_is_always_far_behind_is_closed_though_it_takes_something(void **state)
{
    struct fixture *f = *state;

    watched_send_refuse(f->slow->port);
    publish(f, FAR_BEHIND);
    pass(f, SLOW_MS - 1);
    take(f, TAKEN);
    assert_false(is_closing(f));

    clock_advance_for_test(1);
    while (!is_closing(f))
        site_step(&f->site);
    watched_send_accept(f->slow->port);

    assert_int_equal(viewer_read_close(f->slow), CLOSE_TOO_SLOW);
}

static void without_memory_there_is_no_list_and_nobody_is_in_it(void **state)
{
    struct fixture *f = *state;
    struct laggards *laggards = NULL;
    struct session *session = site_newest(&f->site);
    int rc = -1;

    for (int successes = 0; !laggards; successes++) {
        assert_true(successes < ENOUGH);
        fail_malloc_after(successes);
        laggards = laggards_new(f->site.loop, SLOW_MS);
        fail_malloc_never();
    }

    for (int successes = 0; rc != 0; successes++) {
        assert_true(successes < ENOUGH);
        fail_malloc_after(successes);
        rc = laggards_add(laggards, session, 100);
        fail_malloc_never();
        assert_int_equal(rc != 0, !session->laggard);
    }

    laggards_remove(session);
    laggards_remove(session);
    laggards_renew(laggards, session);
    assert_null(session->laggard);
    laggards_free(laggards);
    laggards_free(NULL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(who_takes_nothing_is_closed_when_its_time_is_up),
        TEST(who_has_everything_again_is_not_behind),
        TEST(who_is_not_far_behind_and_takes_something_now_and_then_may_stay),
        TEST(who_is_always_far_behind_is_closed_though_it_takes_something),
        TEST(without_memory_there_is_no_list_and_nobody_is_in_it),
    };

    return cmocka_run_group_tests_name("laggards", tests, NULL, NULL);
}
