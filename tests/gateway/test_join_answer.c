/* The answer to a join shows the room as it is, once, in front of what comes later, and costs
 * nothing while it is not read. */
#include "gateway/answer.h"

#include "tests/gateway/site.h"
#include "tests/support/unit.h"
#include "tests/support/watched_send.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PING "{\"msg_type\":\"ping\"}"
#define JOIN(room, name) \
    "{\"msg_type\":\"join\",\"room_id\":\"" room "\",\"from_uid\":\"u\",\"from_name\":\"" name "\"}"
#define CHAT(text) "{\"msg_type\":\"message\",\"content\":\"" text "\"}"
#define SHELF(id, status) \
    "{\"msg_type\":\"on_off_shelf\",\"goods_id\":\"" id "\",\"status\":\"" status "\"}"

enum { CHATS = 50, ITEMS = 500 };

static void wait_for_joins(struct site *site, int64_t n)
{
    while (site_metric(site, METRIC_MESSAGES_IN, KIND_JOIN) < n)
        site_step(site);

    site_settle(site);
}

static void a_joiner_is_shown_the_chat_then_the_shelf_then_what_comes(void **state)
{
    struct site *site = *state;
    struct viewer *viewer;
    const char *text;

    site_publish(site, "r", CHAT("one"));
    site_publish(site, "r", SHELF("a", "on"));
    site_publish(site, "r", CHAT("two"));
    site_publish(site, "r", SHELF("b", "on"));
    site_publish(site, "r", SHELF("a", "off"));

    viewer = viewer_greeted(site);
    viewer_say(viewer, JOIN("r", "Ann"));
    text = viewer_read(viewer);
    site_publish(site, "r", CHAT("three"));

    assert_non_null(strstr(text, "\"from_name\":\"Ann\""));
    assert_non_null(strstr(text, "\"online_num\":1,\"like_num\":0,\"subscribe_num\":0,"));
    assert_non_null(strstr(strstr(text, "\"message_list\":[{"), "one"));
    assert_non_null(strstr(strstr(text, "one"), "two\"}]}"));
    viewer_expect(viewer, "\"goods_id\":\"b\"");
    viewer_expect(viewer, "three");
    viewer_free(viewer);
}

static void an_empty_room_has_an_empty_list(void **state)
{
    struct site *site = *state;
    struct viewer *viewer = viewer_greeted(site);

    viewer_say(viewer, JOIN("r", "Ann"));
    viewer_expect(viewer, "\"message_list\":[]}");

    viewer_free(viewer);
}

/* 300 KB of chat, 600 KB of shelf. */
static void fill(struct site *site)
{
    static char text[8000];
    size_t at;

    for (int i = 0; i < CHATS; i++) {
        at = (size_t)sprintf(text, "{\"msg_type\":\"message\",\"content\":\"%d:", i);
        for (int k = 0; k < 1900; k++, at += 3)
            memcpy(text + at, "\xe5\xa5\xbd", 3);
        memcpy(text + at, "\"}", 3);
        site_publish(site, "r", text);
    }

    for (int i = 0; i < ITEMS; i++) {
        (void)sprintf(
            text,
            "{\"msg_type\":\"on_off_shelf\",\"goods_id\":%d,\"status\":\"on\",\"goods_name\":"
            "\"%01000d\"}",
            i, i);
        site_publish(site, "r", text);
    }
}

static void expect_chats(const char *text)
{
    char part[32];

    assert_non_null(text);
    for (int i = 0; i < CHATS; i++) {
        (void)snprintf(part, sizeof part, "\"content\":\"%d:", i);
        text = strstr(text, part);
        assert_non_null(text);
    }
    assert_string_equal(strchr(text, ']'), "]}");
}

static void expect_items(struct viewer *viewer)
{
    char part[64];

    for (int i = 0; i < ITEMS; i++) {
        (void)snprintf(part, sizeof part, "\"goods_id\":%d,", i);
        viewer_expect(viewer, part);
    }
}

static void an_answer_of_any_size_arrives_whole_and_in_order(void **state)
{
    struct site *site = *state;
    struct viewer *viewer = viewer_greeted(site);

    fill(site);
    viewer_say(viewer, JOIN("r", "Ann"));
    site_settle(site);
    site_publish(site, "r", CHAT("later"));

    expect_chats(viewer_read(viewer));
    expect_items(viewer);
    viewer_expect(viewer, "later");
    viewer_free(viewer);
}

/* A pong may come between two messages of the answer, but not within one. */
static void a_heartbeat_amid_a_large_answer_splits_no_message(void **state)
{
    struct site *site = *state;
    struct viewer *viewer = viewer_greeted(site);

    fill(site);
    viewer_stop_reading(viewer);
    viewer_say(viewer, JOIN("r", "Ann"));
    site_settle(site);
    watched_send_accept(viewer->port);
    viewer_expect(viewer, "pong");
    while (answer_is_sent(&site_newest(site)->answer))
        site_step(site);
    watched_send_refuse(viewer->port);
    viewer_say(viewer, PING);
    site_settle(site);
    watched_send_accept(viewer->port);

    expect_chats(viewer_skip_to(viewer, "message_list"));
    viewer_skip_to(viewer, "pong");
    viewer_free(viewer);
}

static void joins_that_are_not_read_cost_nothing_and_are_answered_once(void **state)
{
    struct site *site = *state;
    struct viewer *viewer = viewer_greeted(site);
    const struct session *session = site_newest(site);

    fill(site);
    viewer_stop_reading(viewer);

    for (int i = 0; i < 100; i++)
        viewer_say(viewer, JOIN("r", "Ann"));
    wait_for_joins(site, 100);

    assert_null(session->replies);
    assert_true(answer_is_sent(&session->answer));
    viewer_read_on(viewer);
    expect_chats(viewer_read(viewer));
    expect_items(viewer);
    viewer_expect_silence(viewer);
    viewer_free(viewer);
}

static void what_came_before_the_answer_is_in_it_and_not_repeated(void **state)
{
    struct site *site = *state;
    struct viewer *viewer = viewer_greeted(site);

    viewer_stop_reading(viewer);
    viewer_say(viewer, JOIN("r", "Ann"));
    site_settle(site);
    site_publish(site, "r", CHAT("one"));
    site_publish(site, "r", CHAT("two"));
    site_settle(site);
    viewer_read_on(viewer);

    viewer_expect(viewer, "two\"}]}");
    site_publish(site, "r", CHAT("three"));
    viewer_expect(viewer, "three");
    viewer_free(viewer);
}

static void who_joins_again_gets_first_what_it_missed_and_nothing_twice(void **state)
{
    struct site *site = *state;
    struct viewer *viewer = viewer_join(site, "r", "u");

    viewer_stop_reading(viewer);
    site_publish(site, "r", CHAT("one"));
    site_publish(site, "r", "{\"msg_type\":\"buy\",\"n\":2}");
    viewer_say(viewer, JOIN("r", "u"));
    site_settle(site);
    site_publish(site, "r", CHAT("three"));
    site_settle(site);
    viewer_read_on(viewer);

    viewer_expect(viewer, "one");
    viewer_expect(viewer, "\"n\":2");
    viewer_expect(viewer, "three");
    viewer_expect(viewer, "three\"}]}");
    viewer_expect_silence(viewer);
    viewer_free(viewer);
}

static void who_joins_again_is_answered_as_what_it_says_it_is_now(void **state)
{
    struct site *site = *state;
    struct viewer *viewer = viewer_join(site, "r", "u");

    viewer_say(viewer, JOIN("r", "Another"));
    viewer_expect(viewer, "\"from_name\":\"Another\"");

    viewer_free(viewer);
}

static void who_switches_amid_a_large_answer_gets_that_message_whole(void **state)
{
    struct site *site = *state;
    struct viewer *viewer = viewer_greeted(site);

    fill(site);
    watched_send_refuse(viewer->port);
    viewer_say(viewer, JOIN("r", "Ann"));
    site_settle(site);
    assert_true(answer_is_amid_message(&site_newest(site)->answer));
    viewer_say(viewer, JOIN("other", "Ann"));
    wait_for_joins(site, 2);
    watched_send_accept(viewer->port);

    expect_chats(viewer_read(viewer));
    viewer_expect(viewer, "\"message_list\":[]}");
    viewer_expect_silence(viewer);
    viewer_free(viewer);
}

/* Somebody joins again when the first of many messages arrives. */
static void join_and_hand_on(void *room, const struct relayed *relayed)
{
    struct hub_room *opened = room;

    if (strstr(relayed->message->json.data, "\"n\":0,"))
        hub_answer(opened->members[0].membership);

    hub_relay_events.on_message(room, relayed);
}

static void on_snapshot(void *room)
{
    hub_relay_events.on_snapshot(room);
}

static int number_in(const char *text)
{
    return (int)strtol(strstr(text, "#") + 1, NULL, 10);
}

static void ignore(void *arg, const struct broker_status *status,
                   const struct broker_published *published)
{
    (void)arg, (void)status, (void)published;
}

/* The log is full while the answer is owed: the room's state has a message already for which the
 * log still needs space. */
static void an_answer_amid_a_long_burst_repeats_nothing(void **state)
{
    static const struct relay_events events = {.on_message = join_and_hand_on,
                                               .on_snapshot = on_snapshot};
    struct site site;
    struct viewer *viewer;
    const char *text, *last;
    int n;

    (void)state;
    site_start(&site, &(struct site_settings){.room_log = 16, .events = &events});
    viewer = viewer_join(&site, "r", NULL);

    for (int i = 0; i < 40; i++) {
        char said[80];
        struct relay_publish request = {.room = span_of("r")};

        (void)snprintf(said, sizeof said, "{\"msg_type\":\"message\",\"n\":%d,\"content\":\"#%d\"}",
                       i, i);
        request.message = span_of(said);
        relay_publish(site.relay, &request, ignore, NULL);
    }

    text = viewer_skip_to(viewer, "message_list");
    last = strrchr(text, '#');
    n = last ? number_in(last) : -1;
    while (n < 39)
        assert_int_equal(number_in(viewer_read(viewer)), ++n);
    viewer_expect_silence(viewer);
    viewer_free(viewer);
    site_stop(&site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SITE_TEST(a_joiner_is_shown_the_chat_then_the_shelf_then_what_comes),
        SITE_TEST(an_empty_room_has_an_empty_list),
        SITE_TEST(an_answer_of_any_size_arrives_whole_and_in_order),
        SITE_TEST(a_heartbeat_amid_a_large_answer_splits_no_message),
        SITE_TEST(joins_that_are_not_read_cost_nothing_and_are_answered_once),
        SITE_TEST(what_came_before_the_answer_is_in_it_and_not_repeated),
        SITE_TEST(who_joins_again_gets_first_what_it_missed_and_nothing_twice),
        SITE_TEST(who_joins_again_is_answered_as_what_it_says_it_is_now),
        cmocka_unit_test(an_answer_amid_a_long_burst_repeats_nothing),
        SITE_TEST(who_switches_amid_a_large_answer_gets_that_message_whole),
    };

    return cmocka_run_group_tests_name("join_answer", tests, NULL, NULL);
}
