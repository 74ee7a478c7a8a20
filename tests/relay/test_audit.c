/* How a room finds out that something was lost: after a renewed link, or by itself. */
#include "relay/audit.h"

#include "base/metrics.h"
#include "tests/relay/scene.h"

#include <stdio.h>

static void after_a_renewal_the_history_is_read_not_the_state(void **state)
{
    struct scene *scene = *state;

    scene_open_at(scene, 7, 5);
    scripted_listening(scene->broker, ROOM);
    scene_arrive(scene, GIFT(7, 8, "h"));
    assert_int_equal(scene_asked_after(scene), 5);
    scene_answer_history(scene, (struct position){7, 7}, true,
                         ENTRIES(GIFT(7, 6, "f"), GIFT(7, 7, "g")));

    ASSERT_TOLD(scene, "x_* f; x_* g; x_* h; ");
    assert_int_equal(scripted_waiting(scene->broker), 0);
}

static void a_renewal_while_the_state_is_read_loses_nothing(void **state)
{
    struct scene *scene = *state;

    scene_open(scene);
    scripted_listening(scene->broker, ROOM);
    scene_answer_snapshot(scene, &(struct broker_snapshot){.position = {7, 4}});
    scene_answer_snapshot(scene, &(struct broker_snapshot){.position = {7, 5}});
    scene_answer_history(scene, (struct position){7, 5}, true, ENTRIES(GIFT(7, 5, "e")));

    ASSERT_TOLD(scene, "snapshot; x_* e; snapshot; ");
}

static void after_an_empty_restart_the_state_is_read_again(void **state)
{
    struct scene *scene = *state;

    scene_open_at(scene, 7, 90);
    scripted_listening(scene->broker, ROOM);
    scene_answer_history(scene, (struct position){0, 0}, true, NULL);
    scene_answer_snapshot(scene, &(struct broker_snapshot){0});
    scene_arrive(scene, FIRST(9, 1, "a"));
    scene_answer_history(scene, (struct position){9, 1}, true, ENTRIES(FIRST(9, 1, "a")));

    ASSERT_TOLD(scene, "snapshot; x_* a; ");
}

static void a_quiet_room_is_audited_at_growing_distances(void **state)
{
    static const uint64_t at_ms[] = {1000, 2000, 4000, 8000, 16000, 32000, 60000};
    struct scene *scene = *state;
    uint64_t now_ms = 0;

    scene_open_at(scene, 7, 1);
    for (size_t i = 0; i < 6; i++) {
        scene_pass(scene, at_ms[i] - now_ms - 10);
        now_ms = at_ms[i] - 10;
        assert_int_equal(scene_asked_after(scene), 0);
        scene_pass(scene, 20);
        now_ms += 20;
        assert_int_equal(scene_asked_after(scene), 1);
        scene_answer_history(scene, (struct position){7, 1}, true, NULL);
    }
    assert_int_equal(scene_metric(scene, METRIC_AUDITS, 0), 6);

    for (size_t i = 0; i < 5; i++) {
        scene_pass(scene, 90000);
        assert_int_equal(scene_asked_after(scene), 1);
        scene_answer_history(scene, (struct position){7, 1}, true, NULL);
    }
    ASSERT_TOLD(scene, "");
}

static void an_audit_finds_the_last_message_and_begins_anew(void **state)
{
    struct scene *scene = *state;

    scene_open_at(scene, 7, 1);
    scene_pass(scene, 1010);
    scene_answer_history(scene, (struct position){7, 1}, true, NULL);
    scene_pass(scene, 1010);
    scene_answer_history(scene, (struct position){7, 2}, true, ENTRIES(GIFT(7, 2, "b")));
    ASSERT_TOLD(scene, "x_* b; ");

    scene_pass(scene, 1010);
    assert_int_equal(scene_asked_after(scene), 2);
}

static void a_busy_room_is_not_audited(void **state)
{
    struct scene *scene = *state;

    scene_open_at(scene, 7, 1);
    for (int i = 2; i < 50; i++) {
        char entry[80];

        (void)snprintf(entry, sizeof entry, "7:%d:1:m::::{\"msg_type\":\"buy\"}", i);
        scene_pass(scene, 100);
        scene_arrive(scene, entry);
    }

    assert_int_equal(scene_metric(scene, METRIC_AUDITS, 0), 0);
}

static void while_the_broker_is_down_nothing_is_asked(void **state)
{
    struct scene *scene = *state;

    scene_open_at(scene, 7, 1);
    scripted_state(scene->broker, BROKER_DOWN);
    scene_arrive(scene, GIFT(7, 3, "c"));
    scene_pass(scene, 5000);
    assert_int_equal(scripted_waiting(scene->broker), 0);

    scripted_state(scene->broker, BROKER_UP);
    assert_int_equal(scene_asked_after(scene), 1);
}

static void a_closed_room_forgets_what_it_waited_for(void **state)
{
    struct scene *scene = *state;

    scene_open_at(scene, 7, 1);
    scene_arrive(scene, GIFT(7, 3, "c"));
    scene_close(scene);
    scene_open(scene);
    scene_answer_history(scene, (struct position){7, 3}, true,
                         ENTRIES(GIFT(7, 2, "b"), GIFT(7, 3, "c")));
    ASSERT_TOLD(scene, "");
    assert_int_equal(scene_metric(scene, METRIC_HELD_BYTES, 0), 0);

    scene_answer_snapshot(scene, &(struct broker_snapshot){.position = {7, 3}});
    ASSERT_TOLD(scene, "snapshot; ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(after_a_renewal_the_history_is_read_not_the_state),
        SCENE_TEST(a_renewal_while_the_state_is_read_loses_nothing),
        SCENE_TEST(after_an_empty_restart_the_state_is_read_again),
        SCENE_TEST(a_quiet_room_is_audited_at_growing_distances),
        SCENE_TEST(an_audit_finds_the_last_message_and_begins_anew),
        SCENE_TEST(a_busy_room_is_not_audited),
        SCENE_TEST(while_the_broker_is_down_nothing_is_asked),
        SCENE_TEST(a_closed_room_forgets_what_it_waited_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
