/* Each allocation fails in turn, from the first frame to the leave: everybody is served or sent
 * away with a code, and nothing is left behind. */
#include "gateway/hub.h"

#include "gateway/fanout.h"
#include "tests/gateway/site.h"
#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"
#include "tests/support/watched_send.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JOIN "{\"msg_type\":\"join\",\"room_id\":\"r\",\"from_uid\":\"u\",\"from_name\":\"Ann\"}"
#define CHAT "{\"msg_type\":\"message\",\"content\":\"hello\"}"
#define LIKE "{\"msg_type\":\"like\"}"
#define SWITCH "{\"msg_type\":\"join\",\"room_id\":\"other\",\"from_uid\":\"u\"}"
#define LEAVE "{\"msg_type\":\"leave\"}"
#define FENCE "{\"msg_type\":\"x_fence\"}"

enum { ENOUGH = 2000, TURNS = 60 };

/* Lets the worker go on with so much memory left.  True if it was enough. */
static bool work_with(struct site *site, int successes)
{
    size_t before = malloc_successes();

    fail_malloc_after(successes);
    for (int i = 0; i < TURNS; i++)
        site_step(site);
    fail_malloc_never();

    return malloc_successes() - before < (size_t)successes;
}

/* It is in the room still, or was told why not. */
static void assert_served_or_sent_away(struct viewer *viewer)
{
    const char *text;

    do
        text = viewer_read(viewer);
    while (text && !strstr(text, "fence"));

    if (!text) {
        assert_int_equal(viewer->frame.first, 0x80 | WS_CLOSE);
        assert_true(viewer->frame.payload[0] << 8 | viewer->frame.payload[1]);
    }
}

static void send_frames(struct viewer *viewer, const char *const *texts)
{
    unsigned char frames[1000];
    size_t size = 0;

    for (; *texts; texts++)
        size += ws_client_make_frame(frames + size, 0x81, *texts, strlen(*texts));
    assert_true(ws_client_send(&viewer->ws, frames, size));
}

static bool one_evening(struct site *site, int successes, const char *const *texts)
{
    struct viewer *bob = viewer_join(site, "r", "bob");
    struct viewer *plain = viewer_open(site, "/?dialect=plain&room_id=r");
    struct viewer *ann = viewer_greeted(site);
    bool enough;

    site_settle(site);
    send_frames(ann, texts);
    enough = work_with(site, successes);
    site_settle(site);
    site_publish(site, "r", FENCE);
    site_publish(site, "other", FENCE);

    assert_served_or_sent_away(bob);
    assert_served_or_sent_away(plain);
    viewer_free(ann);
    viewer_free(bob);
    viewer_free(plain);
    while (site_sessions(site) > 0)
        site_step(site);
    assert_int_equal(hub_room_count(site->hub), 0);

    return enough;
}

static void without_memory_everybody_is_served_or_sent_away(void **state)
{
    static const char *const evenings[][6] = {
        {JOIN, CHAT, LIKE, NULL}, {JOIN, JOIN, CHAT, LEAVE, NULL}, {JOIN, SWITCH, CHAT, NULL}};
    bool enough = false;

    (void)state;

    for (size_t i = 0; i < sizeof evenings / sizeof *evenings; i++) {
        enough = false;

        for (int successes = 0; !enough && successes < ENOUGH; successes++) {
            struct site site;

            site_start(&site, &(struct site_settings){0});
            site_publish(&site, "r", CHAT);
            enough = one_evening(&site, successes, evenings[i]);
            site_stop(&site);
        }

        assert_true(enough);
    }
}

static void hand_on(struct site *site, const char *json)
{
    struct message message;
    struct entry entry = {.total = -1};
    struct relayed relayed = {.entry = &entry, .message = &message};

    assert_int_equal(message_read(&message, span_of(json), NULL), 0);
    assert_int_equal(message_check(&message, NULL), 0);
    fail_malloc_after(0);
    hub_relay_events.on_message(session_membership(site_newest(site))->room, &relayed);
    fail_malloc_never();
}

static void what_is_lost_closes_a_room_only_if_it_may_not_be(void **state)
{
    struct viewer *viewer;
    struct site site;

    (void)state;
    site_start(&site, &(struct site_settings){0});
    viewer = viewer_join(&site, "r", NULL);

    hand_on(&site, LIKE);
    assert_false(site_newest(&site)->closing);
    assert_int_equal(site_drops(&site, DROP_OVERLOAD, KIND_LIKE), 1);

    hand_on(&site, CHAT);
    assert_int_equal(viewer_read_close(viewer), CLOSE_TRY_LATER);
    viewer_free(viewer);
    site_stop(&site);
}

/* ---- who comes back after a message was lost ---- */

static bool loses;

static void on_message(void *room, const struct relayed *relayed)
{
    if (loses)
        fail_malloc_after(0);
    hub_relay_events.on_message(room, relayed);
    fail_malloc_never();
    loses = false;
}

static void on_snapshot(void *room)
{
    hub_relay_events.on_snapshot(room);
}

/* The room stays open, for the Close of one who was in it cannot be sent. */
static void who_comes_back_hears_what_there_was_no_memory_for(void **state)
{
    static const struct relay_events events = {.on_message = on_message,
                                               .on_snapshot = on_snapshot};
    struct viewer *stuck, *viewer;
    unsigned long long term;
    struct site site;
    char join[120];

    (void)state;
    site_start(&site, &(struct site_settings){.events = &events});
    stuck = viewer_open(&site, "/?dialect=v1&room_id=r");
    viewer_expect(stuck, "\"joined\"");
    site_publish(&site, "r", CHAT);
    term = strtoull(strstr(viewer_read(stuck), "\"term\":") + strlen("\"term\":"), NULL, 10);
    watched_send_refuse(stuck->port);
    loses = true;
    site_publish(&site, "r", CHAT);
    site_publish(&site, "r", CHAT);
    assert_true(site_newest(&site)->closing);

    viewer = viewer_open(&site, "/?dialect=v1");
    (void)snprintf(join, sizeof join,
                   "{\"msg_type\":\"join\",\"room_id\":\"r\",\"term\":%llu,\"seq\":1}", term);
    viewer_say(viewer, join);

    viewer_expect(viewer, "\"seq\":1,\"resumed\":true");
    viewer_expect(viewer, "\"seq\":2,");
    viewer_expect(viewer, "\"seq\":3,");
    viewer_expect_silence(viewer);
    viewer_free(viewer);
    viewer_free(stuck);
    site_stop(&site);
}

static void without_memory_a_hub_or_a_fanout_is_not_made(void **state)
{
    struct site site;
    struct hub *hub = NULL;
    struct fanout_settings settings = {0};
    struct fanout *fanout = NULL;

    (void)state;
    site_start(&site, &(struct site_settings){0});
    settings.loop = site.loop;
    settings.wheel = site.wheel;
    settings.metrics = site.metrics;

    for (int successes = 0; !hub; successes++) {
        assert_true(successes < ENOUGH);
        fail_malloc_after(successes);
        hub = hub_new(&site.hub->settings);
        fail_malloc_never();
    }

    for (int successes = 0; !fanout; successes++) {
        assert_true(successes < ENOUGH);
        fail_malloc_after(successes);
        fanout = fanout_new(&settings);
        fail_malloc_never();
    }

    hub_free(hub);
    fanout_free(fanout);
    site_stop(&site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_memory_everybody_is_served_or_sent_away),
        cmocka_unit_test(what_is_lost_closes_a_room_only_if_it_may_not_be),
        cmocka_unit_test(who_comes_back_hears_what_there_was_no_memory_for),
        cmocka_unit_test(without_memory_a_hub_or_a_fanout_is_not_made),
    };

    return cmocka_run_group_tests_name("hub_memory", tests, NULL, NULL);
}
