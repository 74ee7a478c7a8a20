/* How a room gets what was lost on the way. */
#include "relay/repair.h"

#include "base/metrics.h"
#include "tests/relay/scene.h"

#include <stdio.h>

/* ---- gaps ---- */

static void what_is_missing_is_read_once_and_told_in_order(void **state)
{
    struct scene *scene = *state;

    scene_open_at(scene, 7, 1);
    scene_arrive(scene, GIFT(7, 4, "d"));
    scene_arrive(scene, GIFT(7, 5, "e"));
    ASSERT_TOLD(scene, "");
    assert_int_equal(scene_asked_after(scene), 1);
    assert_int_equal(scripted_waiting(scene->broker), 1);
    assert_true(scene_metric(scene, METRIC_HELD_BYTES, 0) > 0);

    scene_answer_history(
        scene, (struct position){7, 5}, true,
        ENTRIES(GIFT(7, 2, "b"), GIFT(7, 3, "c"), GIFT(7, 4, "d"), GIFT(7, 5, "e")));

    ASSERT_TOLD(scene, "x_* b; x_* c; x_* d; x_* e; ");
    assert_int_equal(scripted_waiting(scene->broker), 0);
    assert_int_equal(scene_metric(scene, METRIC_HELD_BYTES, 0), 0);
    assert_int_equal(scene_metric(scene, METRIC_REPAIRED, 0), 4);
    assert_int_equal(scene_metric(scene, METRIC_HISTORY_READS, 0), 1);
}

static void what_has_no_position_is_told_at_once(void **state)
{
    struct scene *scene = *state;

    scene_open_at(scene, 7, 1);
    scene_arrive(scene, GIFT(7, 4, "d"));
    scene_arrive(scene, "{\"msg_type\":\"buy\"}");

    ASSERT_TOLD(scene, "buy ; ");
}

static void the_one_that_was_missing_may_come_late(void **state)
{
    struct scene *scene = *state;

    scene_open_at(scene, 7, 1);
    scene_arrive(scene, GIFT(7, 3, "c"));
    scene_arrive(scene, GIFT(7, 2, "b"));
    scene_answer_history(scene, (struct position){7, 3}, true,
                         ENTRIES(GIFT(7, 2, "b"), GIFT(7, 3, "c")));
    scene_arrive(scene, GIFT(7, 4, "d"));

    ASSERT_TOLD(scene, "x_* b; x_* c; x_* d; ");
}

static void a_gap_that_comes_after_the_question_is_asked_for_again(void **state)
{
    struct scene *scene = *state;

    scene_open_at(scene, 7, 1);
    scene_arrive(scene, GIFT(7, 3, "c"));
    scene_arrive(scene, GIFT(7, 5, "e"));
    scene_answer_history(scene, (struct position){7, 3}, true,
                         ENTRIES(GIFT(7, 2, "b"), GIFT(7, 3, "c")));
    ASSERT_TOLD(scene, "x_* b; x_* c; ");

    assert_int_equal(scene_asked_after(scene), 3);
    scene_answer_history(scene, (struct position){7, 5}, true,
                         ENTRIES(GIFT(7, 4, "d"), GIFT(7, 5, "e")));
    ASSERT_TOLD(scene, "x_* d; x_* e; ");
}

static void a_long_past_is_read_in_pages(void **state)
{
    struct scene *scene = *state;
    static char texts[REPAIR_PAGE][80];
    const char *page[REPAIR_PAGE + 1] = {NULL};

    scene_open_at(scene, 7, 1);
    for (int i = 0; i < REPAIR_PAGE; i++) {
        (void)snprintf(texts[i], sizeof texts[i], "7:%d:1:m::::{\"msg_type\":\"like\"}", i + 2);
        page[i] = texts[i];
    }
    scene_arrive(scene, GIFT(7, 67, "z"));

    scene_answer_history(scene, (struct position){7, 67}, true, page);
    assert_int_equal(scene_asked_after(scene), REPAIR_PAGE + 1);
    scene_answer_history(scene, (struct position){7, 67}, true,
                         ENTRIES(GIFT(7, 66, "y"), GIFT(7, 67, "z")));

    assert_int_equal(scripted_waiting(scene->broker), 0);
    assert_int_equal(scene_metric(scene, METRIC_REPAIRED, 0), REPAIR_PAGE + 2);
}

static void a_page_that_lacks_what_is_no_entry_is_not_the_last_one(void **state)
{
    struct scene *scene = *state;

    scene_open_at(scene, 7, 1);
    scene_arrive(scene, GIFT(7, 6, "f"));

    /* Others have written into the log. */
    scene_answer_history(scene, (struct position){7, 6}, true,
                         ENTRIES(GIFT(7, 2, "b"), GIFT(7, 3, "c")));
    ASSERT_TOLD(scene, "x_* b; x_* c; ");
    assert_int_equal(scene_asked_after(scene), 3);
    scene_answer_history(scene, (struct position){7, 6}, true,
                         ENTRIES(GIFT(7, 4, "d"), GIFT(7, 5, "e"), GIFT(7, 6, "f")));

    ASSERT_TOLD(scene, "x_* d; x_* e; x_* f; ");
    assert_int_equal(scripted_waiting(scene->broker), 0);
    assert_int_equal(scene_metric(scene, METRIC_MISSED, 0), 0);
}

static void what_was_counted_but_is_not_in_the_log_is_waited_for_once(void **state)
{
    struct scene *scene = *state;

    scene_open_at(scene, 7, 1);
    scene_arrive(scene, GIFT(7, 4, "d"));
    scene_answer_history(scene, (struct position){7, 4}, true, ENTRIES(GIFT(7, 2, "b")));
    scene_answer_history(scene, (struct position){7, 4}, false, NULL);
    scene_answer_snapshot(scene, &(struct broker_snapshot){.position = {7, 4}});
    scene_answer_history(scene, (struct position){7, 4}, false, NULL);

    ASSERT_TOLD(scene, "x_* b; missed at 4; snapshot; ");
    assert_int_equal(scripted_waiting(scene->broker), 0);
}

static void a_refused_reading_is_tried_again(void **state)
{
    struct scene *scene = *state;

    scene_open_at(scene, 7, 1);
    scene_arrive(scene, GIFT(7, 3, "c"));
    scripted_refuse(scene->broker, scripted_first(scene->broker), REFUSAL_UNAVAILABLE);
    scene_pass(scene, SCENE_BACKOFF_MS);

    scene_answer_history(scene, (struct position){7, 3}, true,
                         ENTRIES(GIFT(7, 2, "b"), GIFT(7, 3, "c")));
    ASSERT_TOLD(scene, "x_* b; x_* c; ");
}

static void nobody_waits_for_ever(void **state)
{
    struct scene *scene = *state;

    scene_open_at(scene, 7, 1);
    scene_arrive(scene, GIFT(7, 3, "c"));
    scene_pass(scene, REPAIR_PATIENCE_MS - 10);
    ASSERT_TOLD(scene, "");

    scene_pass(scene, 20);
    ASSERT_TOLD(scene, "x_* c; ");

    /* What comes too late is not told any more, but that something was missed is. */
    scene_answer_history(scene, (struct position){7, 3}, true,
                         ENTRIES(GIFT(7, 2, "b"), GIFT(7, 3, "c")));
    scene_answer_snapshot(scene, &(struct broker_snapshot){.position = {7, 3}});
    ASSERT_TOLD(scene, "missed at 3; snapshot; ");
    assert_int_equal(scene_metric(scene, METRIC_MISSED, 0), 1);
}

static void what_came_after_the_waiting_was_over_waits_for_a_history_of_its_own(void **state)
{
    struct scene *scene = *state;

    scene_open_at(scene, 7, 1);
    scene_arrive(scene, GIFT(7, 3, "c"));
    scene_pass(scene, REPAIR_PATIENCE_MS + 10);
    ASSERT_TOLD(scene, "x_* c; ");
    scene_arrive(scene, GIFT(7, 5, "e"));

    /* This was read before the fourth was published. */
    scene_answer_history(scene, (struct position){7, 3}, true,
                         ENTRIES(GIFT(7, 2, "b"), GIFT(7, 3, "c")));
    ASSERT_TOLD(scene, "");
    scene_answer_snapshot(scene, &(struct broker_snapshot){.position = {7, 3}});
    ASSERT_TOLD(scene, "missed at 3; snapshot; ");
    scene_answer_history(scene, (struct position){7, 5}, true,
                         ENTRIES(GIFT(7, 4, "d"), GIFT(7, 5, "e")));

    ASSERT_TOLD(scene, "x_* d; x_* e; ");
    assert_int_equal(scene_metric(scene, METRIC_MISSED, 0), 1);
}

static void likes_that_were_lost_are_caught_up_with_once(void **state)
{
    struct scene *scene = *state;

    scene_open_at(scene, 7, 1);
    scene_arrive(scene, "::1000::12::s:{\"msg_type\":\"like\",\"count\":12}");
    ASSERT_TOLD(scene, "like 12 +12; ");
    scene->likes = 20;
    scripted_listening(scene->broker, ROOM);
    scene_answer_history(scene, (struct position){7, 1}, true, NULL);
    scene_pass(scene, SCENE_TICK_MS);
    ASSERT_TOLD(scene, "like 20 +0; ");

    scripted_listening(scene->broker, ROOM);
    scene_answer_history(scene, (struct position){7, 1}, true, NULL);
    scene_pass(scene, 2 * SCENE_TICK_MS);
    ASSERT_TOLD(scene, "");
}

static void in_a_room_without_messages_likes_come_with_the_state(void **state)
{
    struct scene *scene = *state;

    scene_open_at(scene, 0, 0);
    scripted_listening(scene->broker, ROOM);
    scene_answer_snapshot(scene, &(struct broker_snapshot){.likes = 7});

    ASSERT_TOLD(scene, "like 7 +0; snapshot; ");
}

/* ---- the past is gone ---- */

static void if_history_does_not_reach_back_the_room_goes_on_with_what_it_has(void **state)
{
    struct scene *scene = *state;

    scene_open_at(scene, 7, 1);
    scene_arrive(scene, GIFT(7, 900, "x"));
    scene_answer_history(scene, (struct position){7, 900}, false, ENTRIES(GIFT(7, 899, "w")));
    ASSERT_TOLD(scene, "");
    scene_arrive(scene, GIFT(7, 901, "y"));
    scene_answer_snapshot(scene, &(struct broker_snapshot){.position = {7, 900}});
    ASSERT_TOLD(scene, "");
    scene_arrive(scene, GIFT(7, 902, "z"));
    scene_answer_history(scene, (struct position){7, 901}, false,
                         ENTRIES(GIFT(7, 899, "w"), GIFT(7, 900, "x"), GIFT(7, 901, "y")));

    ASSERT_TOLD(scene, "missed at 898; x_* w; x_* x; x_* y; snapshot; x_* z; ");
    assert_int_equal(scene_metric(scene, METRIC_MISSED, 0), 1);
    assert_int_equal(scripted_waiting(scene->broker), 0);
}

static void if_nothing_is_left_the_room_goes_on_from_its_state(void **state)
{
    struct scene *scene = *state;

    scene_open_at(scene, 7, 1);
    scene_arrive(scene, GIFT(7, 900, "x"));
    scene_answer_history(scene, (struct position){7, 900}, false, NULL);
    scene_answer_snapshot(scene, &(struct broker_snapshot){.position = {7, 900}});
    scene_arrive(scene, GIFT(7, 901, "y"));
    scene_answer_history(scene, (struct position){7, 900}, false, NULL);

    ASSERT_TOLD(scene, "missed at 900; snapshot; x_* y; ");
    assert_int_equal(scripted_waiting(scene->broker), 0);
}

static void if_more_is_gone_than_the_state_has_it_is_read_again(void **state)
{
    struct scene *scene = *state;

    scene_open_at(scene, 7, 1);
    scene_arrive(scene, GIFT(7, 10, "j"));
    scene_answer_history(scene, (struct position){7, 10}, false, ENTRIES(GIFT(7, 10, "j")));
    scene_answer_snapshot(scene, &(struct broker_snapshot){.position = {7, 10}});
    scene_answer_history(scene, (struct position){7, 30}, false, ENTRIES(GIFT(7, 30, "z")));
    ASSERT_TOLD(scene, "");
    scene_answer_snapshot(scene, &(struct broker_snapshot){.position = {7, 30}});
    scene_answer_history(scene, (struct position){7, 30}, false, ENTRIES(GIFT(7, 30, "z")));

    ASSERT_TOLD(scene, "missed at 29; x_* z; snapshot; ");
    assert_int_equal(scene_metric(scene, METRIC_MISSED, 0), 1);
}

static void what_was_held_for_something_lost_is_told_without_it(void **state)
{
    struct scene *scene = *state;

    scene_open_at(scene, 7, 1);
    scene_arrive(scene, GIFT(7, 3, "c"));

    /* Redis has restarted and lost both. */
    scene_answer_history(scene, (struct position){7, 1}, true, NULL);

    ASSERT_TOLD(scene, "x_* c; ");
    scene_answer_snapshot(scene, &(struct broker_snapshot){.position = {7, 1}});
    ASSERT_TOLD(scene, "missed at 3; snapshot; ");
    scene_arrive(scene, GIFT(7, 4, "d"));
    ASSERT_TOLD(scene, "x_* d; ");
}

/* ---- terms ---- */

static void a_new_term_is_read_from_where_the_old_one_ended(void **state)
{
    struct scene *scene = *state;

    scene_open_at(scene, 7, 5);
    scene_arrive(scene, GIFT(8, 8, "h"));
    scene_answer_history(scene, (struct position){8, 8}, true,
                         ENTRIES(GIFT(7, 6, "f"), FIRST(8, 7, "g"), GIFT(8, 8, "h")));

    ASSERT_TOLD(scene, "x_* f; x_* g; x_* h; ");
    assert_int_equal(scripted_waiting(scene->broker), 0);
}

static void a_redis_that_lost_messages_is_followed_and_its_state_read_again(void **state)
{
    struct scene *scene = *state;

    scene_open_at(scene, 7, 5);
    scene_arrive(scene, FIRST(8, 3, "c"));
    scene_answer_history(scene, (struct position){8, 3}, true, ENTRIES(FIRST(8, 3, "c")));
    ASSERT_TOLD(scene, "x_* c; ");
    scene_arrive(scene, GIFT(8, 4, "d"));
    ASSERT_TOLD(scene, ""); /* nothing may overtake the state */

    scene_answer_snapshot(scene, &(struct broker_snapshot){.position = {8, 3}});
    ASSERT_TOLD(scene, "snapshot; x_* d; ");
}

static void a_retry_of_what_that_redis_lost_is_not_told_twice(void **state)
{
    struct scene *scene = *state;

    scene_open_at(scene, 7, 5);
    scene_arrive(scene, GIFT(7, 6, "order-1"));
    scene_arrive(scene, FIRST(8, 6, "order-1"));
    scene_answer_history(scene, (struct position){8, 7}, true,
                         ENTRIES(FIRST(8, 6, "order-1"), GIFT(8, 7, "order-2")));

    ASSERT_TOLD(scene, "x_* order-1; x_* order-2; ");
    assert_int_equal(scene_metric(scene, METRIC_REPEATED, 0), 1);
}

static void a_late_message_of_an_old_term_is_dropped(void **state)
{
    struct scene *scene = *state;

    scene_open_at(scene, 8, 5);
    scene_arrive(scene, GIFT(7, 4, "d"));
    scene_answer_history(scene, (struct position){8, 5}, true, NULL);
    scene_arrive(scene, GIFT(8, 6, "f"));

    ASSERT_TOLD(scene, "x_* f; ");
    assert_int_equal(scripted_waiting(scene->broker), 0);
}

static void a_lower_term_is_adopted_once_the_broker_confirms_it(void **state)
{
    struct scene *scene = *state;

    scene_open_at(scene, 8, 50);
    scene_arrive(scene, GIFT(7, 2, "b"));
    scene_answer_history(scene, (struct position){7, 2}, true, NULL);
    ASSERT_TOLD(scene, "");

    scene_answer_snapshot(scene, &(struct broker_snapshot){.position = {7, 2}});
    assert_int_equal(scripted_oldest(scene->broker, SCRIPTED_HISTORY)->after.term, 7);
    scene_answer_history(scene, (struct position){7, 2}, true,
                         ENTRIES(FIRST(7, 1, "a"), GIFT(7, 2, "b")));
    scene_arrive(scene, GIFT(7, 3, "c"));

    ASSERT_TOLD(scene, "x_* a; x_* b; snapshot; x_* c; ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(what_is_missing_is_read_once_and_told_in_order),
        SCENE_TEST(what_has_no_position_is_told_at_once),
        SCENE_TEST(the_one_that_was_missing_may_come_late),
        SCENE_TEST(a_gap_that_comes_after_the_question_is_asked_for_again),
        SCENE_TEST(a_long_past_is_read_in_pages),
        SCENE_TEST(a_page_that_lacks_what_is_no_entry_is_not_the_last_one),
        SCENE_TEST(what_was_counted_but_is_not_in_the_log_is_waited_for_once),
        SCENE_TEST(a_refused_reading_is_tried_again),
        SCENE_TEST(nobody_waits_for_ever),
        SCENE_TEST(what_came_after_the_waiting_was_over_waits_for_a_history_of_its_own),
        SCENE_TEST(likes_that_were_lost_are_caught_up_with_once),
        SCENE_TEST(in_a_room_without_messages_likes_come_with_the_state),
        SCENE_TEST(if_history_does_not_reach_back_the_room_goes_on_with_what_it_has),
        SCENE_TEST(if_nothing_is_left_the_room_goes_on_from_its_state),
        SCENE_TEST(if_more_is_gone_than_the_state_has_it_is_read_again),
        SCENE_TEST(what_was_held_for_something_lost_is_told_without_it),
        SCENE_TEST(a_new_term_is_read_from_where_the_old_one_ended),
        SCENE_TEST(a_redis_that_lost_messages_is_followed_and_its_state_read_again),
        SCENE_TEST(a_retry_of_what_that_redis_lost_is_not_told_twice),
        SCENE_TEST(a_late_message_of_an_old_term_is_dropped),
        SCENE_TEST(a_lower_term_is_adopted_once_the_broker_confirms_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
