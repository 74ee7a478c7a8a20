/* When a viewer who came is answered, and with what; in small rooms and in big ones. */
#include "relay/visit.h"

#include "tests/relay/scene.h"

#include <stdio.h>

#define ASSERT_CENSUS(scene, text) assert_string_equal(scene_census(scene), text)

static void leave(struct viewer *viewer)
{
    visit_leave(&viewer->visit, LEAVING_CLEANLY);
    scene_turn(viewer->scene);
}

/* ---- small rooms ---- */

static void nobody_is_counted_before_the_room_can_hear(void **state)
{
    struct scene *scene = *state;
    struct viewer anna;

    scene_open(scene);
    viewer_enter(&anna, scene, "anna");
    ASSERT_CENSUS(scene, "none");

    scene_answer_snapshot(scene, &(struct broker_snapshot){0});

    ASSERT_CENSUS(scene, "1: enter anna aloud");
    leave(&anna);
}

static void an_answer_waits_for_the_census(void **state)
{
    struct scene *scene = *state;
    struct viewer anna;

    scene_open(scene);
    viewer_enter(&anna, scene, "anna");
    scene_answer_snapshot(scene, &(struct broker_snapshot){.online = 4});
    ASSERT_TOLD(scene, "snapshot; ");

    scene_answer_census(scene, 5);

    ASSERT_TOLD(scene, "entered anna 5; ");
    leave(&anna);
}

static void who_has_left_is_not_answered(void **state)
{
    struct scene *scene = *state;
    struct viewer anna;
    struct viewer bert;

    scene_open_empty(scene);
    viewer_enter(&anna, scene, "anna");
    viewer_enter(&bert, scene, "bert");

    leave(&anna);
    leave(&bert);
    leave(&bert);
    scene_answer_census(scene, 1);

    ASSERT_TOLD(scene, "");
    assert_null(bert.visit.room);
    ASSERT_CENSUS(scene, "0: leave anna aloud");
}

static void while_the_room_is_read_again_an_answer_waits_for_the_newer_state(void **state)
{
    struct scene *scene = *state;
    struct viewer anna;

    scene_open_empty(scene);
    scripted_listening(scene->broker, ROOM);
    viewer_enter(&anna, scene, "anna");
    scene_answer_census(scene, 1);
    ASSERT_TOLD(scene, "");

    scene_answer_snapshot(scene, &(struct broker_snapshot){0});

    ASSERT_TOLD(scene, "snapshot; entered anna 1; ");
    leave(&anna);
}

static void if_the_newer_state_cannot_be_had_the_older_one_serves(void **state)
{
    struct scene *scene = *state;
    struct viewer anna;

    scene_open_empty(scene);
    scripted_listening(scene->broker, ROOM);
    viewer_enter(&anna, scene, "anna");
    scene_answer_census(scene, 1);

    scripted_refuse(scene->broker, scripted_first(scene->broker), REFUSAL_TIMEOUT);
    scene_turn(scene);

    ASSERT_TOLD(scene, "entered anna 1; ");
    leave(&anna);
}

static void while_the_broker_is_down_answers_come_at_once(void **state)
{
    struct scene *scene = *state;
    struct viewer anna;
    struct viewer bert;

    scene_open(scene);
    scene_answer_snapshot(scene, &(struct broker_snapshot){.online = 5});
    ASSERT_TOLD(scene, "snapshot; ");
    scripted_state(scene->broker, BROKER_DOWN);

    viewer_enter(&anna, scene, "anna");
    ASSERT_TOLD(scene, "entered anna 6; ");
    viewer_enter(&bert, scene, "bert");
    ASSERT_TOLD(scene, "entered bert 7; ");

    leave(&anna);
    leave(&bert);
}

static void without_any_state_an_answer_waits_for_the_broker(void **state)
{
    struct scene *scene = *state;
    struct viewer anna;

    scripted_state(scene->broker, BROKER_DOWN);
    scene_open(scene);
    viewer_enter(&anna, scene, "anna");
    ASSERT_TOLD(scene, "");

    scripted_state(scene->broker, BROKER_UP);
    scene_turn(scene);
    scene_answer_snapshot(scene, &(struct broker_snapshot){0});
    scene_answer_census(scene, 1);

    ASSERT_TOLD(scene, "snapshot; entered anna 1; ");
    leave(&anna);
}

static struct viewer *leaves_when_told;

static void leave_and_close(struct scene *scene)
{
    visit_leave(&leaves_when_told->visit, LEAVING_LOST);
    if (scene->room)
        relay_close(scene->room);
    scene->room = NULL;
}

static void a_viewer_may_leave_and_the_room_be_closed_by_the_answer(void **state)
{
    struct scene *scene = *state;
    struct viewer anna;

    scene_open_empty(scene);
    viewer_enter(&anna, scene, "");
    leaves_when_told = &anna;
    scene->on_told = leave_and_close;

    scene_answer_census(scene, 1);

    ASSERT_TOLD(scene, "entered somebody 1; ");
    ASSERT_CENSUS(scene, "0: leave aloud");
}

/* ---- big rooms ---- */

static void open_with(struct scene *scene, uint64_t online)
{
    scene_open(scene);
    scene_answer_snapshot(scene, &(struct broker_snapshot){.online = online});
    ASSERT_TOLD(scene, "snapshot; ");
}

static void open_big(struct scene *scene)
{
    open_with(scene, 100);
}

static void in_a_big_room_nobody_waits(void **state)
{
    struct scene *scene = *state;
    struct viewer anna;
    struct viewer bert;

    open_big(scene);

    viewer_enter(&anna, scene, "anna");
    viewer_enter(&bert, scene, "bert");

    ASSERT_TOLD(scene, "entered anna 101; entered bert 102; ");
    leave(&anna);
    leave(&bert);
}

static void in_a_big_room_the_last_of_a_tick_speaks_for_all(void **state)
{
    struct scene *scene = *state;
    struct viewer viewers[4];

    open_big(scene);
    viewer_enter(&viewers[0], scene, "anna");
    ASSERT_CENSUS(scene, "1: enter anna aloud");
    scene_answer_census(scene, 101);

    viewer_enter(&viewers[1], scene, "bert");
    viewer_enter(&viewers[2], scene, "carl");
    viewer_enter(&viewers[3], scene, "dora");
    ASSERT_CENSUS(scene, "none");
    scene_pass(scene, SCENE_TICK_MS);

    ASSERT_CENSUS(scene, "4: enter bert, enter carl, enter dora aloud");
    scene_answer_census(scene, 104);
    for (int i = 0; i < 4; i++)
        leave(&viewers[i]);
    scene_pass(scene, SCENE_TICK_MS);
    ASSERT_CENSUS(scene, "0: leave anna, leave bert, leave carl, leave dora aloud");
}

/* Two who come one after another: the second is told of after exactly `round_ms`. */
static void assert_round(struct scene *scene, uint64_t online, uint64_t round_ms)
{
    struct viewer anna;
    struct viewer bert;

    open_with(scene, online);
    viewer_enter(&anna, scene, "anna");
    scene_answer_census(scene, online + 1);
    viewer_enter(&bert, scene, "bert");

    scene_pass(scene, round_ms - SCENE_TICK_MS / 2);
    ASSERT_CENSUS(scene, "none");
    scene_pass(scene, SCENE_TICK_MS / 2);
    ASSERT_CENSUS(scene, "2: enter bert aloud");

    scene_answer_census(scene, online + 2);
    leave(&anna);
    leave(&bert);
}

static void in_a_room_of_thousands_several_ticks_are_one(void **state)
{
    assert_round(*state, 2999, 3 * SCENE_TICK_MS);
}

static void however_large_the_room_its_count_is_never_older_than_a_second(void **state)
{
    assert_round(*state, 10000000, 1000);
}

static void a_storm_of_joins_takes_several_calls_and_one_announcement(void **state)
{
    static struct viewer viewers[150];
    struct scene *scene = *state;
    int aloud = 0;
    int calls = 0;

    open_big(scene);
    for (int i = 0; i < 150; i++)
        assert_int_equal(viewer_try_enter(&viewers[i], scene, "", 1), 0);
    scene_turn(scene);
    buffer_clear(&scene->journal);

    for (; scripted_first(scene->broker); calls++) {
        for (size_t i = 0; i < scripted_first(scene->broker)->n_items; i++)
            aloud += scripted_first(scene->broker)->items[i].announcement[0] != '\0';
        scene_answer_census(scene, 250);
    }

    assert_int_equal(calls, 3);
    assert_int_equal(aloud, 1);
    for (int i = 0; i < 150; i++)
        visit_leave(&viewers[i].visit, LEAVING_CLEANLY);
}

static void when_who_came_last_has_left_the_one_before_speaks_for_all(void **state)
{
    struct scene *scene = *state;
    struct viewer viewers[3];

    open_big(scene);
    viewer_enter(&viewers[0], scene, "anna");
    scene_answer_census(scene, 101);

    viewer_enter(&viewers[1], scene, "bert");
    viewer_enter(&viewers[2], scene, "carl");
    leave(&viewers[2]);
    scene_pass(scene, SCENE_TICK_MS);

    ASSERT_CENSUS(scene, "2: enter bert aloud");
    leave(&viewers[0]);
    leave(&viewers[1]);
}

static void a_second_socket_does_not_make_who_came_first_speak_for_all(void **state)
{
    struct scene *scene = *state;
    struct viewer viewers[4];
    const struct scripted_request *request;

    open_big(scene);
    viewer_enter(&viewers[0], scene, "anna");
    scene_answer_census(scene, 101);

    viewer_enter(&viewers[1], scene, "bert");
    viewer_enter(&viewers[2], scene, "carl");
    viewer_enter(&viewers[3], scene, "bert");
    scene_pass(scene, SCENE_TICK_MS);

    ASSERT_CENSUS(scene, "3: enter bert, enter carl aloud");
    request = scripted_oldest(scene->broker, SCRIPTED_CENSUS);
    assert_string_equal(request->items[1].announcement, "{\"msg_type\":\"join\",\"count\":2}");
    for (int i = 0; i < 4; i++)
        leave(&viewers[i]);
}

static void who_leaves_while_others_of_its_round_are_told_does_not_speak(void **state)
{
    static struct viewer viewers[130];
    struct scene *scene = *state;
    int aloud = 0;

    open_big(scene);
    viewer_enter(&viewers[0], scene, "anna");
    for (int i = 1; i < 130; i++)
        assert_int_equal(viewer_try_enter(&viewers[i], scene, "", 1), 0);
    scene_answer_census(scene, 101);
    scene_pass(scene, SCENE_TICK_MS);

    visit_leave(&viewers[129].visit, LEAVING_CLEANLY);
    while (scripted_first(scene->broker)) {
        const struct scripted_request *request = scripted_first(scene->broker);
        const struct scripted_item *last = &request->items[request->n_items - 1];

        for (size_t i = 0; i < request->n_items; i++)
            aloud += request->items[i].announcement[0] != '\0';
        if (last->announcement[0])
            assert_string_equal(last->announcement, "{\"msg_type\":\"join\",\"count\":128}");
        scene_answer_census(scene, 230);
    }

    assert_int_equal(aloud, 1);
    for (int i = 0; i < 129; i++)
        visit_leave(&viewers[i].visit, LEAVING_CLEANLY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(nobody_is_counted_before_the_room_can_hear),
        SCENE_TEST(an_answer_waits_for_the_census),
        SCENE_TEST(who_has_left_is_not_answered),
        SCENE_TEST(while_the_room_is_read_again_an_answer_waits_for_the_newer_state),
        SCENE_TEST(if_the_newer_state_cannot_be_had_the_older_one_serves),
        SCENE_TEST(while_the_broker_is_down_answers_come_at_once),
        SCENE_TEST(without_any_state_an_answer_waits_for_the_broker),
        SCENE_TEST(a_viewer_may_leave_and_the_room_be_closed_by_the_answer),
        SCENE_TEST(in_a_big_room_nobody_waits),
        SCENE_TEST(in_a_big_room_the_last_of_a_tick_speaks_for_all),
        SCENE_TEST(in_a_room_of_thousands_several_ticks_are_one),
        SCENE_TEST(however_large_the_room_its_count_is_never_older_than_a_second),
        SCENE_TEST(a_storm_of_joins_takes_several_calls_and_one_announcement),
        SCENE_TEST(when_who_came_last_has_left_the_one_before_speaks_for_all),
        SCENE_TEST(a_second_socket_does_not_make_who_came_first_speak_for_all),
        SCENE_TEST(who_leaves_while_others_of_its_round_are_told_does_not_speak),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
