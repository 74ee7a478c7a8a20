/* What becomes of a census whose broker refuses or is away, and of one whose room is closed. */
#include "tests/relay/scene.h"

#define ASSERT_CENSUS(scene, text) assert_string_equal(scene_census(scene), text)

static void anna_enters(struct viewer *anna, struct scene *scene)
{
    viewer_enter(anna, scene, "anna");
    scene_answer_census(scene, 1);
    ASSERT_TOLD(scene, "entered anna 1; ");
}

static void refuse_census(struct scene *scene, enum refusal refusal)
{
    scripted_refuse(scene->broker, scripted_oldest(scene->broker, SCRIPTED_CENSUS), refusal);
    scene_turn(scene);
}

static void a_count_that_never_changes_is_told_again_before_it_is_forgotten(void **state)
{
    struct scene *scene = *state;
    struct viewer anna;

    scene_open_empty(scene);
    anna_enters(&anna, scene);
    scene_pass(scene, SCENE_REFRESH_MS - 10);
    ASSERT_CENSUS(scene, "none");

    scene_pass(scene, 20);
    ASSERT_CENSUS(scene, "1:");
    refuse_census(scene, REFUSAL_UNAVAILABLE);
    scene_pass(scene, SCENE_BACKOFF_MS);
    ASSERT_CENSUS(scene, "1:");
    scene_answer_census(scene, 1);
    scene_pass(scene, SCENE_REFRESH_MS - 10);
    ASSERT_CENSUS(scene, "none");

    visit_leave(&anna.visit, LEAVING_CLEANLY);
    scene_turn(scene);
    scene_answer_census(scene, 0);
    scene_pass(scene, 2 * SCENE_REFRESH_MS);
    ASSERT_CENSUS(scene, "none");
}

/* ---- the broker refuses, or is away ---- */

static void refused_items_are_told_again_later(void **state)
{
    struct scene *scene = *state;
    struct viewer anna;

    scene_open_empty(scene);
    viewer_enter(&anna, scene, "anna");

    refuse_census(scene, REFUSAL_UNAVAILABLE);
    ASSERT_TOLD(scene, "entered anna 1; ");
    ASSERT_CENSUS(scene, "none");
    scene_pass(scene, SCENE_BACKOFF_MS);
    ASSERT_CENSUS(scene, "1: enter anna aloud");
    scene_answer_census(scene, 1);

    visit_leave(&anna.visit, LEAVING_CLEANLY);
    scene_turn(scene);
    refuse_census(scene, REFUSAL_TIMEOUT);
    scene_pass(scene, SCENE_BACKOFF_MS);
    ASSERT_CENSUS(scene, "0: leave anna aloud");
}

static void who_was_perhaps_heard_of_is_taken_back_silently(void **state)
{
    struct scene *scene = *state;
    struct viewer anna;

    scene_open_empty(scene);
    viewer_enter(&anna, scene, "anna");
    refuse_census(scene, REFUSAL_TIMEOUT);

    visit_leave(&anna.visit, LEAVING_CLEANLY);
    scene_pass(scene, SCENE_BACKOFF_MS);

    ASSERT_CENSUS(scene, "0: leave anna");
    scene_answer_census(scene, 0);
    ASSERT_CENSUS(scene, "none");
}

static void announcements_that_are_refused_are_left_out(void **state)
{
    struct scene *scene = *state;
    struct viewer anna;

    scene_open_empty(scene);
    viewer_enter(&anna, scene, "anna");

    refuse_census(scene, REFUSAL_MALFORMED);
    scene_pass(scene, SCENE_BACKOFF_MS);
    ASSERT_CENSUS(scene, "1: enter anna");
    scene_answer_census(scene, 1);

    visit_leave(&anna.visit, LEAVING_CLEANLY);
    scene_turn(scene);
    ASSERT_CENSUS(scene, "0: leave anna aloud");
}

static void while_the_broker_is_down_only_the_newest_state_is_kept(void **state)
{
    struct scene *scene = *state;
    struct viewer anna;
    struct viewer bert;
    struct viewer carl;

    scene_open_empty(scene);
    anna_enters(&anna, scene);
    viewer_enter(&bert, scene, "bert");
    scene_answer_census(scene, 2);
    ASSERT_TOLD(scene, "entered bert 2; ");
    scripted_state(scene->broker, BROKER_DOWN);

    visit_leave(&anna.visit, LEAVING_LOST);
    viewer_enter(&carl, scene, "carl");
    ASSERT_TOLD(scene, "entered carl 3; ");
    visit_leave(&carl.visit, LEAVING_CLEANLY);
    visit_leave(&bert.visit, LEAVING_CLEANLY);
    viewer_enter(&bert, scene, "bert");
    scene_pass(scene, 2 * SCENE_GRACE_MS);
    assert_int_equal(scripted_waiting(scene->broker), 0);

    scripted_state(scene->broker, BROKER_UP);
    scene_turn(scene);
    ASSERT_CENSUS(scene, "1: leave anna aloud");
    visit_leave(&bert.visit, LEAVING_CLEANLY);
}

static void when_the_broker_is_back_every_count_is_written_again(void **state)
{
    struct scene *scene = *state;
    struct viewer anna;

    scene_open_empty(scene);
    anna_enters(&anna, scene);

    scripted_state(scene->broker, BROKER_DOWN);
    scripted_state(scene->broker, BROKER_UP);
    scene_turn(scene);

    ASSERT_CENSUS(scene, "1:");
    scene_answer_census(scene, 1);
    ASSERT_CENSUS(scene, "none");
    visit_leave(&anna.visit, LEAVING_CLEANLY);
}

static void who_waits_is_answered_when_the_broker_goes_down(void **state)
{
    struct scene *scene = *state;
    struct viewer anna;
    struct viewer bert;

    scene_open_empty(scene);
    viewer_enter(&anna, scene, "anna");
    viewer_enter(&bert, scene, "bert");

    scripted_state(scene->broker, BROKER_DOWN);
    scene_turn(scene);

    ASSERT_TOLD(scene, "entered bert 2; entered anna 2; ");
    visit_leave(&anna.visit, LEAVING_CLEANLY);
    visit_leave(&bert.visit, LEAVING_CLEANLY);
}

/* ---- the room is closed ---- */

static void the_census_outlives_its_room(void **state)
{
    struct scene *scene = *state;
    struct viewer anna;

    scene_open_empty(scene);
    anna_enters(&anna, scene);

    visit_leave(&anna.visit, LEAVING_LOST);
    scene_close(scene);
    ASSERT_CENSUS(scene, "1: lost anna");
    scene_answer_census(scene, 1);
    scene_pass(scene, SCENE_GRACE_MS);

    ASSERT_CENSUS(scene, "0: expire anna aloud");
    scene_answer_census(scene, 0);
    scene_pass(scene, SCENE_GRACE_MS);
    ASSERT_CENSUS(scene, "none");
}

static void a_room_opened_again_finds_who_is_away(void **state)
{
    struct scene *scene = *state;
    struct viewer anna;

    scene_open_empty(scene);
    anna_enters(&anna, scene);
    visit_leave(&anna.visit, LEAVING_LOST);
    scene_close(scene);
    scene_answer_census(scene, 1);

    scene_open_empty(scene);
    viewer_enter(&anna, scene, "anna");

    ASSERT_CENSUS(scene, "1: enter anna");
    visit_leave(&anna.visit, LEAVING_CLEANLY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(a_count_that_never_changes_is_told_again_before_it_is_forgotten),
        SCENE_TEST(refused_items_are_told_again_later),
        SCENE_TEST(who_was_perhaps_heard_of_is_taken_back_silently),
        SCENE_TEST(announcements_that_are_refused_are_left_out),
        SCENE_TEST(while_the_broker_is_down_only_the_newest_state_is_kept),
        SCENE_TEST(when_the_broker_is_back_every_count_is_written_again),
        SCENE_TEST(who_waits_is_answered_when_the_broker_goes_down),
        SCENE_TEST(the_census_outlives_its_room),
        SCENE_TEST(a_room_opened_again_finds_who_is_away),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
