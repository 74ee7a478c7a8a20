/* Who may do what: every role and every kind of message. */
#include "gateway/admit.h"

#include "tests/gateway/guarded.h"
#include "tests/support/unit.h"

#include <stdio.h>
#include <string.h>

#define V1 "/?dialect=v1"

static int set_up(void **state)
{
    static struct guarded guarded;

    guarded_start(&guarded, NULL);
    *state = &guarded;

    return 0;
}

static int set_up_with_anonymous(void **state)
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

static void join(struct viewer *viewer, const char *room)
{
    char text[100];

    (void)snprintf(text, sizeof text, "{\"msg_type\":\"join\",\"room_id\":\"%s\",\"ack\":1}", room);
    viewer_say(viewer, text);
}

static void roles_may_send_what_the_table_of_kinds_says(void **state)
{
    static const struct {
        const char *message;
        const char *roles; /* who may, the first letter of each */
    } kinds[] = {
        {"{\"msg_type\":\"message\",\"content\":\"x\",\"ack\":7}", "vatb"},
        {"{\"msg_type\":\"like\",\"ack\":7}", "vatb"},
        {"{\"msg_type\":\"subscribe\",\"ack\":7}", "vatb"},
        {"{\"msg_type\":\"buy\",\"ack\":7}", "b"},
        {"{\"msg_type\":\"x_gift\",\"ack\":7}", "b"},
        {"{\"msg_type\":\"on_off_shelf\",\"goods_id\":\"g\",\"status\":\"on\",\"is_anchor\":true,"
         "\"ack\":7}",
         "ab"},
    };
    static const struct {
        const char *claims;
        char letter;
    } roles[] = {
        {"\"rooms\":[\"8\"]", 'v'},
        {"\"rooms\":[\"8\"],\"role\":\"viewer\"", 'v'},
        {"\"rooms\":[8],\"role\":\"anchor\"", 'a'},
        {"\"rooms\":[\"*\"],\"role\":\"admin\"", 't'},
        {"\"rooms\":[\"8\"],\"role\":\"backend\"", 'b'},
    };

    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        struct viewer *viewer = guarded_viewer(*state, V1, roles[i].claims);

        join(viewer, "8");
        (void)viewer_skip_to(viewer, "\"joined\"");
        for (size_t j = 0; j < sizeof kinds / sizeof kinds[0]; j++) {
            bool may = strchr(kinds[j].roles, roles[i].letter) != NULL;
            const char *answer;

            viewer_say(viewer, kinds[j].message);
            answer = viewer_skip_to(viewer, "\"ack\":7");
            assert_non_null(strstr(answer, may ? "\"msg_type\":\"ack\"" : "\"not_allowed\""));
        }
        viewer_free(viewer);
    }
}

static void a_token_opens_its_rooms_and_no_others(void **state)
{
    struct viewer *viewer = guarded_viewer(*state, V1, "\"rooms\":[\"8\"],\"role\":\"anchor\"");

    join(viewer, "9");
    viewer_expect(viewer, "\"not_allowed\"");
    join(viewer, "8");
    (void)viewer_skip_to(viewer, "\"joined\"");
    viewer_say(viewer, "{\"msg_type\":\"message\",\"room_id\":\"9\",\"content\":\"x\",\"ack\":2}");
    viewer_expect(viewer, "\"not_joined\"");

    viewer_free(viewer);
}

static void an_old_client_in_the_wrong_room_is_closed(void **state)
{
    struct viewer *by_address = guarded_viewer(*state, "/?room_id=9", "\"rooms\":[\"8\"]");
    struct viewer *by_join = guarded_viewer(*state, "/", "\"sub\":\"7\"");

    viewer_say(by_join, "{\"msg_type\":\"join\",\"room_id\":\"8\"}");

    assert_int_equal(viewer_read_close(by_address), CLOSE_NOT_ALLOWED);
    assert_int_equal(viewer_read_close(by_join), CLOSE_NOT_ALLOWED);
    viewer_free(by_address);
    viewer_free(by_join);
}

static void a_bad_token_is_refused_at_the_upgrade(void **state)
{
    struct guarded *g = *state;
    char target[4096];

    assert_int_equal(guarded_status(g, "/?token=", ""), 401);
    assert_int_equal(guarded_status(g, "/?access_token=a.b.c", ""), 401);
    assert_int_equal(guarded_status(g, "/", "Authorization: Bearer nonsense\r\n"), 401);
    (void)snprintf(target, sizeof target, "/?token=%s", guarded_token(g, "", -60));
    assert_int_equal(guarded_status(g, target, ""), 401);
    (void)snprintf(target, sizeof target, "/?token=%s", guarded_token(g, "", 60));
    assert_int_equal(guarded_status(g, target, ""), 101);

    assert_int_equal(site_metric(&g->site, METRIC_TOKENS_REFUSED, TOKEN_MALFORMED), 3);
    assert_int_equal(site_metric(&g->site, METRIC_TOKENS_REFUSED, TOKEN_EXPIRED), 1);
    assert_int_equal(
        site_metric(&g->site, METRIC_UPGRADES_REFUSED, metrics_code(METRIC_UPGRADES_REFUSED, 401)),
        4);
}

static void what_is_said_cannot_change_who_it_is(void **state)
{
    struct viewer *ann =
        guarded_viewer(*state, V1, "\"rooms\":[\"*\"],\"sub\":\"7\",\"name\":\"Ann\"");
    struct viewer *shop = guarded_viewer(*state, V1, "\"rooms\":[\"*\"],\"role\":\"backend\"");
    const char *seen;

    viewer_say(ann, "{\"msg_type\":\"join\",\"room_id\":\"8\",\"from_uid\":\"1\","
                    "\"from_name\":\"Boss\"}");
    (void)viewer_skip_to(ann, "\"joined\"");
    viewer_say(ann, "{\"msg_type\":\"message\",\"content\":\"x\",\"from_uid\":1,\"id\":\"i\","
                    "\"from_name\":\"Boss\"}");
    seen = viewer_skip_to(ann, "\"content\":\"x\"");

    assert_non_null(strstr(seen, "\"id\":\"u.7.i\""));
    assert_non_null(strstr(seen, "\"from_uid\":\"7\",\"from_name\":\"Ann\""));
    assert_null(strstr(seen, "Boss"));

    viewer_say(ann, "{\"msg_type\":\"message\",\"content\":\"y\",\"from_uid\":7}");
    seen = viewer_skip_to(ann, "\"content\":\"y\"");
    assert_non_null(strstr(seen, "\"from_uid\":7")); /* the same, as it came */

    join(shop, "8"); /* a backend speaks for others */
    (void)viewer_skip_to(shop, "\"joined\"");
    viewer_say(shop, "{\"msg_type\":\"buy\",\"from_uid\":\"1\",\"from_name\":\"Boss\"}");
    assert_non_null(strstr(viewer_skip_to(ann, "\"buy\""), "\"from_name\":\"Boss\""));
    viewer_free(ann);
    viewer_free(shop);
}

static void who_enters_by_its_address_is_who_its_token_says(void **state)
{
    struct viewer *bob = guarded_viewer(*state, "/?room_id=8&from_uid=1",
                                        "\"rooms\":[\"8\"],\"sub\":\"7\",\"name\":\"B\\u006fb\"");
    const char *answer = viewer_skip_to(bob, "\"message_list\":[");

    assert_non_null(strstr(answer, "\"from_uid\":\"7\""));
    assert_non_null(strstr(answer, "\"from_name\":\"B\\u006fb\""));
    viewer_free(bob);
}

static void a_token_without_a_sub_gives_nobody_a_uid(void **state)
{
    struct viewer *viewer = guarded_viewer(*state, V1, "\"rooms\":[\"8\"]");
    const char *seen;

    viewer_say(viewer, "{\"msg_type\":\"join\",\"room_id\":\"8\",\"from_uid\":\"1\"}");
    (void)viewer_skip_to(viewer, "\"joined\"");
    viewer_say(viewer, "{\"msg_type\":\"message\",\"content\":\"x\",\"from_uid\":\"1\","
                       "\"from_name\":\"Ann\"}");
    seen = viewer_skip_to(viewer, "\"content\":\"x\"");

    assert_null(strstr(seen, "from_uid"));
    assert_non_null(strstr(seen, "\"from_name\":\"Ann\""));
    viewer_free(viewer);
}

static void who_has_no_token_watches_if_it_may(void **state)
{
    struct guarded *g = *state;
    struct viewer *viewer = viewer_open(&g->site, V1);

    viewer_say(viewer, "{\"msg_type\":\"join\",\"room_id\":\"8\",\"from_uid\":\"1\"}");
    assert_null(strstr(viewer_skip_to(viewer, "\"joined\""), "from_uid"));
    viewer_say(viewer, "{\"msg_type\":\"like\",\"ack\":2}");
    viewer_expect(viewer, "\"not_allowed\"");
    guarded_advance(g, 3600);
    site_publish(&g->site, "8", "{\"msg_type\":\"message\",\"content\":\"still here\"}");
    viewer_expect(viewer, "still here");

    assert_int_equal(guarded_status(g, "/?token=", ""), 401); /* not a lesser right instead */
    viewer_free(viewer);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(roles_may_send_what_the_table_of_kinds_says),
        TEST(a_token_opens_its_rooms_and_no_others),
        TEST(an_old_client_in_the_wrong_room_is_closed),
        TEST(a_bad_token_is_refused_at_the_upgrade),
        TEST(what_is_said_cannot_change_who_it_is),
        TEST(who_enters_by_its_address_is_who_its_token_says),
        TEST(a_token_without_a_sub_gives_nobody_a_uid),
        cmocka_unit_test_setup_teardown(who_has_no_token_watches_if_it_may, set_up_with_anonymous,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
