/* How often one client may do what, and what becomes of the rest. */
#include "gateway/allowance.h"

#include "base/clock.h"
#include "tests/gateway/site.h"
#include "tests/support/unit.h"

#include <string.h>

#define V1 "/?dialect=v1"
#define JOIN "{\"msg_type\":\"join\",\"room_id\":\"8\",\"from_uid\":\"7\",\"ack\":1}"
#define CHAT "{\"msg_type\":\"message\",\"content\":\"x\",\"ack\":7}"
#define LIKE "{\"msg_type\":\"like\",\"ack\":7}"
#define SHELF "{\"msg_type\":\"on_off_shelf\",\"goods_id\":\"g\",\"status\":\"on\",\"ack\":7}"

/* Two of each at once and then one a second; four refusals. */
static const struct allowance_limits few = {.rates = {[ALLOWED_MESSAGES] = {60, 2000},
                                                      [ALLOWED_LIKES] = {60, 2000},
                                                      [ALLOWED_JOINS] = {60, 2000},
                                                      [ALLOWED_COMMANDS] = {60, 2000},
                                                      [ALLOWED_REFUSALS] = {4, 60000}}};

static int set_up(void **state)
{
    static struct site site;

    clock_set_for_test(clock_now());
    site_start(&site, &(struct site_settings){.allowances = few});
    *state = &site;

    return 0;
}

static int tear_down(void **state)
{
    site_stop(*state);
    clock_real_for_test();

    return 0;
}

static struct viewer *joined(struct site *site)
{
    struct viewer *viewer = viewer_open(site, V1);

    viewer_say(viewer, JOIN);
    (void)viewer_skip_to(viewer, "\"joined\"");

    return viewer;
}

static void expect_refused(struct viewer *viewer, const char *command)
{
    const char *answer;

    viewer_say(viewer, command);
    answer = viewer_skip_to(viewer, "\"ack\":7");
    assert_non_null(strstr(answer, "\"too_many\""));
    assert_non_null(strstr(answer, "\"retry\":true"));
}

static void expect_done(struct viewer *viewer, const char *command)
{
    viewer_say(viewer, command);
    assert_non_null(strstr(viewer_skip_to(viewer, "\"ack\":7"), "\"msg_type\":\"ack\""));
}

static void each_group_has_its_own(void **state)
{
    static const char *const commands[] = {CHAT, LIKE, SHELF};
    struct viewer *viewer = joined(*state);

    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        expect_done(viewer, commands[i]);
        expect_done(viewer, commands[i]);
        expect_refused(viewer, commands[i]);
    }

    assert_int_equal(site_metric(*state, METRIC_COMMANDS_LIMITED, KIND_CHAT), 1);
    assert_int_equal(site_metric(*state, METRIC_COMMANDS_LIMITED, KIND_LIKE), 1);
    assert_int_equal(site_metric(*state, METRIC_COMMANDS_LIMITED, KIND_SHELF), 1);
    assert_int_equal(site_drops(*state, DROP_TOO_MANY, KIND_CHAT), 1);
    assert_int_equal(site_drops(*state, DROP_TOO_MANY, KIND_LIKE), 1);
    assert_int_equal(site_drops(*state, DROP_TOO_MANY, KIND_SHELF), 1);
    viewer_free(viewer);
}

static void who_waits_may_go_on(void **state)
{
    struct viewer *viewer = joined(*state);

    expect_done(viewer, CHAT);
    expect_done(viewer, CHAT);
    expect_refused(viewer, CHAT);
    clock_advance_for_test(1000);

    expect_done(viewer, CHAT);
    expect_refused(viewer, CHAT);
    viewer_free(viewer);
}

static void who_goes_on_regardless_is_closed(void **state)
{
    struct viewer *viewer = joined(*state);

    expect_done(viewer, CHAT);
    expect_done(viewer, CHAT);
    for (int i = 0; i < 4; i++)
        expect_refused(viewer, CHAT);
    viewer_say(viewer, CHAT);

    assert_int_equal(viewer_read_close(viewer), CLOSE_TOO_MANY);
    viewer_free(viewer);
}

static void joins_are_limited_before_anything_is_done_for_them(void **state)
{
    struct viewer *viewer = joined(*state);

    viewer_say(viewer, JOIN);
    (void)viewer_skip_to(viewer, "\"joined\"");

    expect_refused(viewer, "{\"msg_type\":\"join\",\"room_id\":\"9\",\"ack\":7}");
    expect_refused(viewer, "{\"msg_type\":\"ping\",\"token\":\"a.b.c\",\"ack\":7}");
    assert_int_equal(site_metric(*state, METRIC_COMMANDS_LIMITED, KIND_JOIN), 2);
    viewer_free(viewer);
}

static void heartbeats_are_not_counted(void **state)
{
    struct viewer *viewer = joined(*state);

    for (int i = 0; i < 100; i++)
        expect_done(viewer, "{\"msg_type\":\"ping\",\"ack\":7}");

    expect_done(viewer, CHAT);
    viewer_free(viewer);
}

static void what_an_old_client_says_too_often_is_dropped_without_a_word(void **state)
{
    struct viewer *viewer = viewer_join(*state, "8", "7");
    int seen = 0;

    for (int i = 0; i < 50; i++)
        viewer_say(viewer, CHAT);
    viewer_say(viewer, "{\"msg_type\":\"ping\"}");
    site_settle(*state);

    for (const char *text; !strstr(text = viewer_read(viewer), "pong") || seen < 2;)
        seen += strstr(text, "\"message\"") ? 1 : 0;

    assert_int_equal(seen, 2);
    viewer_expect_silence(viewer);
    assert_int_equal(site_metric(*state, METRIC_COMMANDS_LIMITED, KIND_CHAT), 48);
    viewer_free(viewer);
}

static void what_is_refused_for_another_reason_is_not_counted(void **state)
{
    struct viewer *viewer = viewer_open(*state, V1);

    for (int i = 0; i < 10; i++) {
        viewer_say(viewer, CHAT);
        viewer_expect(viewer, "\"not_joined\"");
    }

    viewer_say(viewer, JOIN);
    (void)viewer_skip_to(viewer, "\"joined\"");
    expect_done(viewer, CHAT);
    viewer_free(viewer);
}

static void over_its_budget_a_room_leaves_out_chat_and_nothing_else(void **state)
{
    struct site *site = *state;
    struct viewer *ann = joined(site), *bob = joined(site);

    site->hub->settings.admit.room_budget = (struct bucket_rate){60, 1000};
    expect_done(ann, CHAT);
    viewer_say(bob, CHAT);
    assert_non_null(strstr(viewer_skip_to(bob, "\"ack\":7"), "\"dropped\":true"));
    expect_done(bob, SHELF);
    expect_done(bob, LIKE);

    assert_int_equal(site_metric(site, METRIC_MESSAGES_SAMPLED, KIND_CHAT), 1);
    assert_int_equal(site_drops(site, DROP_SAMPLED, KIND_CHAT), 1);
    clock_advance_for_test(1000);
    viewer_say(bob, CHAT);
    assert_null(strstr(viewer_skip_to(bob, "\"ack\":7"), "dropped"));
    viewer_free(ann);
    viewer_free(bob);
}

static void another_client_does_not_notice(void **state)
{
    struct viewer *loud = joined(*state), *quiet = joined(*state);

    expect_done(loud, CHAT);
    expect_done(loud, CHAT);
    expect_refused(loud, CHAT);

    expect_done(quiet, CHAT);
    viewer_free(loud);
    viewer_free(quiet);
}

#define SENTENCE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SENTENCE(each_group_has_its_own),
        SENTENCE(who_waits_may_go_on),
        SENTENCE(who_goes_on_regardless_is_closed),
        SENTENCE(joins_are_limited_before_anything_is_done_for_them),
        SENTENCE(heartbeats_are_not_counted),
        SENTENCE(what_an_old_client_says_too_often_is_dropped_without_a_word),
        SENTENCE(what_is_refused_for_another_reason_is_not_counted),
        SENTENCE(over_its_budget_a_room_leaves_out_chat_and_nothing_else),
        SENTENCE(another_client_does_not_notice),
    };

    return cmocka_run_group_tests_name("allowance", tests, NULL, NULL);
}
