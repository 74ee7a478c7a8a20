/* What leaves the gateway: one write per session and turn, in order, nothing twice; and who does
 * not read harms nobody. */
#include "gateway/fanout.h"

#include "tests/gateway/site.h"
#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"
#include "tests/support/watched_send.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MANY = 50 };

static void start(struct site *site, const struct site_settings *settings)
{
    watched_send_reset();
    site_start(site, settings);
}

static void ignore(void *arg, const struct broker_status *status,
                   const struct broker_published *published)
{
    (void)arg, (void)status, (void)published;
}

/* As a backend; without waiting, so that those published together come in one turn. */
static void publish(struct site *site, const char *kind, int n)
{
    char text[128];
    struct relay_publish request = {.room = span_of("r")};

    (void)snprintf(text, sizeof text, "{\"msg_type\":\"%s\",\"n\":%d,\"end\":0}", kind, n);
    request.message = span_of(text);
    relay_publish(site->relay, &request, ignore, NULL);
}

static void publish_orders(struct site *site, int from, int to)
{
    for (int n = from; n < to; n++)
        publish(site, "buy", n);
}

static void expect_number(struct viewer *viewer, int n)
{
    char part[32];

    (void)snprintf(part, sizeof part, "\"n\":%d,", n);
    viewer_expect(viewer, part);
}

static void expect_orders(struct viewer *viewer, int from, int to)
{
    for (int n = from; n < to; n++)
        expect_number(viewer, n);
}

static void what_came_in_one_turn_goes_out_in_one_write(void **state)
{
    struct site site;
    struct viewer *viewer;

    (void)state;
    start(&site, &(struct site_settings){0});
    viewer = viewer_join(&site, "r", "u");
    watched_send_count(viewer->port);

    publish_orders(&site, 0, 20);
    expect_orders(viewer, 0, 20);

    assert_int_equal(watched_send_counted(viewer->port), 1);
    viewer_free(viewer);
    site_stop(&site);
}

/* What the relay does with an order that arrives in this turn. */
static void hand_on(struct site *site, int n)
{
    char text[64];
    struct message message;
    struct entry entry = {.total = -1};
    struct relayed relayed = {.entry = &entry, .message = &message};

    (void)snprintf(text, sizeof text, "{\"msg_type\":\"buy\",\"n\":%d,\"end\":0}", n);
    assert_int_equal(message_read(&message, span_of(text), NULL), 0);
    assert_int_equal(message_check(&message, NULL), 0);
    hub_relay_events.on_message(session_membership(site_newest(site))->room, &relayed);
}

static void replies_go_before_the_rooms_frames_and_in_the_same_write(void **state)
{
    struct site site;
    struct viewer *viewer;

    (void)state;
    start(&site, &(struct site_settings){0});
    viewer = viewer_join(&site, "r", "u");
    watched_send_count(viewer->port);

    hand_on(&site, 0);
    hand_on(&site, 1);
    session_pong(site_newest(&site), PONG_OBJECT);
    session_reply(site_newest(&site), span_of("{\"reply\":1}"));

    viewer_expect(viewer, "\"reply\":1");
    viewer_expect(viewer, "\"pong\"");
    expect_orders(viewer, 0, 2);
    assert_int_equal(watched_send_counted(viewer->port), 1);
    viewer_free(viewer);
    site_stop(&site);
}

static void a_message_costs_as_much_memory_for_one_as_for_many(void **state)
{
    struct viewer *viewers[MANY];
    struct site site;
    size_t before, for_one, for_many;

    (void)state;
    start(&site, &(struct site_settings){0});
    viewers[0] = viewer_join(&site, "r", NULL);
    publish_orders(&site, 0, 10); /* rings and buffers have grown */
    expect_orders(viewers[0], 0, 10);
    before = malloc_successes();
    publish(&site, "buy", 10);
    site_settle(&site);
    for_one = malloc_successes() - before;
    for (int i = 1; i < MANY; i++)
        viewers[i] = viewer_join(&site, "r", NULL);

    before = malloc_successes();
    publish(&site, "buy", 11);
    site_settle(&site);
    for_many = malloc_successes() - before;

    assert_int_equal(for_many, for_one);
    expect_number(viewers[0], 10);
    for (int i = 0; i < MANY; i++) {
        expect_number(viewers[i], 11);
        viewer_free(viewers[i]);
    }
    site_stop(&site);
}

static void a_burst_longer_than_the_log_reaches_who_keeps_up(void **state)
{
    struct site site;
    struct viewer *viewers[3];

    (void)state;
    start(&site, &(struct site_settings){.room_log = 16});
    for (int i = 0; i < 3; i++)
        viewers[i] = viewer_join(&site, "r", NULL);

    publish_orders(&site, 0, 1000);

    for (int i = 0; i < 3; i++) {
        expect_orders(viewers[i], 0, 1000);
        viewer_free(viewers[i]);
    }
    site_stop(&site);
}

/* More than one block; each dialect's blocks end elsewhere. */
static void more_than_a_block_goes_out_in_order_to_every_dialect(void **state)
{
    static const char *const targets[] = {"/?room_id=r", "/?room_id=r&dialect=plain", "/?room_id=r",
                                          "/?room_id=r&dialect=plain"};
    struct viewer *viewers[4];
    struct site site;
    char text[1100], part[32];

    (void)state;
    start(&site, &(struct site_settings){0});
    for (int i = 0; i < 4; i++)
        viewers[i] = viewer_open(&site, targets[i]);
    viewer_skip_to(viewers[0], "message_list");
    viewer_skip_to(viewers[2], "message_list");
    site_settle(&site);

    for (int n = 0; n < 180; n++) {
        struct relay_publish request = {.room = span_of("r")};

        (void)snprintf(text, sizeof text, "{\"msg_type\":\"x_a\",\"n\":%d,\"pad\":\"%01000d\"}", n,
                       0);
        request.message = span_of(text);
        relay_publish(site.relay, &request, ignore, NULL);
    }

    for (int i = 0; i < 4; i++) {
        for (int n = 0; n < 180; n++) {
            (void)snprintf(part, sizeof part, "\"n\":%d,", n);
            viewer_expect(viewers[i], part);
        }
        viewer_free(viewers[i]);
    }
    site_stop(&site);
}

static void who_does_not_read_harms_nobody_and_catches_up_later(void **state)
{
    struct viewer *slow, *fast;
    struct site site;

    (void)state;
    start(&site, &(struct site_settings){0});
    slow = viewer_join(&site, "r", NULL);
    fast = viewer_join(&site, "r", NULL);
    watched_send_refuse(slow->port);

    for (int n = 0; n < 200; n += 10) {
        publish_orders(&site, n, n + 10);
        expect_orders(fast, n, n + 10);
    }
    watched_send_accept(slow->port);
    publish_orders(&site, 200, 210);

    expect_orders(slow, 0, 210);
    expect_orders(fast, 200, 210);
    viewer_expect_silence(slow);
    viewer_free(slow);
    viewer_free(fast);
    site_stop(&site);
}

static void a_lagging_viewer_is_spared_banners_but_never_an_order(void **state)
{
    struct viewer *slow;
    struct site site;

    (void)state;
    start(&site, &(struct site_settings){0});
    slow = viewer_join(&site, "r", NULL);
    watched_send_refuse(slow->port);
    publish(&site, "buy", 0); /* libwebsockets keeps it */
    site_settle(&site);

    for (int n = 1; n < 100; n += 2) {
        publish(&site, "buy", n);
        publish(&site, "join", n + 1);
    }
    site_settle(&site);
    watched_send_accept(slow->port);

    expect_number(slow, 0);
    for (int n = 1; n < 100; n += 2)
        expect_number(slow, n);
    expect_number(slow, 100); /* the last banner has the number of viewers that is right now */
    assert_true(site_metric(&site, METRIC_DROPS, DROP_LAGGING) >= 49);
    viewer_free(slow);
    site_stop(&site);
}

static void who_falls_off_the_log_is_told_that_it_was_too_slow(void **state)
{
    struct viewer *slow, *fast;
    struct site site;

    (void)state;
    start(&site, &(struct site_settings){.room_log = 16});
    slow = viewer_join(&site, "r", NULL);
    fast = viewer_join(&site, "r", NULL);
    watched_send_refuse(slow->port);

    for (int n = 0; n < 40; n++) {
        publish(&site, "buy", n);
        expect_number(fast, n);
    }
    watched_send_accept(slow->port);

    assert_int_equal(viewer_read_close(slow), CLOSE_TOO_SLOW);
    publish(&site, "buy", 40);
    expect_number(fast, 40);
    viewer_free(slow);
    viewer_free(fast);
    site_stop(&site);
}

static void a_message_is_withheld_from_its_sender_only(void **state)
{
    struct viewer *viewers[3];
    struct site site;

    (void)state;
    start(&site, &(struct site_settings){0});
    for (int i = 0; i < 3; i++)
        viewers[i] = viewer_join(&site, "r", NULL);

    viewer_say(viewers[1], "{\"data\":\"mine\"}");
    viewer_expect(viewers[0], "mine");
    publish(&site, "buy", 1);

    expect_number(viewers[0], 1);
    expect_number(viewers[1], 1);
    viewer_expect(viewers[2], "mine");
    expect_number(viewers[2], 1);
    for (int i = 0; i < 3; i++)
        viewer_free(viewers[i]);
    site_stop(&site);
}

static void sockets_that_break_amid_a_flush_are_nobody_elses_trouble(void **state)
{
    struct viewer *viewers[10];
    struct site site;

    (void)state;
    start(&site, &(struct site_settings){0});
    for (int i = 0; i < 10; i++)
        viewers[i] = viewer_join(&site, "r", NULL);
    for (int i = 0; i < 10; i += 2)
        watched_send_break(viewers[i]->port);

    publish_orders(&site, 0, 5);
    for (int i = 1; i < 10; i += 2)
        expect_orders(viewers[i], 0, 5);
    while (site_sessions(&site) > 5)
        site_step(&site);
    publish_orders(&site, 5, 10);

    for (int i = 1; i < 10; i += 2)
        expect_orders(viewers[i], 5, 10);
    for (int i = 0; i < 10; i++)
        viewer_free(viewers[i]);
    site_stop(&site);
}

/* Each write begins with another room: 1 KB a message, 64 KB a write. */
static void a_room_with_much_to_tell_does_not_keep_another_waiting(void **state)
{
    struct viewer *viewer;
    struct site site;
    char text[1100];
    int before = 0;

    (void)state;
    start(&site, &(struct site_settings){0});
    viewer = viewer_open(&site, "/?dialect=v1&room_id=loud");
    viewer_skip_to(viewer, "joined");
    viewer_say(viewer, "{\"msg_type\":\"join\",\"room_id\":\"quiet\"}");
    viewer_skip_to(viewer, "joined");
    watched_send_refuse(viewer->port);

    (void)snprintf(text, sizeof text, "{\"msg_type\":\"x_a\",\"pad\":\"%01000d\"}", 0);
    for (int n = 0; n < 180; n++)
        site_publish(&site, "loud", text);
    site_publish(&site, "quiet", text);
    watched_send_accept(viewer->port);
    while (!strstr(viewer_skip_to(viewer, "x_a"), "quiet"))
        before++;

    assert_in_range(before, 1, 70);
    viewer_free(viewer);
    site_stop(&site);
}

static void a_room_left_by_all_before_the_turn_ends_is_not_flushed(void **state)
{
    struct viewer *viewer;
    struct site site;

    (void)state;
    start(&site, &(struct site_settings){0});
    viewer = viewer_join(&site, "r", NULL);

    publish_orders(&site, 0, 3);
    fanout_room(site.fanout, session_membership(site_newest(&site))->room);
    fanout_session(site.fanout, site_newest(&site));
    hub_leave_all(site_newest(&site), LEAVING_CLEANLY);

    viewer_expect_silence(viewer);
    assert_int_equal(hub_room_count(site.hub), 0);
    viewer_free(viewer);
    site_stop(&site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_came_in_one_turn_goes_out_in_one_write),
        cmocka_unit_test(replies_go_before_the_rooms_frames_and_in_the_same_write),
        cmocka_unit_test(a_message_costs_as_much_memory_for_one_as_for_many),
        cmocka_unit_test(a_burst_longer_than_the_log_reaches_who_keeps_up),
        cmocka_unit_test(more_than_a_block_goes_out_in_order_to_every_dialect),
        cmocka_unit_test(who_does_not_read_harms_nobody_and_catches_up_later),
        cmocka_unit_test(a_lagging_viewer_is_spared_banners_but_never_an_order),
        cmocka_unit_test(who_falls_off_the_log_is_told_that_it_was_too_slow),
        cmocka_unit_test(a_message_is_withheld_from_its_sender_only),
        cmocka_unit_test(sockets_that_break_amid_a_flush_are_nobody_elses_trouble),
        cmocka_unit_test(a_room_with_much_to_tell_does_not_keep_another_waiting),
        cmocka_unit_test(a_room_left_by_all_before_the_turn_ends_is_not_flushed),
    };

    return cmocka_run_group_tests_name("fanout", tests, NULL, NULL);
}
