/* Who comes back in v1 hears what it missed, from the room's log or from the history. */
#include "gateway/resume.h"

#include "base/burden.h"
#include "base/wheel.h"
#include "gateway/membership.h"
#include "relay/relay_room.h"
#include "relay/snapshot.h"
#include "tests/gateway/site.h"
#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"
#include "tests/support/watched_send.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIECE_BYTES (128 << 10) /* of the history */
#define CHAT "{\"msg_type\":\"message\",\"content\":\"hello\"}"

static struct viewer *viewer_of_v1(struct site *site)
{
    return viewer_open(site, "/?dialect=v1");
}

static void say_join_to(struct viewer *viewer, const char *room, unsigned long long term, int seq,
                        int ack)
{
    char text[200];

    (void)snprintf(text, sizeof text,
                   "{\"msg_type\":\"join\",\"room_id\":\"%s\",\"from_uid\":\"u\",\"term\":%llu,"
                   "\"seq\":%d,\"ack\":%d}",
                   room, term, seq, ack);
    viewer_say(viewer, text);
}

static void say_join(struct viewer *viewer, unsigned long long term, int seq, int ack)
{
    say_join_to(viewer, "r", term, seq, ack);
}

static void publish(struct site *site, int n)
{
    for (int i = 0; i < n; i++)
        site_publish(site, "r", CHAT);
}

static unsigned long long term_of(struct site *site)
{
    struct viewer *viewer = viewer_open(site, "/?dialect=v1&room_id=r");
    const char *text = viewer_read(viewer);
    unsigned long long term = strtoull(strstr(text, "\"term\":") + strlen("\"term\":"), NULL, 10);

    viewer_free(viewer);
    site_settle(site);

    return term;
}

static void expect_messages(struct viewer *viewer, int first, int last)
{
    for (int seq = first; seq <= last; seq++) {
        char part[40];

        (void)snprintf(part, sizeof part, "\"seq\":%d,", seq);
        viewer_expect(viewer, part);
    }
}

static void what_the_log_has_lost_comes_from_the_history_piece_by_piece(void **state)
{
    struct site *site = *state;
    struct viewer *stays = viewer_open(site, "/?dialect=v1&room_id=r"), *viewer;
    unsigned long long term;

    publish(site, 300);
    term = term_of(site);
    viewer = viewer_of_v1(site);

    say_join(viewer, term, 10, 1);

    viewer_expect(viewer, "\"msg_type\":\"ack\",\"ack\":1");
    viewer_expect(viewer, "\"seq\":10,\"resumed\":true");
    expect_messages(viewer, 11, 300);
    publish(site, 1);
    expect_messages(viewer, 301, 301);
    viewer_expect_silence(viewer);
    viewer_free(stays);
    viewer_free(viewer);
}

static void what_comes_while_the_history_is_read_comes_behind_it(void **state)
{
    struct site *site = *state;
    struct viewer *viewer = viewer_of_v1(site);
    unsigned long long term;

    publish(site, 100);
    term = term_of(site);

    say_join(viewer, term, 0, 1);
    for (int i = 0; i < 40; i++) {
        publish(site, 1);
        site_step(site);
    }

    viewer_skip_to(viewer, "\"resumed\":true");
    expect_messages(viewer, 1, 140);
    viewer_expect_silence(viewer);
    viewer_free(viewer);
}

static void of_joins_sent_at_once_each_is_acknowledged_and_the_last_is_answered(void **state)
{
    struct site *site = *state;
    struct viewer *viewer = viewer_of_v1(site);
    unsigned long long term;

    publish(site, 40);
    term = term_of(site);

    for (int ack = 1; ack <= 3; ack++)
        say_join(viewer, term, 10 * ack, ack);

    viewer_expect(viewer, "\"ack\":1");
    viewer_expect(viewer, "\"ack\":2");
    viewer_expect(viewer, "\"ack\":3");
    viewer_expect(viewer, "\"seq\":30,\"resumed\":true");
    expect_messages(viewer, 31, 40);
    viewer_expect_silence(viewer);
    viewer_free(viewer);
}

static void who_leaves_while_the_history_is_read_is_told_and_hears_no_more(void **state)
{
    struct site *site = *state;
    struct viewer *viewer = viewer_of_v1(site);
    unsigned long long term;

    publish(site, 40);
    term = term_of(site);

    say_join(viewer, term, 1, 1);
    viewer_say(viewer, "{\"msg_type\":\"leave\",\"ack\":2}");

    viewer_expect(viewer, "\"msg_type\":\"error\",\"ack\":1,\"code\":\"not_joined\"");
    viewer_expect(viewer, "\"msg_type\":\"ack\",\"ack\":2");
    viewer_expect_silence(viewer);
    viewer_free(viewer);
}

static void who_is_cut_off_at_any_moment_leaves_nothing_behind(void **state)
{
    struct site *site = *state;
    unsigned long long term;

    publish(site, 200);
    term = term_of(site);

    for (int steps = 0; steps < 30; steps++) {
        struct viewer *viewer = viewer_of_v1(site);

        say_join(viewer, term, 1, 1);
        for (int i = 0; i < steps; i++)
            site_step(site);
        ws_client_abort(&viewer->ws);
        viewer_free(viewer);
        while (site_sessions(site) > 0)
            site_step(site);
    }

    assert_int_equal(hub_room_count(site->hub), 0);
}

/* Twenty messages are more than the room's log holds. */
static void who_lost_messages_is_told_and_gets_all_that_comes_after(void **state)
{
    struct site *site = *state;
    struct viewer *live = viewer_join(site, "r", "ann");
    struct viewer *viewer = viewer_open(site, "/?dialect=v1&room_id=r");

    viewer_expect(viewer, "\"joined\"");
    publish(site, 2);
    expect_messages(viewer, 1, 2);

    hub_relay_events.on_missed(session_membership(site_newest(site))->room);
    publish(site, 20);

    viewer_expect(viewer, "\"seq\":2,\"resumed\":false");
    expect_messages(viewer, 3, 22);
    viewer_expect_silence(viewer);
    for (int i = 0; i < 22; i++)
        viewer_skip_to(live, "hello");
    viewer_expect_silence(live);
    viewer_free(live);
    viewer_free(viewer);
}

static void without_memory_to_tell_it_who_lost_messages_is_closed(void **state)
{
    struct site *site = *state;
    struct viewer *viewer = viewer_open(site, "/?dialect=v1&room_id=r");

    viewer_expect(viewer, "\"joined\"");
    fail_malloc_after(0);
    hub_relay_events.on_missed(session_membership(site_newest(site))->room);
    fail_malloc_never();

    assert_int_equal(viewer_read_close(viewer), CLOSE_TRY_LATER);
    viewer_free(viewer);
}

/* Redis has lost the last messages, and the room's state was read again since. */
static void lose_state_after(const struct site *site, unsigned long long term, uint64_t seq)
{
    struct hub_room *room = session_membership(site_newest(site))->room;
    const struct broker_snapshot older = {.position = {term, seq}};

    assert_int_equal(snapshot_load(room->relay->snapshot, &older), 0);
    hub_relay_events.on_snapshot(room);
}

static void what_redis_has_lost_and_others_saw_comes_from_the_log(void **state)
{
    struct site *site = *state;
    struct viewer *stays = viewer_open(site, "/?dialect=v1&room_id=r"), *viewer;
    unsigned long long term;

    publish(site, 10);
    term = term_of(site);
    lose_state_after(site, term, 7);
    viewer = viewer_of_v1(site);

    say_join(viewer, term, 7, 1);

    viewer_skip_to(viewer, "\"seq\":7,\"resumed\":true");
    expect_messages(viewer, 8, 10);
    viewer_expect_silence(viewer);
    viewer_free(stays);
    viewer_free(viewer);
}

static void while_redis_is_away_nothing_is_said_to_be_lost(void **state)
{
    struct site *site = *state;
    struct viewer *stays = viewer_open(site, "/?dialect=v1&room_id=r"), *viewer;
    struct resume *resume = NULL;
    unsigned long long term;

    publish(site, 40);
    term = term_of(site);
    viewer = viewer_of_v1(site);
    say_join(viewer, term, 1, 1);
    while (!resume || resume->state != RESUME_ASKING) {
        const struct membership *membership;

        site_step(site);
        membership = session_membership(site_newest(site));
        resume = membership ? membership->resume : NULL;
    }

    list_remove(&resume->node);
    for (int tries = 0; tries < 100; tries++) {
        wheel_cancel(site->wheel, &resume->retry);
        resume_on_past(resume, PAST_AWAY, NULL);
        assert_int_equal(resume->state, RESUME_WAITING);
    }

    viewer_expect(viewer, "\"ack\":1");
    viewer_expect(viewer, "\"seq\":1,\"resumed\":true");
    expect_messages(viewer, 2, 40);
    viewer_expect_silence(viewer);
    viewer_free(stays);
    viewer_free(viewer);
}

/* ---- two rooms at once, of which one has so much to show that the other has to wait ---- */

/* The larger one's chat is more than an answer may follow in the same block. */
static void publish_large(struct site *site, const char *room, int n)
{
    static char text[2000];

    (void)snprintf(text, sizeof text, "{\"msg_type\":\"message\",\"content\":\"%01900d\"}", 0);
    while (n-- > 0)
        site_publish(site, room, text);
}

/* Of its socket nothing has been taken when this returns: it has all of `large`, and has had two
 * messages of `r`, which has four. */
static struct viewer *come_back_to_both(struct site *site, unsigned long long term)
{
    struct viewer *viewer = viewer_of_v1(site);

    watched_send_refuse(viewer->port);
    say_join_to(viewer, "large", term, 12, 1);
    say_join(viewer, term, 2, 2);
    site_settle(site);
    assert_true(site_newest(site)->blocked);

    return viewer;
}

/* Who keeps the rooms open, in which something is said. */
static struct viewer *viewer_of_both(struct site *site)
{
    struct viewer *stays = viewer_of_v1(site);

    say_join_to(stays, "large", 0, 0, 1);
    say_join(stays, 0, 0, 2);
    publish_large(site, "large", 12);
    publish(site, 4);

    return stays;
}

static void expect_all_of_both(struct viewer *viewer, int last)
{
    watched_send_accept(viewer->port);
    viewer_expect(viewer, "\"ack\":1");
    viewer_expect(viewer, "\"seq\":12,\"resumed\":true");
    viewer_expect(viewer, "\"ack\":2");
    viewer_expect(viewer, "\"seq\":2,\"resumed\":true");
    expect_messages(viewer, 3, last);
    viewer_expect_silence(viewer);
}

static void what_comes_before_a_room_is_answered_is_not_told_twice(void **state)
{
    struct site *site = *state;
    struct viewer *stays = viewer_of_both(site);
    struct viewer *viewer = come_back_to_both(site, term_of(site));

    publish(site, 1);

    expect_all_of_both(viewer, 5);
    viewer_free(stays);
    viewer_free(viewer);
}

static void a_room_that_is_not_answered_yet_may_outgrow_its_log(void **state)
{
    struct site *site = *state;
    struct viewer *stays = viewer_of_both(site);
    struct viewer *viewer = come_back_to_both(site, term_of(site));

    publish(site, 2 * SITE_SHORT_LOG);

    expect_all_of_both(viewer, 4 + 2 * SITE_SHORT_LOG);
    viewer_free(stays);
    viewer_free(viewer);
}

/* Its socket keeps one piece of the history, and the next one waits for it. */
static void who_is_closed_holds_nothing_of_the_history(void **state)
{
    struct site *site = *state;
    struct viewer *stays = viewer_open(site, "/?dialect=v1&room_id=r"), *viewer;
    struct session *session;
    unsigned long long term;

    publish_large(site, "r", 300);
    term = term_of(site);
    viewer = viewer_of_v1(site);
    session = site_newest(site);
    watched_send_refuse(viewer->port);
    say_join(viewer, term, 1, 1);
    while (!session_membership(session) || !session_membership(session)->resume ||
           !session_membership(session)->resume->told ||
           session_membership(session)->resume->state != RESUME_BATCH)
        site_step(site);

    session_close(session, CLOSE_TOO_SLOW);

    assert_null(session_membership(session)->resume->batch);
    assert_true(burden_bytes() < PIECE_BYTES);
    viewer_free(stays);
    viewer_free(viewer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SITE_TEST_SHORT_LOG(what_the_log_has_lost_comes_from_the_history_piece_by_piece),
        SITE_TEST_SHORT_LOG(what_comes_while_the_history_is_read_comes_behind_it),
        SITE_TEST_SHORT_LOG(of_joins_sent_at_once_each_is_acknowledged_and_the_last_is_answered),
        SITE_TEST_SHORT_LOG(who_leaves_while_the_history_is_read_is_told_and_hears_no_more),
        SITE_TEST_SHORT_LOG(who_is_cut_off_at_any_moment_leaves_nothing_behind),
        SITE_TEST_SHORT_LOG(what_redis_has_lost_and_others_saw_comes_from_the_log),
        SITE_TEST_SHORT_LOG(while_redis_is_away_nothing_is_said_to_be_lost),
        SITE_TEST_SHORT_LOG(who_lost_messages_is_told_and_gets_all_that_comes_after),
        SITE_TEST_SHORT_LOG(without_memory_to_tell_it_who_lost_messages_is_closed),
        SITE_TEST_SHORT_LOG(what_comes_before_a_room_is_answered_is_not_told_twice),
        SITE_TEST_SHORT_LOG(a_room_that_is_not_answered_yet_may_outgrow_its_log),
        SITE_TEST_SHORT_LOG(who_is_closed_holds_nothing_of_the_history),
    };

    return cmocka_run_group_tests_name("resume", tests, NULL, NULL);
}
