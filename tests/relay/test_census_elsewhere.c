/* What becomes of viewers whom another worker counts. */
#include "tests/relay/scene.h"

#include <stdio.h>

#define ASSERT_CENSUS(scene, text) assert_string_equal(scene_census(scene), text)

/* An entry of a viewer by `origin`, with flags. */
static void announce(struct scene *scene, const char *kind, const char *uid, const char *origin,
                     const char *flags)
{
    char text[256];

    (void)snprintf(text, sizeof text, "::1::1:%s:%s:{\"msg_type\":\"%s\",\"from_uid\":\"%s\"}",
                   origin, flags, kind, uid);
    scene_arrive(scene, text);
    scene_turn(scene);
}

static void returns_at(struct scene *scene, const char *uid, const char *worker)
{
    char origin[32];

    (void)snprintf(origin, sizeof origin, "local/%s/5", worker);
    announce(scene, "join", uid, origin, "rx");
}

/* The first item of the oldest census comes back through the channel. */
static void echo(struct scene *scene, const char *flags)
{
    const struct scripted_item *item = &scripted_oldest(scene->broker, SCRIPTED_CENSUS)->items[0];

    announce(scene, "join", item->uid, item->origin, flags);
    buffer_clear(&scene->journal);
}

/* Anna is there, and all know it. */
static void anna_enters(struct viewer *anna, struct scene *scene)
{
    viewer_enter(anna, scene, "anna");
    echo(scene, "x");
    scene_answer_census(scene, 1);
    ASSERT_TOLD(scene, "entered anna 1; ");
}

static void who_returned_elsewhere_is_let_go_silently(void **state)
{
    struct scene *scene = *state;
    struct viewer anna;

    scene_open_empty(scene);
    anna_enters(&anna, scene);

    returns_at(scene, "anna", "b");

    ASSERT_CENSUS(scene, "0:");
    scene_answer_census(scene, 1);
    ASSERT_TOLD(scene, "");
    visit_leave(&anna.visit, LEAVING_LOST);
    scene_pass(scene, 2 * SCENE_GRACE_MS);
    ASSERT_CENSUS(scene, "none");
}

static void whose_viewer_is_taken_by_another_worker_is_told_if_it_still_has_sockets_of_it(
    void **state)
{
    struct scene *scene = *state;
    struct viewer anna, ben;

    scene_open_empty(scene);
    anna_enters(&anna, scene);
    viewer_enter(&ben, scene, "ben");
    echo(scene, "x");
    scene_answer_census(scene, 2);
    visit_leave(&ben.visit, LEAVING_LOST);
    scene_turn(scene);
    scene_answer_census(scene, 2);

    returns_at(scene, "ben", "b"); /* of whom nothing is here */
    assert_string_equal(scene->taken, "");
    returns_at(scene, "anna", "b");

    assert_string_equal(scene->taken, "anna");
    scene_answer_census(scene, 2);
    visit_leave(&anna.visit, LEAVING_LOST);
}

static const struct visit *next(const struct viewer *viewer, const char *uid,
                                const struct visit *after)
{
    return visit_next_of(viewer->visit.room, span_of(uid), after);
}

static void the_visits_of_a_viewer_here_are_found_by_its_uid(void **state)
{
    struct scene *scene = *state;
    struct viewer anna, again, ben;

    scene_open_empty(scene);
    anna_enters(&anna, scene);
    assert_ptr_equal(next(&anna, "anna", NULL), &anna.visit);
    assert_null(next(&anna, "anna", &anna.visit));

    viewer_enter(&again, scene, "anna");
    viewer_enter(&ben, scene, "ben");

    assert_ptr_equal(next(&ben, "anna", &anna.visit), &again.visit);
    assert_null(next(&ben, "anna", &again.visit));
    assert_null(next(&ben, "cleo", NULL));
    visit_leave(&anna.visit, LEAVING_LOST);
    assert_ptr_equal(next(&ben, "anna", NULL), &again.visit);
    visit_leave(&again.visit, LEAVING_LOST);
    visit_leave(&ben.visit, LEAVING_LOST);
}

static void who_returned_elsewhere_in_the_grace_does_not_leave_here(void **state)
{
    struct scene *scene = *state;
    struct viewer anna;

    scene_open_empty(scene);
    anna_enters(&anna, scene);
    visit_leave(&anna.visit, LEAVING_LOST);
    scene_turn(scene);
    scene_answer_census(scene, 1);

    returns_at(scene, "anna", "b");
    ASSERT_CENSUS(scene, "0: expire anna");
    scene_answer_census(scene, 1);
    scene_pass(scene, 2 * SCENE_GRACE_MS);

    ASSERT_CENSUS(scene, "none");
}

static void our_own_return_and_strangers_mean_nothing(void **state)
{
    struct scene *scene = *state;
    struct viewer anna;

    scene_open_empty(scene);
    anna_enters(&anna, scene);

    returns_at(scene, "anna", "a");
    returns_at(scene, "bert", "b");

    ASSERT_CENSUS(scene, "none");
    ASSERT_TOLD(scene, "");
    visit_leave(&anna.visit, LEAVING_CLEANLY);
}

static void a_return_elsewhere_before_our_entering_is_told_changes_nothing(void **state)
{
    struct scene *scene = *state;
    struct viewer anna;
    struct viewer bert;

    scene_open_empty(scene);
    viewer_enter(&bert, scene, "bert");
    viewer_enter(&anna, scene, "anna");

    returns_at(scene, "anna", "b");
    scene_answer_census(scene, 1);

    ASSERT_CENSUS(scene, "2: enter anna aloud");
    visit_leave(&anna.visit, LEAVING_CLEANLY);
    visit_leave(&bert.visit, LEAVING_CLEANLY);
}

static void a_return_elsewhere_after_our_echo_is_the_later_one(void **state)
{
    struct scene *scene = *state;
    struct viewer anna;

    scene_open_empty(scene);
    viewer_enter(&anna, scene, "anna");
    echo(scene, "x");

    returns_at(scene, "anna", "b");
    scene_answer_census(scene, 1);

    ASSERT_CENSUS(scene, "0:");
    visit_leave(&anna.visit, LEAVING_CLEANLY);
}

static void a_return_elsewhere_before_our_echo_is_the_earlier_one(void **state)
{
    static const bool returning[] = {true};
    struct scene *scene = *state;
    struct viewer anna;

    scene_open_empty(scene);
    viewer_enter(&anna, scene, "anna");
    scripted_counted(scene->broker, scripted_first(scene->broker), 1, returning);
    scene_turn(scene);

    returns_at(scene, "anna", "b");

    ASSERT_CENSUS(scene, "none");
    visit_leave(&anna.visit, LEAVING_CLEANLY);
    scene_turn(scene);
    ASSERT_CENSUS(scene, "0: leave anna aloud");
}

static void an_echo_that_never_comes_is_not_awaited_for_ever(void **state)
{
    struct scene *scene = *state;
    struct viewer anna;

    scene_open_empty(scene);
    viewer_enter(&anna, scene, "anna");
    scene_answer_census(scene, 1);

    scene_pass(scene, BROKER_DEADLINE_MS);
    returns_at(scene, "anna", "b");

    ASSERT_CENSUS(scene, "0:");
    visit_leave(&anna.visit, LEAVING_CLEANLY);
}

static void without_an_echo_the_broker_is_asked_who_has_it(void **state)
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
    returns_at(scene, "anna", "b");
    scene_answer_census(scene, 1);

    ASSERT_CENSUS(scene, "0: leave anna");
    visit_leave(&anna.visit, LEAVING_CLEANLY);
}

static void a_socket_that_stayed_can_come_back(void **state)
{
    struct scene *scene = *state;
    struct viewer old;
    struct viewer new;

    scene_open_empty(scene);
    anna_enters(&old, scene);
    returns_at(scene, "anna", "b");
    scene_answer_census(scene, 1);

    viewer_enter(&new, scene, "anna");
    ASSERT_CENSUS(scene, "1: enter anna aloud");
    scene_answer_census(scene, 1);
    visit_leave(&old.visit, LEAVING_CLEANLY);
    scene_turn(scene);

    ASSERT_CENSUS(scene, "none");
    visit_leave(&new.visit, LEAVING_CLEANLY);
}

static void a_socket_that_stayed_counts_again_when_its_uid_leaves_elsewhere(void **state)
{
    struct scene *scene = *state;
    struct viewer anna;

    scene_open_empty(scene);
    anna_enters(&anna, scene);
    returns_at(scene, "anna", "b");
    scene_answer_census(scene, 1);

    announce(scene, "leave", "anna", "local/b/5", "x");

    ASSERT_TOLD(scene, "leave 1; ");
    ASSERT_CENSUS(scene, "1: enter anna");
    scene_answer_census(scene, 1);
    visit_leave(&anna.visit, LEAVING_CLEANLY);
    scene_turn(scene);
    ASSERT_CENSUS(scene, "0: leave anna aloud");
}

static void so_it_does_when_its_uid_leaves_there_silently(void **state)
{
    struct scene *scene = *state;
    struct viewer anna;

    scene_open_empty(scene);
    anna_enters(&anna, scene);
    returns_at(scene, "anna", "b");
    scene_answer_census(scene, 1);

    announce(scene, "leave", "anna", "local/b/5", "rx");

    ASSERT_TOLD(scene, "");
    ASSERT_CENSUS(scene, "1: enter anna");
    scene_answer_census(scene, 1);
    visit_leave(&anna.visit, LEAVING_CLEANLY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(who_returned_elsewhere_is_let_go_silently),
        SCENE_TEST(whose_viewer_is_taken_by_another_worker_is_told_if_it_still_has_sockets_of_it),
        SCENE_TEST(the_visits_of_a_viewer_here_are_found_by_its_uid),
        SCENE_TEST(who_returned_elsewhere_in_the_grace_does_not_leave_here),
        SCENE_TEST(our_own_return_and_strangers_mean_nothing),
        SCENE_TEST(a_return_elsewhere_before_our_entering_is_told_changes_nothing),
        SCENE_TEST(a_return_elsewhere_after_our_echo_is_the_later_one),
        SCENE_TEST(a_return_elsewhere_before_our_echo_is_the_earlier_one),
        SCENE_TEST(an_echo_that_never_comes_is_not_awaited_for_ever),
        SCENE_TEST(without_an_echo_the_broker_is_asked_who_has_it),
        SCENE_TEST(a_socket_that_stayed_can_come_back),
        SCENE_TEST(a_socket_that_stayed_counts_again_when_its_uid_leaves_elsewhere),
        SCENE_TEST(so_it_does_when_its_uid_leaves_there_silently),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
