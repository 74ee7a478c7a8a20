/* Who is banned stays out and silent, by whatever way and under whatever name he comes. */
#include "gateway/moderator.h"

#include "gateway/hub.h"
#include "tests/gateway/guarded.h"
#include "tests/support/unit.h"

#define BOB "\"rooms\":[\"8\"],\"sub\":\"bob\""
#define ANN "\"rooms\":[\"8\"],\"sub\":\"ann\""
#define SAY "{\"msg_type\":\"message\",\"room_id\":\"8\",\"ack\":7,\"content\":\"bad\"}"
#define PING "{\"msg_type\":\"ping\"}"

/* Who shows no token may watch. */
static int set_up(void **state)
{
    static struct guarded guarded;

    guarded_start(&guarded, &(struct site_settings){.anonymous = true});
    *state = &guarded;

    return 0;
}

static int tear_down(void **state)
{
    guarded_stop(*state);

    return 0;
}

static void on_moderated(void *arg, const struct broker_status *status, bool changed)
{
    assert_int_equal(status->refusal, REFUSAL_NONE);
    assert_true(changed);
    *(bool *)arg = true;
}

static void moderate(struct guarded *g, enum moderation_verb verb, const char *uid)
{
    const struct broker_moderate what = {.room = span_of("8"), .verb = verb, .uid = span_of(uid)};
    bool done = false;

    relay_moderate(g->site.relay, &what, on_moderated, &done);
    while (!done)
        site_step(&g->site);
    site_settle(&g->site);
}

static struct viewer *watcher(struct guarded *g)
{
    struct viewer *ann = guarded_viewer(g, "/?dialect=v1&room_id=8", ANN);

    viewer_skip_to(ann, "\"joined\"");
    site_settle(&g->site);

    return ann;
}

static int64_t drops(const struct guarded *g, unsigned why)
{
    return site_metric(&g->site, METRIC_DROPS, why);
}

static void who_came_without_a_name_is_out_when_he_says_one_that_is_banned(void **state)
{
    struct guarded *g = *state;
    struct viewer *ann = watcher(g), *bob = viewer_open(&g->site, "/?room_id=8");

    moderate(g, MODERATE_BAN, "bob");
    viewer_skip_to(bob, "message_list");
    guarded_say(bob, "{\"msg_type\":\"join\",\"token\":\"", guarded_token(g, BOB, 60), "\"}");
    viewer_say(bob, SAY);
    viewer_say(bob, "{\"data\":\"bad\"}");
    viewer_say(bob, PING);
    viewer_expect(bob, "pong");

    assert_int_equal(drops(g, DROP_BANNED), 1);
    assert_int_equal(drops(g, DROP_NOT_JOINED), 2);
    viewer_expect_silence(ann);
    viewer_free(bob);
    viewer_free(ann);
}

static void a_token_shown_in_passing_gives_no_banned_one_a_voice(void **state)
{
    static const char like[] = "{\"msg_type\":\"like\",\"room_id\":\"8\",\"ack\":9}";
    struct guarded *g = *state;
    struct viewer *ann = watcher(g), *bob = viewer_open(&g->site, "/?dialect=v1&room_id=8");

    moderate(g, MODERATE_BAN, "bob");
    viewer_skip_to(bob, "\"joined\"");
    guarded_say(bob, "{\"msg_type\":\"ping\",\"ack\":5,\"token\":\"", guarded_token(g, BOB, 60),
                "\"}");
    viewer_skip_to(bob, "\"ack\":5");
    viewer_say(bob, SAY);
    viewer_skip_to(bob, "\"ack\":7,\"code\":\"banned\"");
    viewer_say(bob, like);
    viewer_expect(bob, "\"ack\":9,\"code\":\"banned\"");

    viewer_expect_silence(ann);
    viewer_free(bob);
    viewer_free(ann);
}

static void a_token_shown_in_passing_gives_no_muted_one_a_voice(void **state)
{
    struct guarded *g = *state;
    struct viewer *ann = watcher(g), *bob = viewer_open(&g->site, "/?dialect=v1&room_id=8");

    moderate(g, MODERATE_MUTE, "bob");
    viewer_skip_to(bob, "\"joined\"");
    guarded_say(bob, "{\"msg_type\":\"ping\",\"ack\":5,\"token\":\"", guarded_token(g, BOB, 60),
                "\"}");
    viewer_skip_to(bob, "\"ack\":5");
    viewer_say(bob, SAY);

    viewer_skip_to(bob, "\"ack\":7,\"code\":\"muted\"");
    viewer_expect_silence(ann);
    viewer_free(bob);
    viewer_free(ann);
}

/* Nobody else is in the room, so what is in force there is not known when he comes. */
static void a_join_that_is_refused_is_answered_once(void **state)
{
    struct guarded *g = *state;
    struct viewer *bob = guarded_viewer(g, "/?dialect=v1", BOB);

    moderate(g, MODERATE_BAN, "bob");
    viewer_say(bob, "{\"msg_type\":\"join\",\"room_id\":\"8\",\"ack\":1}");

    viewer_expect(bob, "\"ack\":1,\"code\":\"banned\"");
    viewer_expect_silence(bob);
    assert_int_equal(hub_room_count(g->site.hub), 0);
    viewer_free(bob);
}

static void who_is_banned_while_there_is_told_and_closed(void **state)
{
    struct guarded *g = *state;
    struct viewer *ann = watcher(g), *bob = guarded_viewer(g, "/?dialect=v1&room_id=8", BOB);

    viewer_skip_to(bob, "\"joined\"");
    moderate(g, MODERATE_BAN, "bob");

    assert_int_equal(viewer_read_close(bob), CLOSE_KICKED);
    assert_int_equal(site_metric(&g->site, METRIC_REMOVALS, REMOVAL_BAN), 1);
    viewer_free(bob);
    viewer_free(ann);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(who_came_without_a_name_is_out_when_he_says_one_that_is_banned),
        TEST(a_token_shown_in_passing_gives_no_banned_one_a_voice),
        TEST(a_token_shown_in_passing_gives_no_muted_one_a_voice),
        TEST(a_join_that_is_refused_is_answered_once),
        TEST(who_is_banned_while_there_is_told_and_closed),
    };

    return cmocka_run_group_tests_name("moderator", tests, NULL, NULL);
}
