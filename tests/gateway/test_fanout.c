/* What leaves the gateway: one write per session and turn, in order, nothing twice. */
#include "gateway/fanout.h"

#include "tests/gateway/numbered.h"
#include "tests/gateway/site.h"
#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"
#include "tests/support/watched_send.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MANY = 50 };

static void what_came_in_one_turn_goes_out_in_one_write(void **state)
{
    struct site site;
    struct viewer *viewer;

    (void)state;
    site_start(&site, &(struct site_settings){0});
    viewer = viewer_join(&site, "r", "u");
    watched_send_count(viewer->port);

    numbered_orders(&site, 0, 20);
    numbered_expect_all(viewer, 0, 20);

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
    site_start(&site, &(struct site_settings){0});
    viewer = viewer_join(&site, "r", "u");
    watched_send_count(viewer->port);

    hand_on(&site, 0);
    hand_on(&site, 1);
    session_pong(site_newest(&site), PONG_OBJECT);
    session_reply(site_newest(&site), span_of("{\"reply\":1}"));

    viewer_expect(viewer, "\"reply\":1");
    viewer_expect(viewer, "\"pong\"");
    numbered_expect_all(viewer, 0, 2);
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
    site_start(&site, &(struct site_settings){0});
    viewers[0] = viewer_join(&site, "r", NULL);
    numbered_orders(&site, 0, 10); /* rings and buffers have grown */
    numbered_expect_all(viewers[0], 0, 10);
    before = malloc_successes();
    numbered_publish(&site, "buy", 10);
    site_settle(&site);
    for_one = malloc_successes() - before;
    for (int i = 1; i < MANY; i++)
        viewers[i] = viewer_join(&site, "r", NULL);

    before = malloc_successes();
    numbered_publish(&site, "buy", 11);
    site_settle(&site);
    for_many = malloc_successes() - before;

    assert_int_equal(for_many, for_one);
    numbered_expect(viewers[0], 10);
    for (int i = 0; i < MANY; i++) {
        numbered_expect(viewers[i], 11);
        viewer_free(viewers[i]);
    }
    site_stop(&site);
}

static void a_burst_longer_than_the_log_reaches_who_keeps_up(void **state)
{
    struct site site;
    struct viewer *viewers[3];

    (void)state;
    site_start(&site, &(struct site_settings){.room_log = 16});
    for (int i = 0; i < 3; i++)
        viewers[i] = viewer_join(&site, "r", NULL);

    numbered_orders(&site, 0, 1000);

    for (int i = 0; i < 3; i++) {
        numbered_expect_all(viewers[i], 0, 1000);
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
    site_start(&site, &(struct site_settings){0});
    for (int i = 0; i < 4; i++)
        viewers[i] = viewer_open(&site, targets[i]);
    viewer_skip_to(viewers[0], "message_list");
    viewer_skip_to(viewers[2], "message_list");
    site_settle(&site);

    for (int n = 0; n < 180; n++) {
        (void)snprintf(text, sizeof text, "{\"msg_type\":\"x_a\",\"n\":%d,\"pad\":\"%01000d\"}", n,
                       0);
        numbered_say(&site, text);
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

static void a_message_is_withheld_from_its_sender_only(void **state)
{
    struct viewer *viewers[3];
    struct site site;

    (void)state;
    site_start(&site, &(struct site_settings){0});
    for (int i = 0; i < 3; i++)
        viewers[i] = viewer_join(&site, "r", NULL);

    viewer_say(viewers[1], "{\"data\":\"mine\"}");
    viewer_expect(viewers[0], "mine");
    numbered_publish(&site, "buy", 1);

    numbered_expect(viewers[0], 1);
    numbered_expect(viewers[1], 1);
    viewer_expect(viewers[2], "mine");
    numbered_expect(viewers[2], 1);
    for (int i = 0; i < 3; i++)
        viewer_free(viewers[i]);
    site_stop(&site);
}

static void a_room_left_by_all_before_the_turn_ends_is_not_flushed(void **state)
{
    struct viewer *viewer;
    struct site site;

    (void)state;
    site_start(&site, &(struct site_settings){0});
    viewer = viewer_join(&site, "r", NULL);

    numbered_orders(&site, 0, 3);
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
        cmocka_unit_test(a_message_is_withheld_from_its_sender_only),
        cmocka_unit_test(a_room_left_by_all_before_the_turn_ends_is_not_flushed),
    };

    return cmocka_run_group_tests_name("fanout", tests, NULL, NULL);
}
