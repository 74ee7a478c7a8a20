/* What viewers are told when the broker is away for a while, and when their room is whole again. */
#include "relay/outage.h"

#include "tests/relay/scene.h"

enum { SHORTLY = OUTAGE_TOLD_AFTER_MS - 10, LONG_ENOUGH = OUTAGE_TOLD_AFTER_MS + 10 };

static void go_down(struct scene *scene)
{
    scripted_state(scene->broker, BROKER_DOWN);
}

static void come_back(struct scene *scene)
{
    scripted_state(scene->broker, BROKER_UP);
    scripted_listening(scene->broker, ROOM);
}

/* Whatever is asked, also by an audit: there is nothing new. */
static void answer_all(struct scene *scene)
{
    while (scripted_oldest(scene->broker, SCRIPTED_HISTORY))
        scene_answer_history(scene, (struct position){7, 1}, true, NULL);
}

static void of_a_short_outage_nothing_is_said(void **state)
{
    struct scene *scene = *state;

    scene_open_at(scene, 7, 1);
    go_down(scene);
    scene_pass(scene, SHORTLY);
    come_back(scene);
    answer_all(scene);
    scene_pass(scene, LONG_ENOUGH);

    ASSERT_TOLD(scene, "");
}

static void a_longer_one_is_told_once_until_all_that_was_missed_is_told(void **state)
{
    struct scene *scene = *state;

    scene_open_at(scene, 7, 1);
    go_down(scene);
    scene_pass(scene, LONG_ENOUGH);
    ASSERT_TOLD(scene, "degraded; ");
    assert_true(relay_degraded(scene->room));
    scene_pass(scene, 3 * OUTAGE_TOLD_EACH_MS);
    ASSERT_TOLD(scene, "");

    scripted_state(scene->broker, BROKER_UP);
    scene_answer_history(scene, (struct position){7, 1}, true, NULL); /* that was an audit */
    ASSERT_TOLD(scene, ""); /* what comes from now on is not heard yet */
    scripted_listening(scene->broker, ROOM);
    scene_arrive(scene, GIFT(7, 4, "d"));
    ASSERT_TOLD(scene, "");
    scene_answer_history(scene, (struct position){7, 3}, true,
                         ENTRIES(GIFT(7, 2, "b"), GIFT(7, 3, "c")));

    ASSERT_TOLD(scene, "x_* b; x_* c; x_* d; whole; ");
    assert_false(relay_degraded(scene->room));
}

static void a_room_is_not_whole_before_its_history_was_read(void **state)
{
    struct scene *scene = *state;

    scene_open_at(scene, 7, 1);
    go_down(scene);
    scene_pass(scene, LONG_ENOUGH);
    come_back(scene);
    scripted_refuse(scene->broker, scripted_first(scene->broker), REFUSAL_UNAVAILABLE);
    ASSERT_TOLD(scene, "degraded; ");

    scene_pass(scene, SCENE_BACKOFF_MS);
    answer_all(scene);
    ASSERT_TOLD(scene, "whole; ");
}

static void a_broker_that_comes_and_goes_is_not_told_each_time(void **state)
{
    struct scene *scene = *state;

    scene_open_at(scene, 7, 1);
    for (unsigned i = 0; i < OUTAGE_TOLD_EACH_MS / (2 * LONG_ENOUGH); i++) {
        go_down(scene);
        scene_pass(scene, LONG_ENOUGH);
        come_back(scene);
        answer_all(scene);
        scene_pass(scene, SHORTLY);
    }
    ASSERT_TOLD(scene, "degraded; whole; ");

    go_down(scene);
    scene_pass(scene, OUTAGE_TOLD_EACH_MS);
    ASSERT_TOLD(scene, "degraded; ");
}

static void a_room_that_nobody_has_seen_yet_has_nothing_to_miss(void **state)
{
    struct scene *scene = *state;

    scene_open(scene);
    go_down(scene);
    scene_pass(scene, LONG_ENOUGH);

    ASSERT_TOLD(scene, "");
    assert_false(relay_degraded(scene->room));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(of_a_short_outage_nothing_is_said),
        SCENE_TEST(a_longer_one_is_told_once_until_all_that_was_missed_is_told),
        SCENE_TEST(a_room_is_not_whole_before_its_history_was_read),
        SCENE_TEST(a_broker_that_comes_and_goes_is_not_told_each_time),
        SCENE_TEST(a_room_that_nobody_has_seen_yet_has_nothing_to_miss),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
