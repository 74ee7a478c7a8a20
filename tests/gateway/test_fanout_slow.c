/* Who does not read harms nobody, and gets what it is still owed. */
#include "gateway/fanout.h"

#include "tests/gateway/numbered.h"
#include "tests/gateway/site.h"
#include "tests/support/unit.h"
#include "tests/support/watched_send.h"

#include <stdio.h>
#include <string.h>

static void who_does_not_read_harms_nobody_and_catches_up_later(void **state)
{
    struct viewer *slow, *fast;
    struct site site;

    (void)state;
    site_start(&site, &(struct site_settings){0});
    slow = viewer_join(&site, "r", NULL);
    fast = viewer_join(&site, "r", NULL);
    watched_send_refuse(slow->port);

    for (int n = 0; n < 200; n += 10) {
        numbered_orders(&site, n, n + 10);
        numbered_expect_all(fast, n, n + 10);
    }
    watched_send_accept(slow->port);
    numbered_orders(&site, 200, 210);

    numbered_expect_all(slow, 0, 210);
    numbered_expect_all(fast, 200, 210);
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
    site_start(&site, &(struct site_settings){0});
    slow = viewer_join(&site, "r", NULL);
    watched_send_refuse(slow->port);
    numbered_publish(&site, "buy", 0); /* libwebsockets keeps it */
    site_settle(&site);

    for (int n = 1; n < 100; n += 2) {
        numbered_publish(&site, "buy", n);
        numbered_publish(&site, "join", n + 1);
    }
    site_settle(&site);
    watched_send_accept(slow->port);

    numbered_expect(slow, 0);
    for (int n = 1; n < 100; n += 2)
        numbered_expect(slow, n);
    numbered_expect(slow, 100); /* the last banner has the number of viewers that is right now */
    assert_true(site_drops(&site, DROP_LAGGING, KIND_JOIN) >= 49);
    assert_int_equal(site_drops(&site, DROP_LAGGING, KIND_BUY), 0);
    viewer_free(slow);
    site_stop(&site);
}

static void who_falls_off_the_log_is_told_that_it_was_too_slow(void **state)
{
    struct viewer *slow, *fast;
    struct site site;

    (void)state;
    site_start(&site, &(struct site_settings){.room_log = 16});
    slow = viewer_join(&site, "r", NULL);
    fast = viewer_join(&site, "r", NULL);
    watched_send_refuse(slow->port);

    for (int n = 0; n < 40; n++) {
        numbered_publish(&site, "buy", n);
        numbered_expect(fast, n);
    }
    watched_send_accept(slow->port);

    assert_int_equal(viewer_read_close(slow), CLOSE_TOO_SLOW);
    numbered_publish(&site, "buy", 40);
    numbered_expect(fast, 40);
    viewer_free(slow);
    viewer_free(fast);
    site_stop(&site);
}

static void sockets_that_break_amid_a_flush_are_nobody_elses_trouble(void **state)
{
    struct viewer *viewers[10];
    struct site site;

    (void)state;
    site_start(&site, &(struct site_settings){0});
    for (int i = 0; i < 10; i++)
        viewers[i] = viewer_join(&site, "r", NULL);
    for (int i = 0; i < 10; i += 2)
        watched_send_break(viewers[i]->port);

    numbered_orders(&site, 0, 5);
    for (int i = 1; i < 10; i += 2)
        numbered_expect_all(viewers[i], 0, 5);
    while (site_sessions(&site) > 5)
        site_step(&site);
    numbered_orders(&site, 5, 10);

    for (int i = 1; i < 10; i += 2)
        numbered_expect_all(viewers[i], 5, 10);
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
    site_start(&site, &(struct site_settings){0});
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_does_not_read_harms_nobody_and_catches_up_later),
        cmocka_unit_test(a_lagging_viewer_is_spared_banners_but_never_an_order),
        cmocka_unit_test(who_falls_off_the_log_is_told_that_it_was_too_slow),
        cmocka_unit_test(sockets_that_break_amid_a_flush_are_nobody_elses_trouble),
        cmocka_unit_test(a_room_with_much_to_tell_does_not_keep_another_waiting),
    };

    return cmocka_run_group_tests_name("fanout_slow", tests, NULL, NULL);
}
