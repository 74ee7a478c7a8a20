#include "gateway/dialect.h"

#include "tests/gateway/site.h"
#include "tests/support/unit.h"

#include <stdio.h>
#include <string.h>

struct fixture {
    struct site site;
    struct viewer *one;
    struct viewer *two;
    struct viewer *live;
};

static int set_up(void **state)
{
    static struct fixture f;

    site_start(&f.site, &(struct site_settings){0});
    f.one = viewer_open(&f.site, "/?room_id=r&dialect=plain");
    f.two = viewer_open(&f.site, "/rooms/r?dialect=plain");
    f.live = viewer_join(&f.site, "r", "live");
    site_settle(&f.site);
    *state = &f;

    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    viewer_free(f->one);
    viewer_free(f->two);
    viewer_free(f->live);
    site_stop(&f->site);

    return 0;
}

static void a_text_goes_to_the_others_as_it_was_typed(void **state)
{
    static const char *const texts[] = {"小程序來了",
                                        "say \"hi\"\n\\ \t\x01",
                                        "null",
                                        "42",
                                        "[1,2]",
                                        "{",
                                        "{\"a\":1,\"a\"",
                                        "pong",
                                        "0123456789abcdE-ping",
                                        "0123456789abcdEFping ",
                                        "ping"};
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        viewer_say(f->one, texts[i]);
        assert_string_equal(viewer_read(f->two), texts[i]);
    }

    viewer_expect_silence(f->one);
}

static void to_live_clients_it_is_a_message_object(void **state)
{
    struct fixture *f = *state;

    viewer_say(f->one, "say \"hi\"\n");

    assert_string_equal(viewer_read(f->live),
                        "{\"msg_type\":\"message\",\"content\":\"say \\\"hi\\\"\\n\","
                        "\"from_name\":\"游客\"}");
}

static void what_was_no_text_goes_out_as_its_object(void **state)
{
    struct fixture *f = *state;

    viewer_say(f->live, "{\"msg_type\":\"message\",\"content\":\"x\"}");

    assert_string_equal(viewer_read(f->one), "{\"msg_type\":\"message\",\"content\":\"x\","
                                             "\"from_uid\":\"live\",\"from_name\":\"live\"}");
}

static void it_hears_no_joins_no_leaves_and_no_likes(void **state)
{
    struct fixture *f = *state;
    struct viewer *another = viewer_join(&f->site, "r", "another");

    viewer_say(another, "{\"msg_type\":\"like\"}");
    viewer_skip_to(f->live, "\"like\"");
    viewer_free(another);
    viewer_skip_to(f->live, "\"leave\"");

    viewer_expect_silence(f->one);
}

static void an_object_it_sends_is_what_it_says(void **state)
{
    struct fixture *f = *state;

    viewer_say(f->one, "{\"msg_type\":\"message\",\"content\":\"typed\",\"from_name\":\"A\"}");
    viewer_expect(f->two, "{\"msg_type\":\"message\",\"content\":\"typed\",\"from_name\":\"A\"");
    viewer_expect(f->one, "typed");
}

static void objects_that_mean_nothing_here_are_dropped(void **state)
{
    static const char *const texts[] = {"{}", "{\"key\":\"value\"}", "{\"msg_type\":7}",
                                        "{\"msg_type\":\"leave\"}",
                                        "{\"msg_type\":\"join\",\"room_id\":\"other\"}"};
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        viewer_say(f->one, texts[i]);
    viewer_say(f->one, "{\"msg_type\":\"ping\"}");

    assert_string_equal(viewer_read(f->one), "{\"msg_type\":\"pong\"}");
    viewer_expect_silence(f->two);
    assert_int_equal(site_metric(&f->site, METRIC_DROPS, DROP_UNKNOWN),
                     sizeof texts / sizeof *texts);
    assert_int_equal(site_drops(&f->site, DROP_UNKNOWN, KIND_JOIN), 1);
    assert_int_equal(site_drops(&f->site, DROP_UNKNOWN, KIND_LEAVE), 1);
}

static void an_empty_text_and_one_too_long_harm_nobody(void **state)
{
    struct fixture *f = *state;
    static char text[16001];

    memset(text, '"', sizeof text - 1);
    viewer_say(f->one, "");
    viewer_say(f->one, text);
    viewer_say(f->one, "then this");

    viewer_expect(f->two, "then this");
}

static void a_queue_right_after_the_open_arrives_in_order(void **state)
{
    struct fixture *f = *state;
    struct viewer *third = viewer_open(&f->site, "/?room_id=r&dialect=plain");
    char text[16];

    for (int i = 0; i < 50; i++) {
        (void)snprintf(text, sizeof text, "t%d", i);
        viewer_say(third, text);
    }

    for (int i = 0; i < 50; i++) {
        (void)snprintf(text, sizeof text, "t%d", i);
        assert_string_equal(viewer_read(f->one), text);
    }
    viewer_free(third);
}

#define SENTENCE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SENTENCE(a_text_goes_to_the_others_as_it_was_typed),
        SENTENCE(to_live_clients_it_is_a_message_object),
        SENTENCE(what_was_no_text_goes_out_as_its_object),
        SENTENCE(it_hears_no_joins_no_leaves_and_no_likes),
        SENTENCE(an_object_it_sends_is_what_it_says),
        SENTENCE(objects_that_mean_nothing_here_are_dropped),
        SENTENCE(an_empty_text_and_one_too_long_harm_nobody),
        SENTENCE(a_queue_right_after_the_open_arrives_in_order),
    };

    return cmocka_run_group_tests_name("dialect_plain", tests, NULL, NULL);
}
