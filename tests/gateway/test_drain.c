#include "gateway/drain.h"

#include "base/clock.h"
#include "gateway/session.h"
#include "schema/refusal.h"
#include "tests/gateway/site.h"
#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DELAY_MS = 5000, SPREAD_MS = 20000, STEP_MS = 10 };

#define S0 "/"
#define S2 "/webSocketServer.mn"
#define S3 "/?dialect=live"
#define V1 "/?dialect=v1&room_id=r"

struct scene {
    struct site site;
    struct drain *drain;
    unsigned closings; /* on_closing */
    unsigned ends;     /* on_done */
};

static void on_closing(void *owner)
{
    struct scene *f = owner;

    f->closings++;
    listener_free(f->site.listener);
    f->site.listener = NULL;
}

static void on_done(void *owner)
{
    struct scene *f = owner;

    f->ends++;
}

static int set_up(void **state)
{
    static struct scene scene;
    struct drain_settings settings = {
        .delay_ms = DELAY_MS, .spread_ms = SPREAD_MS, .on_closing = on_closing, .on_done = on_done};

    clock_set_for_test(1000000);
    scene = (struct scene){.ends = 0};
    site_start(&scene.site, &(struct site_settings){0});
    settings.wheel = scene.site.wheel;
    settings.hub = scene.site.hub;
    settings.owner = &scene;
    scene.drain = drain_new(&settings);
    *state = &scene;

    return scene.drain ? 0 : -1;
}

static int tear_down(void **state)
{
    struct scene *f = *state;

    drain_free(f->drain);
    site_stop(&f->site);
    clock_real_for_test();

    return 0;
}

/* Time passes, and whatever it brings happens. */
static void pass(struct scene *f, uint64_t ms)
{
    for (uint64_t gone = 0; gone < ms; gone += STEP_MS) {
        clock_advance_for_test(STEP_MS);
        site_step(&f->site);
        site_step(&f->site);
    }
}

/* How many have not been closed. */
static size_t staying(const struct scene *f)
{
    size_t closing = 0;

    LIST_FOR_EACH (node, &f->site.hub->sessions)
        closing += CONTAINER_OF(node, struct session, node)->closing;

    return (size_t)site_metric(&f->site, METRIC_CONNECTIONS, 0) - closing;
}

static void open_all(struct scene *f, struct viewer **viewers, size_t n, const char *target)
{
    for (size_t i = 0; i < n; i++)
        viewers[i] = viewer_open(&f->site, target);
    site_settle(&f->site);
}

static void free_all(struct viewer **viewers, size_t n)
{
    for (size_t i = 0; i < n; i++)
        viewer_free(viewers[i]);
}

static void until_the_delay_is_over_all_are_served(void **state)
{
    struct scene *f = *state;
    struct viewer *ann = viewer_join(&f->site, "r", "ann"), *bob;

    drain_begin(f->drain);
    pass(f, DELAY_MS - STEP_MS);

    assert_true(drain_begun(f->drain));
    assert_int_equal(f->closings, 0);
    bob = viewer_join(&f->site, "r", "bob");
    viewer_expect(ann, "bob");
    pass(f, 2 * STEP_MS);
    assert_int_equal(f->closings, 1);
    viewer_free(ann);
    viewer_free(bob);
}

static void closes_are_spread_evenly(void **state)
{
    struct scene *f = *state;
    struct viewer *viewers[40];

    open_all(f, viewers, 40, S0);
    drain_begin(f->drain);
    pass(f, DELAY_MS + STEP_MS);

    for (size_t left = 39; left > 0; left--) {
        assert_in_range(staying(f), left - 1, left + 1);
        pass(f, SPREAD_MS / 40);
    }

    assert_int_equal(viewer_read_close(viewers[0]), CLOSE_RESTART);
    assert_int_equal(viewer_read_close(viewers[39]), CLOSE_RESTART);
    free_all(viewers, 40);
}

static void who_has_few_tries_is_closed_late_and_who_stays_away_last(void **state)
{
    struct scene *f = *state;
    struct viewer *chat = viewer_open_with(&f->site, S3, "Sec-WebSocket-Protocol: protocol1\r\n");
    struct viewer *page = viewer_open(&f->site, S2);
    struct viewer *live = viewer_open(&f->site, S0);

    site_settle(&f->site);
    drain_begin(f->drain);
    pass(f, DELAY_MS + STEP_MS);
    assert_int_equal(viewer_read_close(live), CLOSE_RESTART);
    assert_int_equal(staying(f), 2);

    pass(f, SPREAD_MS / 3);
    assert_int_equal(viewer_read_close(page), CLOSE_RESTART);
    assert_int_equal(staying(f), 1);

    pass(f, SPREAD_MS / 3);
    assert_int_equal(viewer_read_close(chat), CLOSE_RESTART);
    viewer_free(chat);
    viewer_free(page);
    viewer_free(live);
}

/* What it was told, in ms; its answer to the join comes before. */
static unsigned long told(struct viewer *viewer)
{
    const char *frame = viewer_skip_to(viewer, "\"reconnect\"");

    return strtoul(strstr(frame, "\"after_ms\":") + strlen("\"after_ms\":"), NULL, 10);
}

static void who_can_be_told_to_move_gets_a_moment_of_its_own(void **state)
{
    struct scene *f = *state;
    struct viewer *viewers[9];

    open_all(f, viewers, 9, V1);
    drain_begin(f->drain);
    pass(f, DELAY_MS + STEP_MS);

    for (unsigned long i = 0; i < 9; i++)
        assert_in_range(told(viewers[i]), i * 2000, (i + 1) * 2000 - 1);

    assert_int_equal(staying(f), 9);
    free_all(viewers, 9);
}

static void who_was_told_and_goes_is_not_closed(void **state)
{
    struct scene *f = *state;
    struct viewer *mover = viewer_open(&f->site, V1);

    site_settle(&f->site);
    drain_begin(f->drain);
    pass(f, DELAY_MS + STEP_MS);
    (void)told(mover);
    ws_client_send_frame(&mover->ws, 0x88, "\x03\xe8", 2);

    assert_int_equal(viewer_read_close(mover), CLOSE_NORMAL);
    pass(f, 500);
    assert_int_equal(f->ends, 1);
    viewer_free(mover);
}

static void who_was_told_and_stays_is_closed_a_little_later(void **state)
{
    struct scene *f = *state;
    struct viewer *sluggard = viewer_open(&f->site, V1);
    unsigned long after;

    site_settle(&f->site);
    drain_begin(f->drain);
    pass(f, DELAY_MS + STEP_MS);
    after = told(sluggard);
    pass(f, after / STEP_MS * STEP_MS + 1900);
    assert_int_equal(staying(f), 1);

    pass(f, 200);

    assert_int_equal(viewer_read_close(sluggard), CLOSE_RESTART);
    viewer_free(sluggard);
}

static void who_cannot_move_does_not_wait_for_who_can(void **state)
{
    struct scene *f = *state;
    struct viewer *mover = viewer_open(&f->site, V1), *live = viewer_open(&f->site, S0);

    drain_begin(f->drain);
    pass(f, DELAY_MS + STEP_MS);

    assert_int_equal(viewer_read_close(live), CLOSE_RESTART);
    viewer_free(mover);
    viewer_free(live);
}

static void on_kicked(void *arg, const struct broker_status *status, bool changed)
{
    assert_true(changed && status->refusal == REFUSAL_NONE);
    *(bool *)arg = true;
}

static void who_is_kicked_while_it_waits_for_its_turn_goes_at_once(void **state)
{
    const struct broker_moderate kick = {
        .room = span_of("r"), .verb = MODERATE_KICK, .uid = span_of("bob")};
    struct scene *f = *state;
    struct viewer *bob = viewer_open(&f->site, "/?dialect=v1");
    bool kicked = false;

    viewer_say(bob, "{\"msg_type\":\"join\",\"room_id\":\"r\",\"from_uid\":\"bob\"}");
    viewer_skip_to(bob, "\"joined\"");
    drain_begin(f->drain);
    pass(f, DELAY_MS + STEP_MS);

    relay_moderate(f->site.relay, &kick, on_kicked, &kicked);
    while (!kicked)
        pass(f, STEP_MS);

    assert_int_equal(viewer_read_close(bob), CLOSE_KICKED);
    viewer_free(bob);
}

static void nobody_is_waited_for_when_nobody_is_left(void **state)
{
    struct scene *f = *state;

    drain_begin(f->drain);
    pass(f, DELAY_MS);
    assert_int_equal(f->ends, 0);

    pass(f, 200);

    assert_int_equal(f->ends, 1);
}

static void it_ends_in_time_though_a_client_never_reads(void **state)
{
    struct scene *f = *state;
    struct viewer *deaf = viewer_join(&f->site, "r", "deaf");

    viewer_stop_reading(deaf);
    drain_begin(f->drain);
    pass(f, DELAY_MS + DRAIN_GOODBYE_MS - 100);
    assert_int_equal(f->ends, 0);

    pass(f, 200);

    assert_int_equal(f->ends, 1);
    viewer_read_on(deaf);
    viewer_free(deaf);
}

static void a_hurry_closes_all_at_once(void **state)
{
    struct scene *f = *state;
    struct viewer *viewers[6];

    open_all(f, viewers, 3, S0);
    open_all(f, viewers + 3, 3, V1);
    drain_begin(f->drain);
    pass(f, DELAY_MS + STEP_MS);
    assert_true(staying(f) >= 5);

    drain_hasten(f->drain);

    assert_int_equal(staying(f), 0);
    for (int i = 0; i < 6; i++)
        assert_int_equal(viewer_read_close(viewers[i]), CLOSE_RESTART);
    pass(f, 200);
    assert_int_equal(f->ends, 1);
    free_all(viewers, 6);
}

static void a_hurry_from_the_start_tells_nobody_to_move(void **state)
{
    struct scene *f = *state;
    struct viewer *mover = viewer_open(&f->site, "/?dialect=v1");

    site_settle(&f->site);
    drain_hasten(f->drain);
    drain_hasten(f->drain);

    assert_int_equal(f->closings, 1);
    assert_null(viewer_read(mover)); /* nothing but its Close */
    ws_client_send_frame(&mover->ws, 0x88, "\x03\xf4", 2);
    pass(f, 200);
    assert_int_equal(f->ends, 1);
    viewer_free(mover);
}

static void one_that_has_begun_begins_once_and_keeps_its_times(void **state)
{
    struct scene *f = *state;

    drain_set_times(f->drain, 1000, 0);
    drain_begin(f->drain);
    drain_set_times(f->drain, 90000, 90000);
    pass(f, 500);
    drain_begin(f->drain);
    pass(f, 700);

    assert_int_equal(f->closings, 1);
    assert_int_equal(f->ends, 1);
}

static void one_that_is_freed_midway_leaves_the_sessions_to_the_hub(void **state)
{
    struct scene *f = *state;
    struct viewer *viewers[2];

    open_all(f, viewers, 2, S0);
    drain_begin(f->drain);
    pass(f, DELAY_MS + STEP_MS);

    drain_free(f->drain);
    f->drain = NULL;

    assert_true(site_sessions(&f->site) >= 1);
    free_all(viewers, 2);
}

static void without_memory_there_is_none(void **state)
{
    struct scene *f = *state;
    struct drain_settings settings = {.wheel = f->site.wheel, .hub = f->site.hub};

    fail_malloc_after(0);
    assert_null(drain_new(&settings));
    fail_malloc_never();
}

#define SENTENCE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SENTENCE(until_the_delay_is_over_all_are_served),
        SENTENCE(closes_are_spread_evenly),
        SENTENCE(who_has_few_tries_is_closed_late_and_who_stays_away_last),
        SENTENCE(who_can_be_told_to_move_gets_a_moment_of_its_own),
        SENTENCE(who_was_told_and_goes_is_not_closed),
        SENTENCE(who_was_told_and_stays_is_closed_a_little_later),
        SENTENCE(who_cannot_move_does_not_wait_for_who_can),
        SENTENCE(who_is_kicked_while_it_waits_for_its_turn_goes_at_once),
        SENTENCE(nobody_is_waited_for_when_nobody_is_left),
        SENTENCE(it_ends_in_time_though_a_client_never_reads),
        SENTENCE(a_hurry_closes_all_at_once),
        SENTENCE(a_hurry_from_the_start_tells_nobody_to_move),
        SENTENCE(one_that_has_begun_begins_once_and_keeps_its_times),
        SENTENCE(one_that_is_freed_midway_leaves_the_sessions_to_the_hub),
        SENTENCE(without_memory_there_is_none),
    };

    return cmocka_run_group_tests_name("drain", tests, NULL, NULL);
}
