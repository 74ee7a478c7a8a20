/* What the broker is told of who comes, goes, and comes back. */
#include "relay/census.h"

#include "tests/relay/scene.h"
#include "tests/support/failing_malloc.h"

#define ASSERT_CENSUS(scene, text) assert_string_equal(scene_census(scene), text)

/* Anna is there, and all know it. */
static void anna_enters(struct viewer *anna, struct scene *scene)
{
    viewer_enter(anna, scene, "anna");
    scene_answer_census(scene, 1);
    ASSERT_TOLD(scene, "entered anna 1; ");
}

/* ---- coming and going ---- */

static void a_viewer_who_comes_is_told_and_answered(void **state)
{
    struct scene *scene = *state;
    struct viewer anna;

    scene_open_empty(scene);

    viewer_enter(&anna, scene, "anna");

    ASSERT_CENSUS(scene, "1: enter anna aloud");
    assert_true(strncmp(scripted_first(scene->broker)->items[0].origin, "local/a/", 8) == 0);
    ASSERT_TOLD(scene, "");
    scene_answer_census(scene, 12);
    ASSERT_TOLD(scene, "entered anna 12; ");
    ASSERT_CENSUS(scene, "none");

    visit_leave(&anna.visit, LEAVING_CLEANLY);
    scene_turn(scene);
    ASSERT_CENSUS(scene, "0: leave anna aloud");
}

static void what_happens_during_a_call_is_told_in_the_next(void **state)
{
    struct scene *scene = *state;
    struct viewer anna;
    struct viewer bert;
    struct viewer nobody;

    scene_open_empty(scene);

    viewer_enter(&anna, scene, "anna");
    viewer_enter(&bert, scene, "bert");
    viewer_enter(&nobody, scene, "");
    assert_int_equal(scripted_waiting(scene->broker), 1);
    scene_answer_census(scene, 1);

    ASSERT_CENSUS(scene, "3: enter bert aloud, enter aloud");
    ASSERT_TOLD(scene, "entered anna 3; ");
    scene_answer_census(scene, 3);
    ASSERT_TOLD(scene, "entered bert 3; entered somebody 3; ");

    visit_leave(&anna.visit, LEAVING_CLEANLY);
    visit_leave(&bert.visit, LEAVING_CLEANLY);
    visit_leave(&nobody.visit, LEAVING_CLEANLY);
}

static void a_call_has_a_limited_number_of_items_and_counts_no_more(void **state)
{
    static struct viewer viewers[70];
    struct scene *scene = *state;

    scene_open_empty(scene);

    for (int i = 0; i < 70; i++)
        assert_int_equal(viewer_try_enter(&viewers[i], scene, "", 1), 0);
    scene_turn(scene);

    assert_int_equal(scripted_first(scene->broker)->n_items, CENSUS_MAX_ITEMS);
    assert_int_equal(scripted_first(scene->broker)->count, CENSUS_MAX_ITEMS);
    scene_answer_census(scene, CENSUS_MAX_ITEMS);
    assert_int_equal(scripted_first(scene->broker)->n_items, 6);
    assert_int_equal(scripted_first(scene->broker)->count, 70);

    for (int i = 0; i < 70; i++)
        visit_leave(&viewers[i].visit, LEAVING_CLEANLY);
}

static void who_came_and_went_unheard_is_told_to_nobody(void **state)
{
    struct scene *scene = *state;
    struct viewer anna;
    struct viewer bert;

    scene_open_empty(scene);

    viewer_enter(&anna, scene, "anna");
    viewer_enter(&bert, scene, "bert");
    visit_leave(&bert.visit, LEAVING_LOST);
    scene_answer_census(scene, 1);

    ASSERT_CENSUS(scene, "none");
    ASSERT_TOLD(scene, "entered anna 1; ");
    visit_leave(&anna.visit, LEAVING_CLEANLY);
}

static void several_sockets_of_a_uid_count_once(void **state)
{
    struct scene *scene = *state;
    struct viewer phone;
    struct viewer tablet;

    scene_open_empty(scene);
    anna_enters(&phone, scene);

    viewer_enter(&tablet, scene, "anna");

    ASSERT_CENSUS(scene, "none");
    ASSERT_TOLD(scene, "entered anna 1; ");
    visit_leave(&phone.visit, LEAVING_CLEANLY);
    scene_turn(scene);
    ASSERT_CENSUS(scene, "none");
    visit_leave(&tablet.visit, LEAVING_CLEANLY);
    scene_turn(scene);
    ASSERT_CENSUS(scene, "0: leave anna aloud");
}

/* ---- lost, and back ---- */

static void a_lost_viewer_counts_until_the_grace_is_over(void **state)
{
    struct scene *scene = *state;
    struct viewer anna;

    scene_open_empty(scene);
    anna_enters(&anna, scene);

    visit_leave(&anna.visit, LEAVING_LOST);
    scene_turn(scene);
    ASSERT_CENSUS(scene, "1: lost anna");
    scene_answer_census(scene, 1);
    scene_pass(scene, SCENE_GRACE_MS - 10);
    ASSERT_CENSUS(scene, "none");

    scene_pass(scene, 20);
    ASSERT_CENSUS(scene, "0: expire anna aloud");
}

static void a_lost_viewer_without_a_uid_leaves(void **state)
{
    struct scene *scene = *state;
    struct viewer nobody;

    scene_open_empty(scene);
    viewer_enter(&nobody, scene, "");
    scene_answer_census(scene, 1);

    visit_leave(&nobody.visit, LEAVING_LOST);
    scene_turn(scene);

    ASSERT_CENSUS(scene, "0: leave aloud");
}

static void who_is_back_in_time_is_told_to_nobody(void **state)
{
    struct scene *scene = *state;
    struct viewer anna;

    scene_open_empty(scene);
    anna_enters(&anna, scene);
    visit_leave(&anna.visit, LEAVING_LOST);
    scene_turn(scene);
    scene_answer_census(scene, 1);

    viewer_enter(&anna, scene, "anna");

    ASSERT_CENSUS(scene, "1: enter anna");
    scene_answer_census(scene, 1);
    ASSERT_TOLD(scene, "entered anna 1; ");
    scene_pass(scene, 2 * SCENE_GRACE_MS);
    ASSERT_CENSUS(scene, "none");
    visit_leave(&anna.visit, LEAVING_CLEANLY);
}

static void who_is_back_before_the_loss_was_told_was_never_away(void **state)
{
    struct scene *scene = *state;
    struct viewer anna;
    struct viewer bert;

    scene_open_empty(scene);
    anna_enters(&anna, scene);
    viewer_enter(&bert, scene, "bert");

    visit_leave(&anna.visit, LEAVING_LOST);
    viewer_enter(&anna, scene, "anna");
    ASSERT_TOLD(scene, "entered anna 2; ");
    scene_answer_census(scene, 2);

    ASSERT_CENSUS(scene, "none");
    visit_leave(&anna.visit, LEAVING_CLEANLY);
    visit_leave(&bert.visit, LEAVING_CLEANLY);
}

static void who_is_back_while_the_loss_is_told_is_told_next(void **state)
{
    struct scene *scene = *state;
    struct viewer anna;

    scene_open_empty(scene);
    anna_enters(&anna, scene);
    visit_leave(&anna.visit, LEAVING_LOST);
    scene_turn(scene);

    viewer_enter(&anna, scene, "anna");
    scene_answer_census(scene, 1);

    ASSERT_TOLD(scene, "");
    ASSERT_CENSUS(scene, "1: enter anna");
    scene_answer_census(scene, 1);
    ASSERT_TOLD(scene, "entered anna 1; ");
    visit_leave(&anna.visit, LEAVING_CLEANLY);
}

/* ---- without memory ---- */

static void without_memory_nobody_enters_and_nothing_has_happened(void **state)
{
    struct scene *scene = *state;
    struct viewer anna;
    struct viewer again;
    int error = -1;

    scene_open_empty(scene);

    for (int i = 0; error != 0; i++) {
        fail_malloc_after(i);
        error = viewer_try_enter(&anna, scene, "anna", 7);
        fail_malloc_never();
        if (error != 0)
            assert_null(anna.visit.room);
        assert_true(i < 50);
    }

    scene_turn(scene);
    ASSERT_CENSUS(scene, "1: enter anna aloud");
    scene_answer_census(scene, 1);

    fail_malloc_after(0);
    assert_int_not_equal(viewer_try_enter(&again, scene, "anna", 8), 0);
    visit_leave(&again.visit, LEAVING_CLEANLY);
    visit_leave(&anna.visit, LEAVING_LOST);
    scene_turn(scene);
    ASSERT_CENSUS(scene, "1: lost anna");
    scene_answer_census(scene, 1);
    scene_pass(scene, SCENE_GRACE_MS + 10);
    fail_malloc_never();

    ASSERT_CENSUS(scene, "0: expire anna"); /* counted all the same, without a word */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(a_viewer_who_comes_is_told_and_answered),
        SCENE_TEST(what_happens_during_a_call_is_told_in_the_next),
        SCENE_TEST(a_call_has_a_limited_number_of_items_and_counts_no_more),
        SCENE_TEST(who_came_and_went_unheard_is_told_to_nobody),
        SCENE_TEST(several_sockets_of_a_uid_count_once),
        SCENE_TEST(a_lost_viewer_counts_until_the_grace_is_over),
        SCENE_TEST(a_lost_viewer_without_a_uid_leaves),
        SCENE_TEST(who_is_back_in_time_is_told_to_nobody),
        SCENE_TEST(who_is_back_before_the_loss_was_told_was_never_away),
        SCENE_TEST(who_is_back_while_the_loss_is_told_is_told_next),
        SCENE_TEST(without_memory_nobody_enters_and_nothing_has_happened),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
