/* Where a session wants to go, and what it says of itself there. */
#include "gateway/entrance.h"

#include "base/bytes.h"
#include "tests/gateway/guarded.h"
#include "tests/support/unit.h"

#include <stdio.h>
#include <string.h>

#define PING "{\"msg_type\":\"ping\"}"

static void a_room_in_the_address_is_entered_and_nobody_is_told(void **state)
{
    struct site *site = *state;
    struct viewer *bob = viewer_join(site, "r", "bob");
    struct viewer *ann = viewer_open(site, "/rooms/r?from_uid=ann");

    viewer_expect(ann, "\"init\"");
    viewer_expect(ann, "{\"msg_type\":\"join\",\"room_id\":\"r\",\"from_uid\":\"ann\",");
    viewer_expect_silence(bob);
    viewer_free(ann);
    viewer_expect_silence(bob);
    viewer_free(bob);
}

static void clients_that_cannot_name_a_room_meet_in_the_default_one(void **state)
{
    struct site *site = *state;
    struct viewer *plain = viewer_open(site, "/?dialect=plain");
    struct viewer *chat = viewer_open_with(site, "/", "Sec-WebSocket-Protocol: protocol1\r\n");
    struct viewer *live = viewer_greeted(site);

    viewer_skip_to(chat, "\"room_id\":\"lobby\"");
    viewer_say(chat, "{\"data\":\"hello\"}");
    viewer_expect(plain, "hello");
    viewer_expect_silence(live);

    viewer_free(plain);
    viewer_free(chat);
    viewer_free(live);
}

static void what_is_not_for_others_is_left_out_of_a_join(void **state)
{
    struct site *site = *state;
    struct viewer *bob = viewer_join(site, "r", "bob");
    struct viewer *ann = viewer_greeted(site);
    const char *seen;

    viewer_say(ann, "{\"msg_type\":\"join\",\"room_id\":\"r\",\"client_id\":\"c\",\"token\":\"t\","
                    "\"from_uid\":7,\"msg_content\":\"me\",\"online_num\":9,\"message_list\":[1],"
                    "\"like_num\":5,\"is_anchor\":1,\"live_id\":3,\"price\":99.00}");
    seen = viewer_skip_to(bob, "\"from_uid\":7");

    assert_non_null(strstr(seen, "\"is_anchor\":1,\"live_id\":3,\"price\":99.00"));
    assert_non_null(strstr(seen, "\"online_num\":2"));
    assert_non_null(strstr(seen, "进入直播间"));
    assert_null(strstr(seen, "client_id"));
    assert_null(strstr(seen, "token"));
    assert_null(strstr(seen, "message_list"));
    assert_null(strstr(seen, "like_num"));
    assert_null(strstr(seen, "\"me\""));
    viewer_expect(ann, "\"from_uid\":7,\"is_anchor\":1,\"live_id\":3,\"price\":99.00,");
    viewer_free(ann);
    viewer_free(bob);
}

static void a_bad_join_is_dropped_in_silence(void **state)
{
    static const char *const joins[] = {
        "{\"msg_type\":\"join\"}",
        "{\"msg_type\":\"join\",\"room_id\":\"\"}",
        "{\"msg_type\":\"join\",\"room_id\":null}",
        "{\"msg_type\":\"join\",\"room_id\":\"*\"}",
        "{\"msg_type\":\"join\",\"room_id\":\"@all\"}",
        "{\"msg_type\":\"join\",\"room_id\":{}}",
        "{\"msg_type\":\"join\",\"room_id\":-"
        "1e99999999999999999999999999999999999999999999999999999"
        "99999999999999999999999}",
        "{\"msg_type\":\"join\",\"room_id\":\"r\",\"from_uid\":[]}",
        "{\"msg_type\":\"join\",\"room_id\":\"r\",\"from_name\":7}",
    };
    struct site *site = *state;
    struct viewer *viewer = viewer_greeted(site);

    for (size_t i = 0; i < sizeof joins / sizeof *joins; i++)
        viewer_say(viewer, joins[i]);
    viewer_say(viewer, PING);

    viewer_expect(viewer, "pong");
    assert_int_equal(site_metric(site, METRIC_DROPS, DROP_MALFORMED), sizeof joins / sizeof *joins);
    assert_int_equal(hub_room_count(site->hub), 0);
    viewer_free(viewer);
}

static void who_came_by_its_address_may_say_its_name_later(void **state)
{
    struct site *site = *state;
    struct viewer *bob = viewer_join(site, "r", "bob");
    struct viewer *ann = viewer_join(site, "r", NULL);

    viewer_say(ann, "{\"msg_type\":\"join\",\"from_uid\":\"ann\",\"from_name\":\"Ann\"}");

    viewer_expect(ann, "\"room_id\":\"r\",\"from_uid\":\"ann\",\"from_name\":\"Ann\"");
    viewer_expect(bob, "\"online_num\":2,\"msg_content\":\"Ann 进入直播间\"");
    viewer_free(ann);
    viewer_expect(bob, "\"msg_content\":\"Ann 离开直播间\"");
    viewer_free(bob);
}

static void nothing_passes_by_while_it_says_its_name(void **state)
{
    struct site *site = *state;
    struct viewer *ann = viewer_join(site, "r", NULL);
    struct message message;
    struct entry entry = {.total = -1};
    struct relayed relayed = {.entry = &entry, .message = &message};

    assert_int_equal(message_read(&message, span_of("{\"msg_type\":\"buy\",\"n\":1}"), NULL), 0);
    assert_int_equal(message_check(&message, NULL), 0);
    viewer_say(ann, "{\"msg_type\":\"join\",\"room_id\":\"r\",\"from_uid\":\"ann\"}");
    while (site_metric(site, METRIC_MESSAGES_IN, KIND_JOIN) == 0) {
        site_step(site);
        hub_relay_events.on_message(session_membership(site_newest(site))->room, &relayed);
    }

    viewer_expect(ann, "\"n\":1");
    viewer_free(ann);
}

static void a_leave_of_another_room_is_late_news(void **state)
{
    struct site *site = *state;
    struct viewer *ann = viewer_join(site, "a", "ann");

    viewer_say(ann, "{\"msg_type\":\"join\",\"room_id\":\"b\",\"from_uid\":\"ann\"}");
    viewer_say(ann, "{\"msg_type\":\"leave\",\"room_id\":\"a\"}");
    viewer_say(ann, "{\"msg_type\":\"message\",\"content\":\"still in b\"}");

    viewer_skip_to(ann, "still in b");
    viewer_free(ann);
}

/* ---- what a join may say of itself ---- */

enum { MUCH = 3000 };

#define NAMED "\"room_id\":\"r\",\"from_uid\":\"ann\",\"from_name\":\"Ann\""

static void say_much(struct viewer *viewer, const char *members)
{
    char text[MUCH + 200];

    (void)snprintf(text, sizeof text, "{\"msg_type\":\"join\",%s,\"pad\":\"%0*d\"}", members, MUCH,
                   0);
    viewer_say(viewer, text);
}

static void v1_is_told_when_its_join_says_too_much(void **state)
{
    struct site *site = *state;
    struct viewer *ann = viewer_open(site, "/?dialect=v1");

    say_much(ann, "\"ack\":1," NAMED);

    viewer_expect(ann, "\"ack\":1,\"code\":\"too_big\"");
    assert_int_equal(site_drops(site, DROP_MALFORMED, KIND_JOIN), 1);
    assert_int_equal(hub_room_count(site->hub), 0);
    viewer_free(ann);
}

static void of_another_that_says_too_much_only_its_name_is_kept(void **state)
{
    struct site *site = *state;
    struct viewer *bob = viewer_join(site, "r", "bob"), *ann = viewer_greeted(site);
    const char *seen;

    say_much(ann, NAMED);

    seen = viewer_skip_to(ann, "\"message_list\":[");
    assert_non_null(strstr(seen, "{\"msg_type\":\"join\"," NAMED ","));
    assert_null(strstr(seen, "pad"));
    viewer_expect(bob, NAMED);
    assert_in_range(session_membership(site_newest(site))->join->size, 1, ENTRANCE_MAX_JOIN);
    viewer_free(ann);
    viewer_free(bob);
}

static void a_token_and_the_like_are_not_counted_in_that(void **state)
{
    struct site *site = *state;
    struct viewer *ann = viewer_open(site, "/?dialect=v1");
    char text[MUCH + 200];

    (void)snprintf(text, sizeof text, "{\"msg_type\":\"join\"," NAMED ",\"token\":\"%0*d\"}", MUCH,
                   0);
    viewer_say(ann, text);

    viewer_expect(ann, "\"joined\"");
    viewer_free(ann);
}

/* ---- a room in the address that is not open ---- */

#define V1_INTO_8 "/?dialect=v1&room_id=8"

static void v1_without_a_token_is_told_and_may_show_one(void **state)
{
    static struct guarded guarded;
    struct viewer *ann;

    (void)state;
    guarded_start(&guarded, NULL);
    ann = viewer_open(&guarded.site, V1_INTO_8);

    viewer_expect(ann, "{\"msg_type\":\"error\",\"code\":\"unauthorized\"");
    guarded_say(ann, "{\"msg_type\":\"join\",\"room_id\":\"8\",\"token\":\"",
                guarded_token(&guarded, "\"rooms\":[\"8\"]", 60), "\"}");
    viewer_expect(ann, "\"joined\"");
    viewer_free(ann);
    guarded_stop(&guarded);
}

static void v1_whose_token_does_not_open_it_is_told_and_others_are_closed(void **state)
{
    static struct guarded guarded;
    struct viewer *ann, *bob;

    (void)state;
    guarded_start(&guarded, NULL);
    ann = guarded_viewer(&guarded, V1_INTO_8, "\"rooms\":[\"9\"]");
    bob = guarded_viewer(&guarded, "/?room_id=8", "\"rooms\":[\"9\"]");

    viewer_expect(ann, "{\"msg_type\":\"error\",\"code\":\"not_allowed\"");
    viewer_expect_silence(ann);
    assert_int_equal(viewer_read_close(bob), CLOSE_NOT_ALLOWED);
    viewer_free(ann);
    viewer_free(bob);
    guarded_stop(&guarded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SITE_TEST(a_room_in_the_address_is_entered_and_nobody_is_told),
        SITE_TEST(clients_that_cannot_name_a_room_meet_in_the_default_one),
        SITE_TEST(what_is_not_for_others_is_left_out_of_a_join),
        SITE_TEST(a_bad_join_is_dropped_in_silence),
        SITE_TEST(who_came_by_its_address_may_say_its_name_later),
        SITE_TEST(nothing_passes_by_while_it_says_its_name),
        SITE_TEST(a_leave_of_another_room_is_late_news),
        SITE_TEST(v1_is_told_when_its_join_says_too_much),
        SITE_TEST(of_another_that_says_too_much_only_its_name_is_kept),
        SITE_TEST(a_token_and_the_like_are_not_counted_in_that),
        cmocka_unit_test(v1_without_a_token_is_told_and_may_show_one),
        cmocka_unit_test(v1_whose_token_does_not_open_it_is_told_and_others_are_closed),
    };

    return cmocka_run_group_tests_name("entrance", tests, NULL, NULL);
}
