/* What is shown of a room in v1 is written once for all who are shown the same. */
#include "gateway/v1_tail.h"

#include "gateway/membership.h"
#include "tests/gateway/site.h"
#include "tests/support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHAT(text) "{\"msg_type\":\"message\",\"content\":\"" text "\"}"

struct scene {
    struct site *site;
    struct viewer *stays;
    const struct hub_room *room;
    unsigned long long term;
};

/* A room with three messages, and somebody in it. */
static struct scene begin(struct site *site)
{
    struct scene s = {.site = site, .stays = viewer_open(site, "/?dialect=v1&room_id=r")};

    viewer_expect(s.stays, "\"joined\"");
    s.room = session_membership(site_newest(site))->room;
    site_publish(site, "r", CHAT("one"));
    site_publish(site, "r", CHAT("two"));
    site_publish(site, "r", CHAT("three"));
    s.term = strtoull(strstr(viewer_read(s.stays), "\"term\":") + strlen("\"term\":"), NULL, 10);

    return s;
}

/* What one who comes back with all up to `seq` is shown, its `joined` apart. */
static const struct bytes *shown_from(const struct scene *s, int seq, const char *last)
{
    struct viewer *viewer = viewer_open(s->site, "/?dialect=v1");
    char text[120];

    (void)snprintf(text, sizeof text,
                   "{\"msg_type\":\"join\",\"room_id\":\"r\",\"term\":%llu,\"seq\":%d}", s->term,
                   seq);
    viewer_say(viewer, text);

    (void)snprintf(text, sizeof text, "\"content\":\"%s\"}]}", last);
    viewer_expect(viewer, text);
    viewer_free(viewer);
    site_settle(s->site);

    return s->room->tails[0].part.bytes;
}

static void who_comes_back_is_shown_the_room_as_it_left_it(void **state)
{
    const struct scene s = begin(*state);

    (void)shown_from(&s, 1, "one");
    (void)shown_from(&s, 2, "two");
    (void)shown_from(&s, 1, "one");
    (void)shown_from(&s, 3, "three");

    viewer_free(s.stays);
}

static void those_who_come_back_to_one_place_share_what_they_are_shown(void **state)
{
    const struct scene s = begin(*state);
    const struct bytes *first = shown_from(&s, 2, "two");

    assert_non_null(first);
    assert_ptr_equal(shown_from(&s, 2, "two"), first);
    (void)shown_from(&s, 3, "three"); /* all there is is another one */
    assert_ptr_equal(shown_from(&s, 2, "two"), first);

    viewer_free(s.stays);
}

static void what_has_changed_since_is_written_anew(void **state)
{
    const struct scene s = begin(*state);
    uint64_t version;

    (void)shown_from(&s, 2, "two");
    version = s.room->tails[0].part.chat_version;
    site_publish(s.site, "r", CHAT("four"));
    (void)shown_from(&s, 2, "two");

    assert_int_not_equal(s.room->tails[0].part.chat_version, version);
    viewer_free(s.stays);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SITE_TEST(who_comes_back_is_shown_the_room_as_it_left_it),
        SITE_TEST(those_who_come_back_to_one_place_share_what_they_are_shown),
        SITE_TEST(what_has_changed_since_is_written_anew),
    };

    return cmocka_run_group_tests_name("v1_tail", tests, NULL, NULL);
}
