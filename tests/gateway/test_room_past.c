/* A v1 client that falls off a room's log goes on from the room's history, unasked; the history is
 * read once for all who do. */
#include "gateway/room_past.h"

#include "base/clock.h"
#include "base/wheel.h"
#include "gateway/membership.h"
#include "gateway/resume.h"
#include "relay/relay_room.h"
#include "tests/gateway/site.h"
#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"
#include "tests/support/watched_send.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLOW = 20, LOG = 16, SLOW_MS = 20, ENOUGH = 400, TURNS = 60 };

struct fixture {
    struct site site;
    struct viewer *slow[SLOW];
};

static int set_up(void **state)
{
    static struct fixture fixture;

    fixture = (struct fixture){.slow = {NULL}};
    site_start(&fixture.site, &(struct site_settings){.room_log = LOG, .slow_ms = SLOW_MS});
    clock_advance_for_test(0);
    *state = &fixture;

    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    for (int i = 0; i < SLOW; i++) {
        if (f->slow[i])
            viewer_free(f->slow[i]);
    }
    site_stop(&f->site);
    clock_real_for_test();

    return 0;
}

static void enter(struct fixture *f, int n)
{
    for (int i = 0; i < n; i++) {
        f->slow[i] = viewer_open(&f->site, "/?dialect=v1&room_id=r");
        viewer_expect(f->slow[i], "\"joined\"");
    }
    site_settle(&f->site);
}

static void publish(struct fixture *f, int n)
{
    for (int i = 0; i < n; i++)
        site_publish(&f->site, "r", "{\"msg_type\":\"message\",\"content\":\"hello\"}");
}

static void stop(struct fixture *f, int n)
{
    for (int i = 0; i < n; i++)
        watched_send_refuse(f->slow[i]->port);
}

static void go_on(struct fixture *f, int n)
{
    for (int i = 0; i < n; i++)
        watched_send_accept(f->slow[i]->port);
}

static void expect_messages(struct viewer *viewer, int from, int to)
{
    for (int seq = from; seq <= to; seq++) {
        char part[32];

        (void)snprintf(part, sizeof part, "\"seq\":%d,", seq);
        viewer_expect(viewer, part);
    }
}

static void who_falls_off_the_log_is_told_and_misses_nothing(void **state)
{
    struct fixture *f = *state;

    enter(f, 1);
    publish(f, 5);
    stop(f, 1);
    publish(f, 300);
    go_on(f, 1);

    expect_messages(f->slow[0], 1, 6); /* the sixth was on its way */
    viewer_expect(f->slow[0], "\"seq\":6,\"resumed\":true");
    expect_messages(f->slow[0], 7, 305);
    publish(f, 1);
    expect_messages(f->slow[0], 306, 306);
    viewer_expect_silence(f->slow[0]);
    assert_int_equal(site_metric(&f->site, METRIC_SESSIONS_REPAIRED, 0), 1);
    assert_int_equal(site_metric(&f->site, METRIC_SESSIONS_BEHIND, 0), 0);
}

static void who_fell_off_before_anything_was_said_misses_nothing(void **state)
{
    struct fixture *f = *state;

    enter(f, 1);
    viewer_stop_reading(f->slow[0]);
    publish(f, 2 * LOG);
    viewer_read_on(f->slow[0]);

    viewer_expect(f->slow[0], "\"seq\":0,\"resumed\":true");
    expect_messages(f->slow[0], 1, 2 * LOG);
}

static void many_who_fall_off_together_need_one_reading(void **state)
{
    struct fixture *f = *state;

    enter(f, SLOW);
    stop(f, SLOW);
    publish(f, 100);
    go_on(f, SLOW);

    for (int i = 0; i < SLOW; i++) {
        expect_messages(f->slow[i], 1, 1);
        viewer_expect(f->slow[i], "\"resumed\":true");
        expect_messages(f->slow[i], 2, 100);
    }
    assert_int_equal(site_metric(&f->site, METRIC_SESSIONS_REPAIRED, 0), SLOW);
    assert_int_equal(site_metric(&f->site, METRIC_HISTORY_READS, 0), 1);
}

static void who_fell_off_at_another_place_needs_none_of_its_own(void **state)
{
    struct fixture *f = *state;

    enter(f, SLOW);
    for (int i = 0; i < SLOW; i++) {
        watched_send_refuse(f->slow[i]->port);
        publish(f, 1);
    }
    publish(f, 2 * LOG);
    go_on(f, SLOW);

    for (int i = 0; i < SLOW; i++) {
        expect_messages(f->slow[i], 1, i + 1);
        viewer_expect(f->slow[i], "\"resumed\":true");
        expect_messages(f->slow[i], i + 2, SLOW + 2 * LOG);
    }
    assert_int_equal(site_metric(&f->site, METRIC_HISTORY_READS, 0), 1);
}

static void who_leaves_the_room_amid_its_repair_stays_connected(void **state)
{
    struct fixture *f = *state;

    enter(f, 1);
    stop(f, 1);
    publish(f, 100);
    go_on(f, 1);
    while (site_newest(&f->site)->blocked)
        site_step(&f->site);
    assert_non_null(session_membership(site_newest(&f->site))->resume);

    hub_leave_all(site_newest(&f->site), LEAVING_CLEANLY);
    clock_advance_for_test(SLOW_MS);
    while (site_metric(&f->site, METRIC_SESSIONS_BEHIND, 0) > 0)
        site_step(&f->site);

    assert_false(site_newest(&f->site)->closing);
    assert_int_equal(hub_room_count(f->site.hub), 0);
}

static void who_waits_for_a_broker_that_is_away_may_stay(void **state)
{
    struct fixture *f = *state;
    struct resume *resume;

    enter(f, 1);
    stop(f, 1);
    publish(f, 100);
    go_on(f, 1);
    while (site_newest(&f->site)->blocked)
        site_step(&f->site);
    resume = session_membership(site_newest(&f->site))->resume;
    list_remove(&resume->node);
    resume_on_past(resume, PAST_AWAY, NULL);
    wheel_cancel(f->site.wheel, &resume->retry); /* it comes below */
    f->site.relay->broker->state = BROKER_DOWN;

    clock_advance_for_test(SLOW_MS);
    while (site_metric(&f->site, METRIC_SESSIONS_BEHIND, 0) > 0)
        site_step(&f->site);

    assert_int_equal(site_sessions(&f->site), 1);
    assert_false(site_newest(&f->site)->closing);
    f->site.relay->broker->state = BROKER_UP;
    resume->retry.expire(&resume->retry);
    expect_messages(f->slow[0], 1, 1);
    viewer_expect(f->slow[0], "\"resumed\":true");
    expect_messages(f->slow[0], 2, 100);
}

static void who_is_never_whole_again_is_closed(void **state)
{
    struct fixture *f = *state;

    enter(f, 1);
    stop(f, 1);
    publish(f, 100);
    clock_advance_for_test(SLOW_MS - 1);
    watched_send_allow(f->slow[0]->port, 1000);
    while (watched_send_allowed(f->slow[0]->port) > 0)
        site_step(&f->site);
    clock_advance_for_test(1);
    while (!site_newest(&f->site)->closing)
        site_step(&f->site);
    go_on(f, 1);

    assert_int_equal(viewer_read_close(f->slow[0]), CLOSE_TOO_SLOW);
}

/* True if it was enough. */
static bool work_with(struct site *site, int successes)
{
    size_t before = malloc_successes();

    fail_malloc_after(successes);
    for (int i = 0; i < TURNS; i++)
        site_step(site);
    fail_malloc_never();

    return malloc_successes() - before < (size_t)successes;
}

static void without_memory_one_is_repaired_or_sent_away(void **state)
{
    struct fixture *f = *state;
    bool enough = false;

    for (int successes = 0; !enough; successes++) {
        assert_true(successes < ENOUGH);
        watched_send_reset();
        enter(f, 2);
        stop(f, 2);
        publish(f, 2 * LOG);
        go_on(f, 2);

        enough = work_with(&f->site, successes);

        site_settle(&f->site);
        for (int i = 0; i < 2; i++) {
            viewer_free(f->slow[i]);
            f->slow[i] = NULL;
        }
        while (site_sessions(&f->site) > 0)
            site_step(&f->site);
        assert_int_equal(hub_room_count(f->site.hub), 0);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(who_falls_off_the_log_is_told_and_misses_nothing),
        TEST(who_fell_off_before_anything_was_said_misses_nothing),
        TEST(many_who_fall_off_together_need_one_reading),
        TEST(who_fell_off_at_another_place_needs_none_of_its_own),
        TEST(who_leaves_the_room_amid_its_repair_stays_connected),
        TEST(who_waits_for_a_broker_that_is_away_may_stay),
        TEST(who_is_never_whole_again_is_closed),
        TEST(without_memory_one_is_repaired_or_sent_away),
    };

    return cmocka_run_group_tests_name("room_past", tests, NULL, NULL);
}
