/* What is made of each entry that arrives in an open room. */
#include "relay/intake.h"

#include "base/metrics.h"
#include "relay/snapshot.h"
#include "tests/relay/scene.h"
#include "tests/support/failing_malloc.h"

#include <stdio.h>

#define HI "{\"msg_type\":\"message\",\"content\":\"hi\"}"

static void messages_are_handed_on_in_order(void **state)
{
    struct scene *scene = *state;

    scene_open_empty(scene);

    scene_arrive(scene, "7:1:1:a::::" HI);
    scene_arrive(scene, "7:2:1:b::::{\"msg_type\":\"buy\"}");
    scene_arrive(scene,
                 "7:3:1:c::::{\"msg_type\":\"on_off_shelf\",\"goods_id\":1,\"status\":\"on\"}");
    scene_arrive(scene, "7:4:1:d::::{\"msg_type\":\"x_gift\"}");

    ASSERT_TOLD(scene, "message a; buy b; on_off_shelf c; x_* d; ");
}

static void duplicates_are_dropped(void **state)
{
    struct scene *scene = *state;

    scene_open_empty(scene);

    scene_arrive(scene, "7:1:1:a::::" HI);
    scene_arrive(scene, "7:2:1:b::::" HI);
    scene_arrive(scene, "7:1:1:a::::" HI);
    scene_arrive(scene, "7:2:1:b::::" HI);

    ASSERT_TOLD(scene, "message a; message b; ");
    assert_int_equal(snapshot_chat_count(relay_snapshot(scene->room)), 2);
    assert_int_equal(scene_metric(scene, METRIC_SEQUENCED, 1), 2);
}

static void gaps_and_other_terms_wait_and_are_counted(void **state)
{
    struct scene *scene = *state;

    scene_open_empty(scene);

    scene_arrive(scene, "7:1:1:a::::" HI);
    scene_arrive(scene, "7:4:1:d::::" HI);
    scene_arrive(scene, "8:2:1:e::::" HI);
    scene_arrive(scene, "6:9:1:f::::" HI);

    ASSERT_TOLD(scene, "message a; ");
    assert_int_equal(scene_metric(scene, METRIC_SEQUENCED, 0), 1);
    for (unsigned order = 2; order <= 4; order++)
        assert_int_equal(scene_metric(scene, METRIC_SEQUENCED, order), 1);
}

static void a_recall_comes_in_its_turn(void **state)
{
    struct scene *scene = *state;

    scene_open_empty(scene);

    scene_arrive(scene, "7:1:1:a::::" HI);
    scene_arrive(scene, "7:2:1:b::::" HI);
    scene_arrive(scene, "7:3:1:::::{\"msg_type\":\"recall\",\"id\":\"a\"}");

    ASSERT_TOLD(scene, "message a; message b; recall ; ");
    assert_int_equal(snapshot_chat_count(relay_snapshot(scene->room)), 1);
}

static void nobody_can_recall_by_plain_publish(void **state)
{
    struct scene *scene = *state;

    scene_open_empty(scene);

    scene_arrive(scene, "7:1:1:a::::" HI);
    scene_arrive(scene, "{\"msg_type\":\"recall\",\"id\":\"a\"}");

    ASSERT_TOLD(scene, "message a; ");
    assert_int_equal(scene_metric(scene, METRIC_ENTRIES_SKIPPED, 0), 1);
    assert_int_equal(snapshot_chat_count(relay_snapshot(scene->room)), 1);
}

static void an_unreadable_entry_takes_its_place_and_is_skipped(void **state)
{
    struct scene *scene = *state;

    scene_open_empty(scene);

    scene_arrive(scene, "7:1:1:a::::" HI);
    scene_arrive(scene, "7:2:1:b::::{\"msg_type\":\"message\"}");
    scene_arrive(scene, "7:3:1:c::::\x81nonsense");
    scene_arrive(scene, "7:4:1:d::::{\"msg_type\":\"buy\",\"room_id\":\"another\"}");
    scene_arrive(scene, "nonsense");
    scene_arrive(scene, "7:5:1:e::::" HI);

    ASSERT_TOLD(scene, "message a; message e; ");
    assert_int_equal(scene_metric(scene, METRIC_SEQUENCED, 0), 5);
    assert_int_equal(scene_metric(scene, METRIC_ENTRIES_SKIPPED, 0), 4);
}

/* An entry whose payload has so many bytes; valid until the next one. */
static const char *filled(const char *head, const char *start, size_t size)
{
    static char text[256 * 1024];
    int at = snprintf(text, sizeof text, "%s%s,\"fill\":\"", head, start);
    size_t end = strlen(head) + size;

    assert_true(end < sizeof text && (size_t)at + 2 <= end);
    memset(text + at, 'a', end - (size_t)at);
    memcpy(text + end - 2, "\"}", sizeof "\"}");

    return text;
}

static void an_entry_that_is_too_big_takes_its_place_and_is_skipped(void **state)
{
    static const char start[] = "{\"msg_type\":\"x_gift\"";
    struct scene *scene = *state;

    scene_open_empty(scene);

    scene_arrive(scene, filled("7:1:1:a::::", start, MESSAGE_MAX_BYTES));
    scene_arrive(scene, filled("7:2:1:b::::", start, MESSAGE_MAX_BYTES + 1));
    scene_arrive(scene, filled("", start, 200 * 1024));
    scene_arrive(scene, filled("", start, MESSAGE_MAX_BYTES + 1));
    scene_arrive(scene, filled("", start, MESSAGE_MAX_BYTES));
    scene_arrive(scene, "7:3:1:c::::" HI);

    ASSERT_TOLD(scene, "x_* a; x_* ; message c; ");
    assert_int_equal(scene_metric(scene, METRIC_ENTRIES_SKIPPED, 0), 3);
}

/* A client's largest join, and what its gateway knows of it besides. */
static void what_a_census_announces_may_be_bigger(void **state)
{
    static const char start[] = "{\"msg_type\":\"join\"";
    struct scene *scene = *state;

    scene_open_empty(scene);

    scene_arrive(scene, filled("::1::3:eu/b/5:x:", start, MESSAGE_MAX_BYTES + 1000));
    scene_arrive(scene, filled("::1::3:eu/b/5:x:", start, 200 * 1024));

    ASSERT_TOLD(scene, "join 3; ");
    assert_int_equal(scene_metric(scene, METRIC_ENTRIES_SKIPPED, 0), 1);
}

static void what_came_by_plain_publish_is_handed_on_and_changes_nothing(void **state)
{
    struct scene *scene = *state;

    scene_open(scene);
    scene_answer_snapshot(scene, &(struct broker_snapshot){
                                     .position = {7, 9}, .likes = 20, .follows = 4, .online = 3});
    ASSERT_TOLD(scene, "snapshot; ");

    scene_arrive(scene, HI);
    scene_arrive(scene, "{\"msg_type\":\"on_off_shelf\",\"goods_id\":1,\"status\":\"on\"}");
    scene_arrive(scene, "{\"msg_type\":\"subscribe\"}");
    scene_arrive(scene, "{\"msg_type\":\"join\"}");
    scene_arrive(scene, "{\"msg_type\":\"like\",\"count\":2}");

    ASSERT_TOLD(scene, "message ; on_off_shelf ; subscribe 4; join 3; like 20 +2; ");
    assert_int_equal(snapshot_position(relay_snapshot(scene->room)).seq, 9);
    assert_int_equal(snapshot_chat_count(relay_snapshot(scene->room)), 0);
    assert_int_equal(snapshot_shelf_count(relay_snapshot(scene->room)), 0);
}

static void totals_come_with_the_entries(void **state)
{
    struct scene *scene = *state;

    scene_open_empty(scene);

    scene_arrive(scene, "7:1:1:a:5:::{\"msg_type\":\"subscribe\"}");
    scene_arrive(scene, "::1::31:::{\"msg_type\":\"join\"}");
    scene_arrive(scene, "::1::30:::{\"msg_type\":\"leave\"}");
    scene_arrive(scene, "{\"msg_type\":\"subscribe\"}");
    scene_arrive(scene, "{\"msg_type\":\"leave\"}");

    ASSERT_TOLD(scene, "subscribe 5; join 31; leave 30; subscribe 5; leave 30; ");
    assert_int_equal(relay_online(scene->room), 30);
}

static void the_sender_is_named_if_it_is_ours(void **state)
{
    struct scene *scene = *state;

    scene_open_empty(scene);

    scene_arrive(scene, "7:1:1:a::local/a/17::" HI);
    scene_arrive(scene, "7:2:1:b::local/b/17::" HI);
    scene_arrive(scene, "7:3:1:c::other/a/17::" HI);

    ASSERT_TOLD(scene, "message a from 17; message b; message c; ");
}

static void msgpack_arrives_as_json(void **state)
{
    struct scene *scene = *state;

    scene_open_empty(scene);

    scene_arrive(scene, "7:1:1:a::::\x82\xa8msg_type\xa7message\xa7"
                        "content\xa2hi");
    scene_arrive(scene, "\x81\xa8msg_type\xa3"
                        "buy");

    ASSERT_TOLD(scene, "message a; buy ; ");
}

static void likes_are_summed_over_a_tick(void **state)
{
    struct scene *scene = *state;

    scene_open_empty(scene);

    scene_arrive(scene, "::1::1:::{\"msg_type\":\"like\"}");
    scene_arrive(scene, "::1::100003::s:{\"msg_type\":\"like\",\"count\":100002}");
    scene_arrive(scene, "{\"msg_type\":\"like\",\"count\":3}");
    ASSERT_TOLD(scene, "like 1 +1; ");

    scene_pass(scene, SCENE_TICK_MS);

    ASSERT_TOLD(scene, "like 100003 +100005; ");
    assert_int_equal(snapshot_likes(relay_snapshot(scene->room)), 100003);
}

static void taps_are_published_as_one_like_a_tick(void **state)
{
    struct scene *scene = *state;
    const struct scripted_request *request;

    scene_open_empty(scene);

    relay_like(scene->room, 1);
    request = scripted_first(scene->broker);
    assert_string_equal(request->message, "{\"msg_type\":\"like\",\"count\":1}");
    assert_int_equal(request->flags, ENTRY_SUMMED);
    relay_like(scene->room, 40);
    relay_like(scene->room, 2);
    scripted_published(scene->broker, scripted_first(scene->broker));
    scene_pass(scene, SCENE_TICK_MS);

    assert_string_equal(scripted_first(scene->broker)->message,
                        "{\"msg_type\":\"like\",\"count\":42}");
    scripted_published(scene->broker, scripted_first(scene->broker));
}

static void taps_wait_for_the_broker_even_if_the_room_is_closed(void **state)
{
    struct scene *scene = *state;

    scene_open_empty(scene);
    scripted_state(scene->broker, BROKER_DOWN);
    relay_like(scene->room, 5);
    scene_close(scene);
    scene_pass(scene, 10 * SCENE_TICK_MS);
    assert_int_equal(scripted_waiting(scene->broker), 0);

    scripted_state(scene->broker, BROKER_UP);
    scene_pass(scene, SCENE_TICK_MS);

    assert_string_equal(scripted_first(scene->broker)->message,
                        "{\"msg_type\":\"like\",\"count\":5}");
    scripted_published(scene->broker, scripted_first(scene->broker));
    scene_turn(scene);
    assert_int_equal(scene_metric(scene, METRIC_LIKES_LOST, 0), 0);
}

static void lost_taps_are_counted(void **state)
{
    struct scene *scene = *state;

    scene_open_empty(scene);

    relay_like(scene->room, 5);
    scripted_refuse(scene->broker, scripted_first(scene->broker), REFUSAL_TIMEOUT);

    assert_int_equal(scene_metric(scene, METRIC_LIKES_LOST, 0), 5);
}

static void a_message_without_memory_for_its_json_is_read_from_history(void **state)
{
    struct scene *scene = *state;

    scene_open_empty(scene);

    fail_malloc_after(0);
    scene_arrive(scene, "7:1:1:a::::\x82\xa8msg_type\xa7message\xa7"
                        "content\xa2hi");
    fail_malloc_never();

    ASSERT_TOLD(scene, "");
    scene_pass(scene, SCENE_BACKOFF_MS);
    assert_non_null(scripted_oldest(scene->broker, SCRIPTED_HISTORY));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(messages_are_handed_on_in_order),
        SCENE_TEST(duplicates_are_dropped),
        SCENE_TEST(gaps_and_other_terms_wait_and_are_counted),
        SCENE_TEST(a_recall_comes_in_its_turn),
        SCENE_TEST(nobody_can_recall_by_plain_publish),
        SCENE_TEST(an_unreadable_entry_takes_its_place_and_is_skipped),
        SCENE_TEST(an_entry_that_is_too_big_takes_its_place_and_is_skipped),
        SCENE_TEST(what_a_census_announces_may_be_bigger),
        SCENE_TEST(what_came_by_plain_publish_is_handed_on_and_changes_nothing),
        SCENE_TEST(totals_come_with_the_entries),
        SCENE_TEST(the_sender_is_named_if_it_is_ours),
        SCENE_TEST(msgpack_arrives_as_json),
        SCENE_TEST(likes_are_summed_over_a_tick),
        SCENE_TEST(taps_are_published_as_one_like_a_tick),
        SCENE_TEST(taps_wait_for_the_broker_even_if_the_room_is_closed),
        SCENE_TEST(lost_taps_are_counted),
        SCENE_TEST(a_message_without_memory_for_its_json_is_read_from_history),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
