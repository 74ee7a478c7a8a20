/* What was recalled is shown to nobody any more who has not got it yet, in any dialect. */
#include "gateway/recall.h"

#include "base/bytes.h"
#include "gateway/membership.h"
#include "gateway/resume.h"
#include "gateway/room_log.h"
#include "relay/relay.h"
#include "tests/gateway/site.h"
#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ENOUGH = 400, TURNS = 60 };

#define SAY(id, text) "{\"msg_type\":\"message\",\"content\":\"" text "\",\"id\":\"" id "\"}"
#define RECALLED(id) "{\"msg_type\":\"recall\",\"id\":\"" id "\"}"
#define V1_RECALLED(id) "{\"msg_type\":\"recall\",\"room_id\":\"r\",\"id\":\"" id "\""

static void on_moderated(void *arg, const struct broker_status *status, bool changed)
{
    assert_int_equal(status->refusal, REFUSAL_NONE);
    assert_true(changed);
    *(bool *)arg = true;
}

static void ask_recall(struct site *site, const char *id, bool *done)
{
    const struct broker_moderate what = {
        .room = span_of("r"), .verb = MODERATE_RECALL, .uid = span_of(id)};

    *done = false;
    relay_moderate(site->relay, &what, on_moderated, done);
}

static void recall(struct site *site, const char *id)
{
    bool done;

    ask_recall(site, id, &done);
    while (!done)
        site_step(site);
    site_settle(site);
}

static struct viewer *v1_viewer(struct site *site)
{
    struct viewer *viewer = viewer_open(site, "/?dialect=v1&room_id=r");

    viewer_expect(viewer, "\"joined\"");
    site_settle(site);

    return viewer;
}

static unsigned long long term_in(const char *text)
{
    return strtoull(strstr(text, "\"term\":") + strlen("\"term\":"), NULL, 10);
}

/* Comes back with all up to `seq`. */
static struct viewer *come_back(struct site *site, unsigned long long term, int seq)
{
    struct viewer *viewer = viewer_open(site, "/?dialect=v1");
    char text[120];

    (void)snprintf(text, sizeof text,
                   "{\"msg_type\":\"join\",\"room_id\":\"r\",\"term\":%llu,\"seq\":%d}", term, seq);
    viewer_say(viewer, text);

    return viewer;
}

static void who_is_there_hears_of_it_in_its_dialect(void **state)
{
    struct site *site = *state;
    struct viewer *live = viewer_join(site, "r", NULL);
    struct viewer *v1 = v1_viewer(site);
    struct viewer *plain = viewer_open(site, "/?dialect=plain&room_id=r");
    struct viewer *chat =
        viewer_open_with(site, "/?room_id=r", "Sec-WebSocket-Protocol: protocol1\r\n");

    viewer_skip_to(chat, "message_list");
    site_settle(site);
    site_publish(site, "r", SAY("a", "bad"));
    recall(site, "a");

    viewer_skip_to(live, "bad");
    assert_string_equal(viewer_read(live), RECALLED("a"));
    viewer_skip_to(v1, "bad");
    viewer_expect(v1, V1_RECALLED("a"));
    viewer_skip_to(plain, "bad");
    viewer_expect_silence(plain);
    viewer_skip_to(chat, "bad");
    viewer_expect_silence(chat);

    viewer_free(live);
    viewer_free(v1);
    viewer_free(plain);
    viewer_free(chat);
}

static void who_joins_later_is_shown_the_rest(void **state)
{
    struct site *site = *state;
    struct viewer *first = viewer_join(site, "r", NULL);
    struct viewer *v1 = v1_viewer(site), *later;

    site_publish(site, "r", SAY("a", "good"));
    site_publish(site, "r", SAY("b", "bad"));
    viewer_free(viewer_join(site, "r", NULL)); /* the answer was made with it */
    viewer_free(v1_viewer(site));
    recall(site, "b");

    later = viewer_greeted(site);
    viewer_say(later, "{\"msg_type\":\"join\",\"room_id\":\"r\"}");
    assert_null(strstr(viewer_skip_to(later, "good"), "bad"));
    viewer_free(later);

    later = viewer_open(site, "/?dialect=v1&room_id=r");
    assert_null(strstr(viewer_skip_to(later, "good"), "bad"));
    viewer_expect_silence(later);

    viewer_free(later);
    viewer_free(first);
    viewer_free(v1);
}

static void who_comes_back_is_given_a_tombstone_from_the_log(void **state)
{
    struct site *site = *state;
    struct viewer *v1 = v1_viewer(site), *back;
    unsigned long long term;

    site_publish(site, "r", SAY("a", "good"));
    term = term_in(viewer_skip_to(v1, "good"));
    site_publish(site, "r", SAY("b", "bad"));
    site_publish(site, "r", SAY("c", "fine"));
    recall(site, "b");

    back = come_back(site, term, 1);
    viewer_expect(back, "\"resumed\":true");
    viewer_expect(back, V1_RECALLED("b"));
    viewer_expect(back, "fine");
    viewer_expect(back, V1_RECALLED("b"));
    viewer_expect_silence(back);
    assert_int_equal(site_metric(site, METRIC_HISTORY_READS, 0), 0);

    viewer_free(back);
    viewer_free(v1);
}

static void who_is_behind_is_given_a_tombstone(void **state)
{
    struct site *site = *state;
    struct viewer *v1 = v1_viewer(site);

    viewer_stop_reading(v1);
    site_publish(site, "r", SAY("a", "bad"));
    site_publish(site, "r", SAY("b", "good"));
    recall(site, "a");
    viewer_read_on(v1);

    viewer_expect(v1, V1_RECALLED("a"));
    viewer_expect(v1, "good");
    viewer_expect(v1, V1_RECALLED("a"));
    viewer_free(v1);
}

static void one_of_live_that_is_behind_never_sees_it(void **state)
{
    struct site *site = *state;
    struct viewer *live = viewer_join(site, "r", NULL);

    viewer_stop_reading(live);
    site_publish(site, "r", SAY("a", "bad"));
    site_publish(site, "r", SAY("b", "good"));
    recall(site, "a");
    viewer_read_on(live);

    viewer_expect(live, "good");
    assert_string_equal(viewer_read(live), RECALLED("a"));
    viewer_free(live);
}

/* The history that it waits for was read before, or lies here for it. */
static void who_comes_back_meanwhile_is_given_a_tombstone_from_the_history(void **state)
{
    struct site *site = *state;
    struct viewer *live = viewer_join(site, "r", NULL), *v1, *back;
    unsigned long long term;
    bool done;

    v1 = v1_viewer(site);
    site_publish(site, "r", SAY("a", "good"));
    term = term_in(viewer_skip_to(v1, "good"));
    viewer_free(v1);
    site_settle(site);
    site_publish(site, "r", SAY("b", "bad")); /* not in the log in v1: the history is asked */
    site_publish(site, "r", SAY("c", "fine"));

    for (int turns = 0; turns < 12; turns++) {
        char id[16], message[100];

        (void)snprintf(id, sizeof id, "b%d", turns);
        (void)snprintf(message, sizeof message,
                       "{\"msg_type\":\"message\",\"content\":\"bad\",\"id\":\"%s\"}", id);
        site_publish(site, "r", message);
        back = come_back(site, term, 1);
        for (int i = 0; i < turns; i++)
            site_step(site);
        ask_recall(site, id, &done);
        while (!done)
            site_step(site);

        viewer_expect(back, "\"joined\"");
        viewer_skip_to(back, "fine");
        for (;;) { /* it may have got it before, but hears of the recall behind it */
            const char *text = viewer_read(back);

            if (strstr(text, "\"recall\"") && strstr(text, id))
                break;
        }
        viewer_free(back);
        site_settle(site);
    }

    viewer_free(live);
}

static struct resume *resume_of(const struct site *site)
{
    const struct membership *membership = session_membership(site_newest(site));

    return membership ? membership->resume : NULL;
}

static void what_was_read_before_it_is_read_again(void **state)
{
    const struct entry entry = {.position = {7, 9}, .payload = span_of(RECALLED("b"))};
    struct site *site = *state;
    struct viewer *live = viewer_join(site, "r", NULL), *back;
    struct past_piece piece = {.frames = bytes_copy("bad", 3)};
    struct message message;
    const struct relayed recalled = {.entry = &entry, .message = &message};
    struct resume *resume;

    assert_int_equal(message_read(&message, entry.payload, NULL), 0);
    site_publish(site, "r", SAY("a", "good")); /* not in the log in v1: the history is asked */
    back = come_back(site, 0, 0);
    while (!(resume = resume_of(site)) || resume->state != RESUME_ASKING)
        site_step(site);
    list_remove(&resume->node);
    resume_on_past(resume, PAST_FOUND, &piece);
    assert_int_equal(resume->state, RESUME_BATCH);

    recall_apply(resume->membership->room, &recalled);

    assert_int_equal(resume->state, RESUME_IDLE);
    viewer_expect(back, "\"joined\"");
    viewer_expect(back, "good");
    bytes_release(piece.frames);
    viewer_free(back);
    viewer_free(live);
}

static void history_that_was_asked_for_before_it_is_asked_for_again(void **state)
{
    const struct entry entry = {.position = {7, 9}, .payload = span_of(RECALLED("b"))};
    struct site *site = *state;
    struct viewer *live = viewer_join(site, "r", NULL), *back;
    struct message message;
    struct resume *resume;
    const struct relayed recalled = {.entry = &entry, .message = &message};

    assert_int_equal(message_read(&message, entry.payload, NULL), 0);
    site_publish(site, "r", SAY("a", "good"));
    back = come_back(site, 0, 0);
    while (!(resume = resume_of(site)) || resume->state != RESUME_ASKING)
        site_step(site);

    recall_apply(resume->membership->room, &recalled);

    viewer_expect(back, "\"joined\"");
    viewer_expect(back, "good");
    assert_int_equal(site_metric(site, METRIC_HISTORY_READS, 0), 2);
    viewer_free(back);
    viewer_free(live);
}

static void on_asked(void *arg, const struct broker_status *status, bool changed)
{
    *(bool *)arg = changed;
    (void)status;
}

static bool lies_in_the_log(const struct site *site, const char *id)
{
    const struct hub_room *room = hub_find_room(site->hub, span_of("r"));
    uint64_t at = 0;

    return room && room_log_seek(room->log, recall_id(site->hub, span_of(id)), &at);
}

/* Gives whether it was enough; `*done`: it was recalled. */
static bool recall_with(struct site *site, int successes, bool *done)
{
    const struct broker_moderate what = {
        .room = span_of("r"), .verb = MODERATE_RECALL, .uid = span_of("b")};
    size_t before = malloc_successes();

    *done = false;
    fail_malloc_after(successes);
    relay_moderate(site->relay, &what, on_asked, done);
    for (int i = 0; i < TURNS; i++)
        site_step(site);
    fail_malloc_never();

    return malloc_successes() - before < (size_t)successes;
}

static void without_memory_what_was_recalled_is_shown_to_nobody(void **state)
{
    struct site *site = *state;
    bool enough = false, done = false;

    for (int successes = 0; !enough; successes++) {
        struct viewer *v1 = v1_viewer(site);

        assert_true(successes < ENOUGH);
        site_publish(site, "r", SAY("b", "bad"));

        enough = recall_with(site, successes, &done);

        while (done && lies_in_the_log(site, "b"))
            site_step(site);
        viewer_free(v1);
        site_stop(site);
        site_start(site, &(struct site_settings){.room_log = 16});
    }

    assert_true(done);
}

/* The one who stays speaks a dialect that has no recalls, so the room's log has none of it. */
static void who_was_away_hears_of_one_that_nobody_here_was_told_of(void **state)
{
    struct site *site = *state;
    struct viewer *plain = viewer_open(site, "/?dialect=plain&room_id=r");
    struct viewer *viewer = v1_viewer(site);
    unsigned long long term;

    site_publish(site, "r", SAY("a", "bad"));
    site_publish(site, "r", SAY("b", "good"));
    term = term_in(viewer_skip_to(viewer, "good"));
    viewer_free(viewer);
    while (site_sessions(site) > 1)
        site_step(site);
    recall(site, "a");

    viewer = come_back(site, term, 2);

    viewer_skip_to(viewer, "\"seq\":2,\"resumed\":true");
    viewer_expect(viewer, V1_RECALLED("a"));
    viewer_expect_silence(viewer);
    viewer_free(viewer);
    viewer_free(plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SITE_TEST_SHORT_LOG(who_is_there_hears_of_it_in_its_dialect),
        SITE_TEST_SHORT_LOG(who_joins_later_is_shown_the_rest),
        SITE_TEST_SHORT_LOG(who_comes_back_is_given_a_tombstone_from_the_log),
        SITE_TEST_SHORT_LOG(who_is_behind_is_given_a_tombstone),
        SITE_TEST_SHORT_LOG(one_of_live_that_is_behind_never_sees_it),
        SITE_TEST_SHORT_LOG(who_comes_back_meanwhile_is_given_a_tombstone_from_the_history),
        SITE_TEST_SHORT_LOG(what_was_read_before_it_is_read_again),
        SITE_TEST_SHORT_LOG(history_that_was_asked_for_before_it_is_asked_for_again),
        SITE_TEST_SHORT_LOG(without_memory_what_was_recalled_is_shown_to_nobody),
        SITE_TEST_SHORT_LOG(who_was_away_hears_of_one_that_nobody_here_was_told_of),
    };

    return cmocka_run_group_tests_name("recall", tests, NULL, NULL);
}
