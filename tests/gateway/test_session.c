/* One client: its heartbeats, its silence and how it ends. */
#include "gateway/session.h"

#include "base/clock.h"
#include "tests/gateway/site.h"
#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"
#include "tests/support/watched_send.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define PING "{\"msg_type\":\"ping\"}"
#define PONG "{\"msg_type\":\"pong\"}"
#define PING_MS 1000
#define GRACE_MS 5000

static int set_up(void **state)
{
    static struct site site;

    site_start(&site,
               &(struct site_settings){.ping_interval_ms = PING_MS, .leave_grace_ms = GRACE_MS});
    *state = &site;

    return 0;
}

static int tear_down(void **state)
{
    fail_malloc_never();
    site_stop(*state);
    clock_real_for_test();

    return 0;
}

static void wait_for_end(struct site *site)
{
    while (site_sessions(site) > 0)
        site_step(site);
}

static unsigned segments_received(const struct viewer *viewer)
{
    struct tcp_info info = {0};
    socklen_t size = sizeof info;

    assert_int_equal(getsockopt(viewer->ws.fd, IPPROTO_TCP, TCP_INFO, &info, &size), 0);

    return info.tcpi_data_segs_in;
}

static void the_greeting_comes_in_one_segment_with_the_response(void **state)
{
    struct site *site = *state;
    struct viewer *live = viewer_greeted(site);
    struct viewer *plain = viewer_open(site, "/webSocketServer.mn"); /* is not greeted */

    assert_int_equal(segments_received(live), 1);
    assert_int_equal(segments_received(plain), 1);

    viewer_say(live, PING);
    assert_string_equal(viewer_read(live), PONG);
    assert_int_equal(segments_received(live), 2);

    viewer_free(live);
    viewer_free(plain);
}

static void a_heartbeat_is_answered_as_it_was_asked(void **state)
{
    struct site *site = *state;
    struct viewer *live = viewer_greeted(site);
    struct viewer *plain = viewer_open(site, "/webSocketServer.mn");

    viewer_say(live, PING);
    viewer_say(plain, "0123456789abcDEFping");
    assert_string_equal(viewer_read(live), PONG);
    assert_string_equal(viewer_read(plain), "pong");
    viewer_say(plain, PING);
    assert_string_equal(viewer_read(plain), PONG);

    viewer_free(live);
    viewer_free(plain);
}

static void a_heartbeat_costs_no_memory(void **state)
{
    struct site *site = *state;
    struct viewer *viewer = viewer_greeted(site);
    unsigned char frame[100];
    size_t size = ws_client_make_frame(frame, 0x81, PING, strlen(PING));
    size_t before;

    viewer_say(viewer, PING);
    viewer_expect(viewer, "pong");
    before = malloc_successes();
    for (int i = 0; i < 10; i++) {
        assert_true(ws_client_send(&viewer->ws, frame, size));
        viewer_expect(viewer, "pong");
    }

    assert_int_equal(malloc_successes(), before);
    viewer_free(viewer);
}

static void pongs_that_are_not_read_do_not_pile_up(void **state)
{
    struct site *site = *state;
    struct viewer *viewer = viewer_greeted(site);
    const struct session *session = site_newest(site);
    int pongs = 1;

    viewer_stop_reading(viewer);
    for (int i = 0; i < 300; i++)
        viewer_say(viewer, PING);
    viewer_say(viewer, "{\"msg_type\":\"join\"}"); /* malformed: counted, and thus seen */
    while (site_metric(site, METRIC_DROPS, DROP_MALFORMED) == 0)
        site_step(site);

    assert_null(session->replies);
    viewer_read_on(viewer);
    viewer_say(viewer, "{\"msg_type\":\"join\",\"room_id\":\"r\"}");
    while (strcmp(viewer_read(viewer), PONG) == 0)
        pongs++;
    assert_in_range(pongs, 2, 10);
    viewer_free(viewer);
}

static void replies_that_are_not_read_end_it_as_too_slow(void **state)
{
    struct site *site = *state;
    struct viewer *viewer = viewer_greeted(site);
    struct session *session = site_newest(site);
    static char reply[1000];
    int kept = 0;

    memset(reply, 'x', sizeof reply);
    viewer_stop_reading(viewer);
    while (!session->closing && kept < 1000) {
        session_reply(session, span_make(reply, sizeof reply));
        kept++;
    }

    assert_in_range(kept, 10, 100);
    assert_null(session->replies);
    watched_send_accept(viewer->port);
    assert_int_equal(viewer_read_close(viewer), CLOSE_TOO_SLOW);
    viewer_free(viewer);
}

static void what_is_closing_is_told_nothing_more(void **state)
{
    struct site *site = *state;
    struct viewer *viewer = viewer_greeted(site);
    struct session *session = site_newest(site);

    session_reply(session, span_of("never sent"));
    session_close(session, CLOSE_POLICY);
    session_reply(session, span_of("nor this"));
    session_pong(session, PONG_WORD);
    session_close(session, CLOSE_NORMAL);

    assert_null(viewer_read(viewer));
    assert_memory_equal(viewer->frame.payload, "\x03\xf0", 2); /* 1008 */
    viewer_free(viewer);
    wait_for_end(site);
}

/* Lets so much time pass, in steps that are felt. */
static void pass(struct site *site, uint64_t ms)
{
    for (; ms > 0; ms -= 100) {
        clock_advance_for_test(100);
        site_settle(site);
    }
}

static void who_is_silent_is_asked_twice_and_sent_away(void **state)
{
    struct site *site = *state;
    struct viewer *viewer = viewer_greeted(site);
    int pings = 0;

    pass(site, 3 * PING_MS + 500);

    while (ws_client_read_frame(&viewer->ws, &viewer->frame) &&
           viewer->frame.first == (0x80 | WS_PING))
        pings++;
    assert_int_equal(pings, 2);
    assert_int_equal(viewer->frame.first, 0x80 | WS_CLOSE);
    assert_memory_equal(viewer->frame.payload, "\x03\xe9", 2); /* 1001 */
    viewer_free(viewer);
}

static void any_frame_is_a_sign_of_life(void **state)
{
    struct site *site = *state;
    struct viewer *viewer = viewer_greeted(site);

    for (int i = 0; i < 10; i++) {
        pass(site, PING_MS);
        viewer_say(viewer, "heart-check-mobile");
        site_settle(site);
    }

    assert_int_equal(site_sessions(site), 1);
    viewer_free(viewer);
}

static void binary_frames_are_accepted_and_dropped(void **state)
{
    struct site *site = *state;
    struct viewer *viewer = viewer_greeted(site);

    assert_true(ws_client_send_frame(&viewer->ws, 0x82, "\x01\x02", 2));
    viewer_say(viewer, PING);

    viewer_expect(viewer, "pong");
    assert_int_equal(site_metric(site, METRIC_DROPS, DROP_UNKNOWN), 1);
    viewer_free(viewer);
}

static void end(struct viewer *viewer, const char *how)
{
    if (strcmp(how, "cut") == 0)
        return;

    if (how[0] == '{')
        viewer_say(viewer, how);
    else
        assert_true(ws_client_send_frame(&viewer->ws, 0x88, how, 2 + strlen(how + 2)));
    site_settle(viewer->site);
}

static void a_clean_end_is_announced_at_once_and_any_other_after_the_grace(void **state)
{
    static const struct {
        const char *how;
        bool clean;
    } cases[] = {
        {"\x03\xe8", true},
        {"\x03\xe8"
         "bye",
         true},
        {"{\"type\":\"logout\"}", true},
        {"{\"msg_type\":\"leave\"}", true},
        {"\x03\xe8"
         "interrupted",
         false},
        {"\x03\xe9", false},
        {"cut", false},
    };
    struct site *site = *state;
    struct viewer *bob = viewer_join(site, "r", "bob");

    clock_advance_for_test(0);

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct viewer *ann = viewer_join(site, "r", "ann");

        viewer_expect(bob, "\"join\"");
        end(ann, cases[i].how);
        viewer_free(ann);
        while (site_sessions(site) > 1)
            site_step(site);

        if (!cases[i].clean) {
            viewer_expect_silence(bob);
            for (int k = 0; k < GRACE_MS / 500 + 2; k++) {
                viewer_say(bob, "heart-check-mobile");
                pass(site, 500);
            }
        }
        viewer_skip_to(bob, "\"leave\"");
    }

    viewer_free(bob);
}

static void who_said_goodbye_and_comes_back_has_the_grace_again(void **state)
{
    struct site *site = *state;
    struct viewer *bob = viewer_join(site, "r", "bob");
    struct viewer *ann = viewer_join(site, "r", "ann");

    viewer_expect(bob, "\"join\"");
    viewer_say(ann, "{\"type\":\"logout\"}");
    viewer_expect(bob, "\"leave\"");
    viewer_say(ann, "{\"msg_type\":\"join\",\"room_id\":\"r\",\"from_uid\":\"ann\"}");
    viewer_expect(bob, "\"join\"");
    viewer_free(ann);
    while (site_sessions(site) > 1)
        site_step(site);

    viewer_expect_silence(bob);
    viewer_free(bob);
}

static void who_finds_no_memory_for_its_room_is_asked_to_come_later(void **state)
{
    struct site *site = *state;
    struct viewer *viewer = viewer_greeted(site);
    struct session *session = site_newest(site);

    fail_malloc_after(0);
    session_reply(session, span_of("x"));
    fail_malloc_never();

    assert_int_equal(viewer_read_close(viewer), CLOSE_TRY_LATER);
    viewer_free(viewer);
}

#define SENTENCE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SENTENCE(the_greeting_comes_in_one_segment_with_the_response),
        SENTENCE(a_heartbeat_is_answered_as_it_was_asked),
        SENTENCE(a_heartbeat_costs_no_memory),
        SENTENCE(pongs_that_are_not_read_do_not_pile_up),
        SENTENCE(replies_that_are_not_read_end_it_as_too_slow),
        SENTENCE(what_is_closing_is_told_nothing_more),
        SENTENCE(who_is_silent_is_asked_twice_and_sent_away),
        SENTENCE(any_frame_is_a_sign_of_life),
        SENTENCE(binary_frames_are_accepted_and_dropped),
        SENTENCE(a_clean_end_is_announced_at_once_and_any_other_after_the_grace),
        SENTENCE(who_said_goodbye_and_comes_back_has_the_grace_again),
        SENTENCE(who_finds_no_memory_for_its_room_is_asked_to_come_later),
    };

    return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
