/* A turn in slow mode is spent on what the room gets to see, and on nothing else. */
#include "gateway/turn.h"

#include "base/clock.h"
#include "gateway/hub.h"
#include "tests/gateway/site.h"
#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

#include <stdio.h>

#define SHELF_ITEM "{\"msg_type\":\"on_off_shelf\",\"goods_id\":\"g%d\",\"status\":\"on\"}"
#define ONE_TOO_MANY "\"msg_type\":\"on_off_shelf\",\"goods_id\":\"new\",\"status\":\"on\"}"

enum { SHELF_HOLDS = 500 };

static void on_moderated(void *arg, const struct broker_status *status, bool changed)
{
    assert_true(status->refusal == REFUSAL_NONE && changed);
    *(bool *)arg = true;
}

static void begin_slow_mode(struct site *site)
{
    const struct broker_moderate slow = {.room = span_of("r"),
                                         .verb = MODERATE_SETTINGS,
                                         .muted = BROKER_UNCHANGED,
                                         .slow_mode_s = 3600};
    bool done = false;

    relay_moderate(site->relay, &slow, on_moderated, &done);
    while (!done)
        site_step(site);
}

/* What comes now is refused by the broker. */
static void fill_shelf(struct site *site)
{
    char item[sizeof SHELF_ITEM + 16];

    for (int i = 0; i < SHELF_HOLDS; i++) {
        (void)snprintf(item, sizeof item, SHELF_ITEM, i);
        site_publish(site, "r", item);
    }
}

static struct viewer *speaker(struct site *site)
{
    struct viewer *ann = viewer_open(site, "/?dialect=v1&room_id=r&from_uid=ann");

    viewer_skip_to(ann, "\"joined\"");
    begin_slow_mode(site);
    viewer_skip_to(ann, "\"slow_mode_s\":3600");

    return ann;
}

static void what_is_published_costs_the_turn(void **state)
{
    struct viewer *ann = speaker(*state);

    viewer_say(ann, "{\"ack\":1,\"msg_type\":\"message\",\"content\":\"one\"}");
    viewer_skip_to(ann, "\"msg_type\":\"ack\",\"ack\":1");
    viewer_say(ann, "{\"ack\":2,\"msg_type\":\"message\",\"content\":\"two\"}");

    viewer_skip_to(ann, "\"ack\":2,\"code\":\"slow_mode\"");
    viewer_free(ann);
}

static void what_the_broker_refuses_costs_none(void **state)
{
    struct site *site = *state;
    struct viewer *ann = speaker(site);

    fill_shelf(site);
    viewer_say(ann, "{\"ack\":1," ONE_TOO_MANY);
    viewer_skip_to(ann, "\"ack\":1,\"code\":\"shelf_full\"");
    viewer_say(ann, "{\"ack\":2,\"msg_type\":\"message\",\"content\":\"two\"}");

    viewer_skip_to(ann, "\"msg_type\":\"ack\",\"ack\":2");
    viewer_free(ann);
}

static void nor_does_it_for_who_is_not_told_of_it(void **state)
{
    struct site *site = *state;
    struct viewer *ann = speaker(site), *bob;

    fill_shelf(site);
    bob = viewer_join(site, "r", "bob");
    viewer_say(bob, "{" ONE_TOO_MANY);
    while (site_drops(site, DROP_MALFORMED, KIND_SHELF) == 0)
        site_step(site);
    viewer_say(bob, "{\"msg_type\":\"message\",\"content\":\"said\"}");

    viewer_skip_to(ann, "\"said\"");
    viewer_free(bob);
    viewer_free(ann);
}

static void what_is_left_out_for_the_budget_of_its_room_costs_none(void **state)
{
    struct site *site = *state;
    struct viewer *ann = speaker(site);

    site->hub->settings.admit.room_budget = (struct bucket_rate){.per_minute = 1, .burst_ms = 1000};
    while (bucket_take(&session_membership(site_newest(site))->room->budget,
                       &site->hub->settings.admit.room_budget, clock_now()))
        ;
    viewer_say(ann, "{\"ack\":1,\"msg_type\":\"message\",\"content\":\"one\"}");
    viewer_skip_to(ann, "\"dropped\":true");
    site->hub->settings.admit.room_budget = (struct bucket_rate){.per_minute = 0};
    viewer_say(ann, "{\"ack\":2,\"msg_type\":\"message\",\"content\":\"two\"}");

    viewer_skip_to(ann, "\"msg_type\":\"ack\",\"ack\":2");
    viewer_free(ann);
}

static void who_has_left_the_room_by_then_has_nothing_to_get_back(void **state)
{
    struct site *site = *state;
    struct viewer *ann = speaker(site);

    fill_shelf(site);
    viewer_say(ann, "{\"ack\":1," ONE_TOO_MANY);
    viewer_say(ann, "{\"ack\":2,\"msg_type\":\"leave\"}");

    viewer_skip_to(ann, "\"code\":\"shelf_full\"");
    viewer_free(ann);
}

static void without_memory_it_is_spent_in_any_case(void **state)
{
    struct site *site = *state;
    struct viewer *ann = speaker(site);
    const struct membership *membership = session_membership(site_newest(site));

    fail_malloc_after(0);
    assert_null(turn_new(membership, NULL, NULL));
    fail_malloc_never();

    viewer_free(ann);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SITE_TEST(what_is_published_costs_the_turn),
        SITE_TEST(what_the_broker_refuses_costs_none),
        SITE_TEST(nor_does_it_for_who_is_not_told_of_it),
        SITE_TEST(what_is_left_out_for_the_budget_of_its_room_costs_none),
        SITE_TEST(without_memory_it_is_spent_in_any_case),
        SITE_TEST(who_has_left_the_room_by_then_has_nothing_to_get_back),
    };

    return cmocka_run_group_tests_name("turn", tests, NULL, NULL);
}
