/* What a client says becomes a message of its room: its own bytes, with who it is, without what is
 * nobody's business. */
#include "gateway/client_message.h"

#include "tests/gateway/site.h"
#include "tests/support/unit.h"

#include <stdio.h>
#include <string.h>

/* What a viewer without a name of its own sees of what Ann says. */
static const char *seen_of(struct site *site, struct viewer **ann, struct viewer **bob,
                           const char *said)
{
    *bob = viewer_join(site, "r", NULL);
    *ann = viewer_join(site, "r", "ann");
    viewer_expect(*bob, "\"join\"");
    viewer_say(*ann, said);

    return viewer_read(*bob);
}

static void leave(struct viewer *ann, struct viewer *bob)
{
    viewer_free(ann);
    viewer_free(bob);
}

static void what_names_its_speaker_goes_on_as_it_came(void **state)
{
    struct viewer *ann, *bob;
    const char *seen = seen_of(*state, &ann, &bob,
                               "{ \"msg_type\":\"message\", \"content\":\"a\\u0062\",\"x\":99.00,"
                               "\"none\":[],\"from_uid\":5,\"from_name\":\"A\" }");

    assert_string_equal(seen, "{\"msg_type\":\"message\", \"content\":\"a\\u0062\",\"x\":99.00,"
                              "\"none\":[],\"from_uid\":5,\"from_name\":\"A\"}");
    leave(ann, bob);
}

static void who_does_not_say_its_name_has_that_of_its_join(void **state)
{
    struct viewer *ann, *bob;
    const char *seen = seen_of(
        *state, &ann, &bob,
        "{\"msg_type\":\"message\",\"from_uid\":null,\"content\":\"x\",\"from_name\":\"\"}");

    assert_string_equal(seen, "{\"msg_type\":\"message\",\"content\":\"x\",\"from_uid\":\"ann\","
                              "\"from_name\":\"ann\"}");
    leave(ann, bob);
}

static void what_is_nobodys_business_is_left_out(void **state)
{
    struct viewer *ann, *bob;
    const char *seen = seen_of(*state, &ann, &bob,
                               "{\"client_id\":\"c\",\"msg_type\":\"message\",\"token\":\"t\","
                               "\"content\":\"x\",\"seq\":1,\"term\":2,\"ts\":3,\"ack\":4,"
                               "\"from_uid\":1,\"from_name\":\"A\"}");

    assert_string_equal(
        seen, "{\"msg_type\":\"message\",\"content\":\"x\",\"from_uid\":1,\"from_name\":\"A\"}");
    leave(ann, bob);
}

static void the_sender_sees_its_message_too(void **state)
{
    struct viewer *ann, *bob;

    (void)seen_of(*state, &ann, &bob, "{\"msg_type\":\"message\",\"content\":\"mine\"}");

    viewer_expect(ann, "mine");
    leave(ann, bob);
}

static void an_id_said_twice_is_one_message_and_nobody_elses(void **state)
{
    struct site *site = *state;
    struct viewer *ann, *bob;
    const char *said = "{\"msg_type\":\"message\",\"id\":\"i1\",\"content\":\"first\"}";

    (void)seen_of(site, &ann, &bob, said);
    viewer_say(ann, said);
    viewer_say(bob, said);
    viewer_expect(bob, "first"); /* its own */
    site_publish(site, "r", "{\"msg_type\":\"message\",\"id\":\"i1\",\"content\":\"backend\"}");

    viewer_expect(bob, "backend");
    leave(ann, bob);
}

static void an_odd_uid_makes_no_bad_id(void **state)
{
    struct viewer *ann, *bob;
    const char *seen = seen_of(*state, &ann, &bob,
                               "{\"msg_type\":\"message\",\"id\":7,\"content\":\"x\","
                               "\"from_uid\":\"a:b \\u0000\xe5\xa5\xbd\",\"from_name\":\"A\"}");

    assert_non_null(strstr(seen, "\"content\":\"x\""));
    leave(ann, bob);
}

static void what_cannot_be_published_is_counted_by_kind_and_nothing_else(void **state)
{
    static const struct {
        const char *said;
        enum drop_reason drop;
        enum message_kind kind;
    } cases[] = {
        {"{\"msg_type\":\"message\"}", DROP_MALFORMED, KIND_CHAT},
        {"{\"msg_type\":\"message\",\"content\":{}}", DROP_MALFORMED, KIND_CHAT},
        {"{\"msg_type\":\"nothing\"}", DROP_MALFORMED, KIND_UNKNOWN},
        {"{\"msg_type\":\"like\",\"count\":0}", DROP_MALFORMED, KIND_LIKE},
        {"{\"msg_type\":\"like\",\"count\":101}", DROP_MALFORMED, KIND_LIKE},
        {"{\"msg_type\":\"message\",\"room_id\":\"other\",\"content\":\"x\"}", DROP_NOT_JOINED,
         KIND_CHAT},
        {"{\"msg_type\":\"message\",\"room_id\":\"*\",\"content\":\"x\"}", DROP_MALFORMED,
         KIND_CHAT},
        {"{\"msg_type\":\"leave\",\"room_id\":\"other\"}", DROP_NOT_JOINED, KIND_LEAVE},
        {"{\"msg_type\":\"join\",\"room_id\":\"*\"}", DROP_MALFORMED, KIND_JOIN},
        {"{\"key\":\"value\"}", DROP_UNKNOWN, KIND_UNKNOWN},
    };
    struct site *site = *state;
    struct viewer *ann = viewer_join(site, "r", "ann");

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t before = site_drops(site, cases[i].drop, cases[i].kind);

        viewer_say(ann, cases[i].said);
        viewer_say(ann, "{\"msg_type\":\"ping\"}");
        viewer_expect(ann, "pong");
        assert_int_equal(site_drops(site, cases[i].drop, cases[i].kind), before + 1);
    }

    viewer_free(ann);
}

static void who_is_in_no_room_says_nothing(void **state)
{
    struct site *site = *state;
    struct viewer *ann = viewer_greeted(site);

    viewer_say(ann, "{\"msg_type\":\"message\",\"room_id\":\"r\",\"content\":\"x\"}");
    viewer_say(ann, "{\"data\":\"x\"}");
    viewer_say(ann, "{\"msg_type\":\"like\"}");
    viewer_say(ann, "{\"msg_type\":\"ping\"}");

    viewer_expect(ann, "pong");
    assert_int_equal(site_drops(site, DROP_NOT_JOINED, KIND_CHAT), 2);
    assert_int_equal(site_drops(site, DROP_NOT_JOINED, KIND_LIKE), 1);
    viewer_free(ann);
}

static void where_clients_may_only_watch_they_may_still_ping_and_join(void **state)
{
    struct viewer *ann;
    struct site site;

    (void)state;
    site_start(&site, &(struct site_settings){.watch_only = true});
    ann = viewer_join(&site, "r", "ann");

    viewer_say(ann, "{\"msg_type\":\"message\",\"content\":\"x\"}");
    viewer_say(ann, "{\"msg_type\":\"like\"}");
    viewer_say(ann, "{\"data\":\"x\"}");
    viewer_say(ann, "{\"msg_type\":\"ping\"}");

    viewer_expect(ann, "pong");
    assert_int_equal(site_drops(&site, DROP_NOT_ALLOWED, KIND_CHAT), 2);
    assert_int_equal(site_drops(&site, DROP_NOT_ALLOWED, KIND_LIKE), 1);
    viewer_expect_silence(ann);
    viewer_free(ann);
    site_stop(&site);
}

static void likes_come_as_one_sum(void **state)
{
    struct site *site = *state;
    struct viewer *ann = viewer_join(site, "r", "ann");
    const char *seen;

    for (int i = 0; i < 50; i++)
        viewer_say(ann, "{\"msg_type\":\"like\",\"count\":2}");

    do
        seen = viewer_read(ann);
    while (seen && !strstr(seen, "\"like_num\":100,"));
    assert_non_null(seen);
    viewer_free(ann);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SITE_TEST(what_names_its_speaker_goes_on_as_it_came),
        SITE_TEST(who_does_not_say_its_name_has_that_of_its_join),
        SITE_TEST(what_is_nobodys_business_is_left_out),
        SITE_TEST(the_sender_sees_its_message_too),
        SITE_TEST(an_id_said_twice_is_one_message_and_nobody_elses),
        SITE_TEST(an_odd_uid_makes_no_bad_id),
        SITE_TEST(what_cannot_be_published_is_counted_by_kind_and_nothing_else),
        SITE_TEST(who_is_in_no_room_says_nothing),
        SITE_TEST(where_clients_may_only_watch_they_may_still_ping_and_join),
        SITE_TEST(likes_come_as_one_sum),
    };

    return cmocka_run_group_tests_name("client_message", tests, NULL, NULL);
}
