/* Tokens come late, end, and are renewed. */
#include "gateway/pass.h"

#include "base/clock.h"
#include "gateway/entrance.h"
#include "tests/gateway/guarded.h"
#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

#include <stdio.h>
#include <string.h>

#define V1 "/?dialect=v1"
#define ROOMS "\"rooms\":[\"8\"]"
#define JOIN_WITH "{\"msg_type\":\"join\",\"room_id\":\"8\",\"ack\":1,\"token\":\""
#define PING_WITH "{\"msg_type\":\"ping\",\"ack\":2,\"token\":\""
#define JOIN "{\"msg_type\":\"join\",\"room_id\":\"8\",\"ack\":1}"
#define END "\"}"

static int set_up(void **state)
{
    static struct guarded guarded;

    guarded_start(&guarded, NULL);
    *state = &guarded;

    return 0;
}

static int tear_down(void **state)
{
    guarded_stop(*state);

    return 0;
}

static void without_a_token_a_client_may_only_ping(void **state)
{
    struct guarded *g = *state;
    struct viewer *v1 = viewer_open(&g->site, V1 "&room_id=8");
    struct viewer *old = viewer_open(&g->site, "/?room_id=8");

    viewer_expect(old, "\"init\"");
    viewer_say(old, "{\"msg_type\":\"ping\"}");
    viewer_expect(old, "pong");
    viewer_say(old, JOIN);
    viewer_expect_silence(old);

    viewer_expect(v1, "\"unauthorized\""); /* of the room in its URL */
    viewer_say(v1, "{\"msg_type\":\"ping\"}");
    viewer_expect(v1, "pong");
    viewer_say(v1, JOIN);
    viewer_expect(v1, "\"unauthorized\"");
    viewer_say(v1, "{\"msg_type\":\"message\",\"room_id\":\"8\",\"content\":\"x\"}");
    viewer_expect(v1, "\"unauthorized\"");

    assert_int_equal(hub_room_count(g->site.hub), 0);
    viewer_free(v1);
    viewer_free(old);
}

static void who_shows_none_in_time_is_let_go(void **state)
{
    struct guarded *g = *state;
    struct viewer *viewer = viewer_open(&g->site, V1);

    guarded_advance(g, 4);
    viewer_expect_silence(viewer);
    guarded_advance(g, 2);

    assert_int_equal(viewer_read_close(viewer), CLOSE_TOKEN);
    viewer_free(viewer);
}

static void a_join_may_bring_the_token(void **state)
{
    struct guarded *g = *state;
    struct viewer *v1 = viewer_open(&g->site, V1);
    struct viewer *old = viewer_greeted(&g->site);

    guarded_say(v1, JOIN_WITH, guarded_token(g, ROOMS ",\"sub\":\"7\"", 60), END);
    (void)viewer_skip_to(v1, "\"joined\"");
    guarded_say(old, JOIN_WITH, guarded_token(g, ROOMS ",\"name\":\"Bob\"", 60), END);
    assert_non_null(strstr(viewer_skip_to(old, "\"message_list\":["), "\"from_name\":\"Bob\""));
    guarded_advance(g, 20);
    viewer_say(v1, "{\"msg_type\":\"message\",\"content\":\"x\"}");

    assert_non_null(strstr(viewer_skip_to(old, "\"content\":\"x\""), "\"from_uid\":\"7\""));
    assert_null(strstr((const char *)old->text.data, "token"));
    viewer_free(v1);
    viewer_free(old);
}

static void a_bad_token_in_a_join_is_an_error_to_v1_and_the_end_for_others(void **state)
{
    struct guarded *g = *state;
    struct viewer *v1 = viewer_open(&g->site, V1);
    struct viewer *old = viewer_greeted(&g->site);

    guarded_say(v1, JOIN_WITH, guarded_token(g, ROOMS, -60), END);
    viewer_expect(v1, "\"ack\":1,\"code\":\"unauthorized\",\"message\":\"the token has expired\"");
    viewer_say(v1, JOIN_WITH END); /* "" is one, and a bad one */
    viewer_expect(v1, "\"message\":\"the token is malformed\"");
    viewer_say(v1, "{\"msg_type\":\"join\",\"room_id\":\"8\",\"token\":7}");
    viewer_expect(v1, "\"message\":\"the token is malformed\"");
    viewer_say(v1, "{\"msg_type\":\"join\",\"room_id\":\"8\",\"token\":null}");
    viewer_expect(v1, "\"message\":\"a valid token is needed\"");
    viewer_say(old, JOIN_WITH "a.b.c" END);

    assert_int_equal(viewer_read_close(old), CLOSE_TOKEN);
    viewer_free(v1);
    viewer_free(old);
}

static void an_expired_session_is_told_and_let_go_after_the_grace(void **state)
{
    struct guarded *g = *state;
    struct viewer *v1 = viewer_open(&g->site, V1);
    struct viewer *old = viewer_greeted(&g->site);

    guarded_say(v1, JOIN_WITH, guarded_token(g, ROOMS, 100), END);
    (void)viewer_skip_to(v1, "\"joined\"");
    guarded_say(old, JOIN_WITH, guarded_token(g, ROOMS, 100), END);
    (void)viewer_skip_to(old, "\"message_list\":[");
    guarded_advance(g, 98);
    viewer_say(v1, "{\"msg_type\":\"ping\"}");
    viewer_skip_to(v1, "pong");
    guarded_advance(g, 4);
    viewer_expect(v1, "\"unauthorized\"");
    viewer_expect_silence(old);
    guarded_advance(g, 26);
    viewer_expect_silence(v1);
    guarded_advance(g, 4);

    assert_int_equal(viewer_read_close(v1), CLOSE_TOKEN);
    assert_int_equal(viewer_read_close(old), CLOSE_TOKEN);
    viewer_free(v1);
    viewer_free(old);
}

static void a_fresh_token_goes_on_where_the_old_one_ended(void **state)
{
    struct guarded *g = *state;
    struct viewer *viewer = guarded_viewer(g, V1, ROOMS ",\"sub\":\"7\"");

    viewer_say(viewer, JOIN);
    (void)viewer_skip_to(viewer, "\"joined\"");
    guarded_advance(g, 3602);
    (void)viewer_skip_to(viewer, "the token has expired");
    guarded_say(viewer, PING_WITH, guarded_token(g, ROOMS ",\"sub\":\"7\"", 3600), END);
    (void)viewer_skip_to(viewer, "\"ack\":2");
    guarded_advance(g, 3000);

    viewer_say(viewer, "{\"msg_type\":\"like\",\"ack\":3}");
    (void)viewer_skip_to(viewer, "\"msg_type\":\"ack\",\"ack\":3");
    viewer_free(viewer);
}

static void a_fresh_token_is_of_the_same_viewer(void **state)
{
    struct guarded *g = *state;
    struct viewer *viewer = guarded_viewer(g, V1, ROOMS ",\"sub\":\"7\"");

    guarded_say(viewer, PING_WITH, guarded_token(g, ROOMS ",\"sub\":\"8\"", 60), END);
    viewer_expect(viewer, "\"message\":\"the token is somebody else's\"");
    guarded_say(viewer, PING_WITH, guarded_token(g, ROOMS, 60), END);
    viewer_expect(viewer, "\"message\":\"the token is somebody else's\"");

    assert_int_equal(site_metric(&g->site, METRIC_TOKENS_REFUSED, TOKEN_SOMEBODY_ELSE), 2);
    viewer_free(viewer);
}

static void a_fresh_token_that_closes_a_room_ends_the_session(void **state)
{
    struct guarded *g = *state;
    struct viewer *viewer = guarded_viewer(g, V1, "\"rooms\":[\"*\"]");

    viewer_say(viewer, JOIN);
    (void)viewer_skip_to(viewer, "\"joined\"");
    guarded_say(viewer, PING_WITH, guarded_token(g, "\"rooms\":[\"9\"]", 60), END);

    assert_int_equal(viewer_read_close(viewer), CLOSE_NOT_ALLOWED);
    viewer_free(viewer);
}

static void where_there_are_no_keys_tokens_mean_nothing(void **state)
{
    struct site site;
    struct viewer *viewer;

    site_start(&site, &(struct site_settings){0});
    viewer = viewer_open(&site, V1 "&token=nonsense");
    viewer_say(viewer, JOIN_WITH END);
    (void)viewer_skip_to(viewer, "\"joined\"");
    viewer_say(viewer, "{\"msg_type\":\"buy\",\"ack\":2}");
    (void)viewer_skip_to(viewer, "\"msg_type\":\"ack\",\"ack\":2");

    viewer_free(viewer);
    site_settle(&site);
    site_stop(&site);
    (void)state;
}

/* True if it was served with so much memory. */
static bool an_evening(struct guarded *g, int successes)
{
    struct viewer *viewer = viewer_open(&g->site, V1);
    const char *fresh = guarded_token(g, ROOMS, 60);
    size_t before;

    guarded_say(viewer, JOIN_WITH, fresh, END);
    before = malloc_successes();
    fail_malloc_after(successes);
    site_settle(&g->site);
    fail_malloc_never();
    viewer_free(viewer);
    site_settle(&g->site);

    return malloc_successes() - before < (size_t)successes;
}

static void without_memory_a_token_is_not_taken(void **state)
{
    int n = 0;

    while (!an_evening(*state, n))
        assert_true(++n < 1000);
}

static void one_whose_token_cannot_be_read_now_is_told_to_try_later(void **state)
{
    struct guarded *g = *state;
    struct viewer *old = viewer_greeted(&g->site);
    struct message join;
    char text[2000];

    (void)snprintf(text, sizeof text, JOIN_WITH "%s" END, guarded_token(g, ROOMS, 60));
    assert_int_equal(message_read(&join, span_of(text), NULL), 0);
    fail_malloc_after(0);
    enter_by_join(site_newest(&g->site), &join);
    fail_malloc_never();

    assert_int_equal(site_metric(&g->site, METRIC_TOKENS_REFUSED, TOKEN_NO_MEMORY), 1);
    assert_int_equal(viewer_read_close(old), CLOSE_TRY_LATER);
    viewer_free(old);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_a_token_a_client_may_only_ping),
        TEST(who_shows_none_in_time_is_let_go),
        TEST(a_join_may_bring_the_token),
        TEST(a_bad_token_in_a_join_is_an_error_to_v1_and_the_end_for_others),
        TEST(an_expired_session_is_told_and_let_go_after_the_grace),
        TEST(a_fresh_token_goes_on_where_the_old_one_ended),
        TEST(a_fresh_token_is_of_the_same_viewer),
        TEST(a_fresh_token_that_closes_a_room_ends_the_session),
        cmocka_unit_test(where_there_are_no_keys_tokens_mean_nothing),
        TEST(without_memory_a_token_is_not_taken),
        TEST(one_whose_token_cannot_be_read_now_is_told_to_try_later),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
