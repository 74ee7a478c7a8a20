#include "gateway/dialect.h"

#include "tests/gateway/site.h"
#include "tests/support/unit.h"

#include <string.h>

#define PING "{\"msg_type\":\"ping\"}"

static void the_greeting_is_the_first_frame_and_has_twenty_digits(void **state)
{
    struct site *site = *state;
    struct viewer *viewer = viewer_open(site, "/?room_id=r");
    const char *greeting = viewer_read(viewer);

    assert_memory_equal(greeting, "{\"msg_type\":\"init\",\"client_id\":\"", 32);
    assert_int_equal(strspn(greeting + 32, "0123456789abcdef"), 20);
    assert_string_equal(greeting + 52, "\"}");
    viewer_expect(viewer, "\"message_list\":[]");
    viewer_free(viewer);
}

static void what_it_does_not_know_is_met_with_silence(void **state)
{
    static const char *const texts[] = {
        "hello",
        "null",
        "42",
        "\"\"",
        "[1,2]",
        "{",
        "{}",
        "{\"key\":\"value\"}",
        "{\"data\":7}",
        "{\"data\":\"\"}",
        "{\"type\":{}}",
        "{\"type\":\"login\"}",
        "",
        "{\"msg_type\":42}",
        "pong",
        "{\"msg_type\":\"ping\",\"msg_type\":\"ping\"}",
    };
    struct site *site = *state;
    struct viewer *viewer = viewer_join(site, "r", "ann");

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        viewer_say(viewer, texts[i]);
    viewer_say(viewer, PING);

    assert_string_equal(viewer_read(viewer), "{\"msg_type\":\"pong\"}");
    assert_int_equal(site_metric(site, METRIC_DROPS, DROP_UNKNOWN), sizeof texts / sizeof *texts);
    viewer_free(viewer);
}

static void a_ping_may_be_written_in_any_way(void **state)
{
    static const char *const pings[] = {PING, "{ \"msg_type\" : \"ping\" }",
                                        "{\"msg_type\":\"ping\",\"t\":1}"};
    struct viewer *viewer = viewer_greeted(*state);

    for (size_t i = 0; i < 3; i++) {
        viewer_say(viewer, pings[i]);
        assert_string_equal(viewer_read(viewer), "{\"msg_type\":\"pong\"}");
    }

    viewer_free(viewer);
}

static void a_device_is_not_answered(void **state)
{
    struct site *site = *state;
    struct viewer *viewer = viewer_open(site, "/ws");

    viewer_expect(viewer, "init");
    viewer_say(viewer, "heart-check-mobile");

    viewer_expect_silence(viewer);
    assert_int_equal(site_metric(site, METRIC_DROPS, DROP_UNKNOWN), 0);
    viewer_free(viewer);
}

static void data_goes_to_the_others_under_both_names(void **state)
{
    struct site *site = *state;
    struct viewer *one =
        viewer_open_with(site, "/?room_id=r", "Sec-WebSocket-Protocol: protocol1\r\n");
    struct viewer *two = viewer_join(site, "r", "two");
    struct viewer *plain = viewer_open(site, "/?room_id=r&dialect=plain");

    viewer_skip_to(one, "message_list");
    site_settle(site);
    viewer_say(one, "{\"data\":\"a\\\"b\"}");
    viewer_skip_to(two, "\"content\":\"a\\\"b\",\"data\":\"a\\\"b\"");
    viewer_expect(plain, "\"content\":\"a\\\"b\",\"data\":\"a\\\"b\"");

    viewer_say(two, "{\"msg_type\":\"message\",\"content\":\"c\"}");
    viewer_skip_to(one,
                   "\"content\":\"c\",\"from_uid\":\"two\",\"from_name\":\"two\",\"data\":\"c\"");
    viewer_free(one);
    viewer_free(two);
    viewer_free(plain);
}

static void a_burst_before_the_join_is_answered_breaks_nothing(void **state)
{
    struct site *site = *state;
    struct viewer *bob = viewer_join(site, "r", "bob");
    struct viewer *ann = viewer_open(site, "/?room_id=r");

    for (int i = 0; i < 10; i++)
        viewer_say(ann, "{\"msg_type\":\"message\",\"content\":\"early\"}");
    viewer_expect(ann, "init");
    viewer_expect(ann, "message_list");

    for (int i = 0; i < 10; i++)
        viewer_expect(bob, "early");
    viewer_free(ann);
    viewer_free(bob);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SITE_TEST(the_greeting_is_the_first_frame_and_has_twenty_digits),
        SITE_TEST(what_it_does_not_know_is_met_with_silence),
        SITE_TEST(a_ping_may_be_written_in_any_way),
        SITE_TEST(a_device_is_not_answered),
        SITE_TEST(data_goes_to_the_others_under_both_names),
        SITE_TEST(a_burst_before_the_join_is_answered_breaks_nothing),
    };

    return cmocka_run_group_tests_name("dialect_live", tests, NULL, NULL);
}
