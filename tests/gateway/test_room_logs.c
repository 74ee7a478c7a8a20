/* All rooms' logs together stay within their limit, and nobody misses anything by that. */
#include "gateway/room_logs.h"

#include "base/burden.h"
#include "gateway/room_log.h"
#include "tests/gateway/site.h"
#include "tests/support/unit.h"
#include "tests/support/watched_send.h"

#include <stdio.h>

enum { ROOMS = 20, SIZE = 4000, MAX = 10 * SIZE };

static void publish(struct site *site, int room, int n)
{
    char text[SIZE + 100], name[16];

    (void)snprintf(name, sizeof name, "r%d", room);
    (void)snprintf(text, sizeof text, "{\"msg_type\":\"x_a\",\"n\":%d,\"pad\":\"%0*d\"}", n, SIZE,
                   0);
    site_publish(site, name, text);
}

static struct viewer *enter(struct site *site, int room)
{
    char target[64];
    struct viewer *viewer;

    (void)snprintf(target, sizeof target, "/?dialect=v1&room_id=r%d", room);
    viewer = viewer_open(site, target);
    viewer_expect(viewer, "\"joined\"");

    return viewer;
}

static size_t log_of(const struct site *site, int room)
{
    char name[16];

    (void)snprintf(name, sizeof name, "r%d", room);

    return room_log_bytes(hub_find_room(site->hub, span_of(name))->log);
}

static void the_quietest_rooms_give_up_theirs(void **state)
{
    struct viewer *viewers[ROOMS];
    struct site site;

    (void)state;
    site_start(&site, &(struct site_settings){.room_logs_bytes = MAX});
    for (int i = 0; i < ROOMS; i++)
        viewers[i] = enter(&site, i);

    for (int i = 0; i < ROOMS; i++) {
        publish(&site, i, 1);
        publish(&site, 0, 2 + i); /* is never quiet */
        assert_true(site.hub->logs.bytes <= MAX);
        assert_int_equal(burden_bytes(), site.hub->logs.bytes);
    }

    assert_true(log_of(&site, 0) > 2 * SIZE);
    assert_int_equal(log_of(&site, 1), 0);
    assert_true(log_of(&site, ROOMS - 1) > 0);

    for (int i = 0; i < ROOMS; i++) {
        viewer_expect(viewers[i], "\"n\":1,");
        viewer_free(viewers[i]);
    }
    site_stop(&site);
}

static void with_a_new_limit_they_shrink_as_rooms_speak(void **state)
{
    struct viewer *viewers[ROOMS];
    struct site site;

    (void)state;
    site_start(&site, &(struct site_settings){.room_logs_bytes = SIZE_MAX});
    for (int i = 0; i < ROOMS; i++) {
        viewers[i] = enter(&site, i);
        publish(&site, i, 1);
    }
    assert_true(site.hub->logs.bytes > MAX);

    hub_change_room_logs(site.hub, MAX);
    publish(&site, 0, 2);

    assert_true(site.hub->logs.bytes <= MAX);
    assert_true(log_of(&site, 0) > SIZE);
    assert_int_equal(log_of(&site, 1), 0);

    for (int i = 0; i < ROOMS; i++)
        viewer_free(viewers[i]);
    site_stop(&site);
}

static void who_was_behind_in_a_room_that_gave_up_its_log_is_repaired(void **state)
{
    struct viewer *slow, *busy;
    struct site site;

    (void)state;
    site_start(&site, &(struct site_settings){.room_logs_bytes = MAX});
    slow = enter(&site, 0);
    watched_send_refuse(slow->port);
    busy = enter(&site, 1);
    for (int n = 1; n <= 3; n++)
        publish(&site, 0, n);

    for (int n = 0; n < ROOMS; n++) {
        publish(&site, 1, n);
        viewer_expect(busy, "x_a");
    }
    assert_int_equal(log_of(&site, 0), 0);
    watched_send_accept(slow->port);

    viewer_expect(slow, "\"n\":1,");
    viewer_expect(slow, "\"resumed\":true");
    viewer_expect(slow, "\"n\":2,");
    viewer_expect(slow, "\"n\":3,");
    viewer_free(slow);
    viewer_free(busy);
    site_stop(&site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_quietest_rooms_give_up_theirs),
        cmocka_unit_test(with_a_new_limit_they_shrink_as_rooms_speak),
        cmocka_unit_test(who_was_behind_in_a_room_that_gave_up_its_log_is_repaired),
    };

    return cmocka_run_group_tests_name("room_logs", tests, NULL, NULL);
}
