/* Rooms and who is in them. */
#include "gateway/hub.h"

#include "tests/gateway/site.h"
#include "tests/support/unit.h"

#include <string.h>

#define JOIN(room, name) \
    "{\"msg_type\":\"join\",\"room_id\":\"" room "\",\"from_uid\":\"u\",\"from_name\":\"" name "\"}"
#define CHAT(text) "{\"msg_type\":\"message\",\"content\":\"" text "\"}"

static void of_two_rooms_joined_at_once_the_last_one_counts(void **state)
{
    struct site *site = *state;
    struct viewer *viewer = viewer_greeted(site);
    unsigned char frames[400];
    size_t size = ws_client_make_frame(frames, 0x81, JOIN("a", "Ann"), strlen(JOIN("a", "Ann")));

    size += ws_client_make_frame(frames + size, 0x81, JOIN("b", "Ann"), strlen(JOIN("b", "Ann")));
    assert_true(ws_client_send(&viewer->ws, frames, size));

    viewer_expect(viewer, "\"room_id\":\"b\"");
    viewer_expect_silence(viewer);
    assert_int_equal(hub_room_count(site->hub), 1);
    viewer_free(viewer);
}

static void who_leaves_before_it_is_answered_hears_nothing(void **state)
{
    struct site *site = *state;
    struct viewer *viewer = viewer_greeted(site);
    const char *leave = "{\"msg_type\":\"leave\"}";
    unsigned char frames[400];
    size_t size = ws_client_make_frame(frames, 0x81, JOIN("a", "Ann"), strlen(JOIN("a", "Ann")));

    size += ws_client_make_frame(frames + size, 0x81, leave, strlen(leave));
    assert_true(ws_client_send(&viewer->ws, frames, size));

    viewer_expect_silence(viewer);
    assert_int_equal(hub_room_count(site->hub), 0);
    viewer_free(viewer);
}

static void a_room_is_here_while_somebody_is_in_it(void **state)
{
    struct site *site = *state;
    struct viewer *ann = viewer_join(site, "r", "ann");
    struct viewer *bob = viewer_join(site, "r", "bob");
    const struct hub_room *room;
    size_t cursor = 0;

    room = hub_next_room(site->hub, &cursor);
    assert_string_equal(room->id, "r");
    assert_int_equal(room->n_members, 2);
    assert_null(hub_next_room(site->hub, &cursor));

    viewer_free(ann);
    viewer_skip_to(bob, "\"leave\"");
    assert_int_equal(room->n_members, 1);
    viewer_free(bob);
    while (hub_room_count(site->hub) > 0)
        site_step(site);
}

static void members_come_and_go_in_any_order(void **state)
{
    struct site *site = *state;
    struct viewer *viewers[40];

    for (int i = 0; i < 40; i++)
        viewers[i] = viewer_join(site, "r", NULL);
    for (int i = 0; i < 40; i++) {
        int k = i * 7 % 40;

        if (k % 10 != 0)
            viewer_free(viewers[k]);
    }
    while (site_sessions(site) > 4)
        site_step(site);
    site_publish(site, "r", CHAT("still here"));

    for (int i = 0; i < 40; i += 10) {
        viewer_expect(viewers[i], "still here");
        viewer_free(viewers[i]);
    }
}

static void what_nobody_here_is_told_has_no_age(void **state)
{
    struct site *site = *state;
    struct viewer *plain = viewer_open(site, "/?dialect=plain&room_id=r");

    site_settle(site);
    site_publish(site, "r", "{\"msg_type\":\"on_off_shelf\",\"goods_id\":1,\"status\":\"on\"}");
    site_publish(site, "r", "{\"msg_type\":\"join\",\"from_uid\":\"x\"}");
    site_publish(site, "r", CHAT("hello"));

    viewer_skip_to(plain, "hello");
    assert_int_equal(site_metric(site, METRIC_DELIVERY_SECONDS, CLASS_STATE), 1);
    assert_int_equal(site_metric(site, METRIC_DELIVERY_SECONDS, CLASS_CHAT), 1);
    assert_int_equal(site_metric(site, METRIC_DELIVERY_SECONDS, CLASS_DROPPABLE), 0);
    viewer_free(plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SITE_TEST(of_two_rooms_joined_at_once_the_last_one_counts),
        SITE_TEST(who_leaves_before_it_is_answered_hears_nothing),
        SITE_TEST(a_room_is_here_while_somebody_is_in_it),
        SITE_TEST(members_come_and_go_in_any_order),
        SITE_TEST(what_nobody_here_is_told_has_no_age),
    };

    return cmocka_run_group_tests_name("hub", tests, NULL, NULL);
}
