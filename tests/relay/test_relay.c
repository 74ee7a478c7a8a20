#include "relay/relay.h"

#include "base/clock.h"
#include "base/metrics.h"
#include "base/wheel.h"
#include "relay/snapshot.h"
#include "tests/relay/scene.h"

/* ---- opening ---- */

static void a_room_is_read_once_it_is_listened_to(void **state)
{
    struct scene *scene = *state;

    scene->room = relay_open(scene->relay, span_of(ROOM), scene);
    scene_turn(scene);
    assert_int_equal(scene->broker->listens, 1);
    assert_int_equal(scripted_waiting(scene->broker), 0);

    scripted_listening(scene->broker, ROOM);

    assert_non_null(scripted_oldest(scene->broker, SCRIPTED_SNAPSHOT));
    assert_null(relay_snapshot(scene->room));
}

static void what_arrives_while_it_is_read_is_applied_if_newer(void **state)
{
    struct scene *scene = *state;

    scene_open(scene);
    scene_arrive(scene, CHAT(1, 6, "f"));
    scene_arrive(scene, CHAT(1, 7, "g"));
    scene_arrive(scene, CHAT(1, 8, "h"));
    assert_string_equal(scene_journal(scene), "");

    scene_answer_snapshot(scene, &(struct broker_snapshot){.position = {1, 7}});

    ASSERT_TOLD(scene, "snapshot; message h; ");
    assert_int_equal(snapshot_position(relay_snapshot(scene->room)).seq, 8);
    assert_int_equal(snapshot_chat_count(relay_snapshot(scene->room)), 1);
    assert_int_equal(scene_metric(scene, METRIC_SEQUENCED, 2), 0);
}

static void a_second_room_is_another(void **state)
{
    struct scene *scene = *state, elsewhere = {0};
    struct relay_room *other = relay_open(scene->relay, span_of("other"), &elsewhere);

    assert_non_null(other);
    scripted_listening(scene->broker, "other");
    scene_answer_snapshot(scene, &(struct broker_snapshot){0});
    scene_open_empty(scene);

    scripted_entry(scene->broker, "other", CHAT(1, 1, "a"));
    scene_arrive(scene, CHAT(1, 1, "b"));

    ASSERT_TOLD(scene, "message b; ");
    ASSERT_TOLD(&elsewhere, "snapshot; message a; ");
    relay_close(other);
    buffer_dispose(&elsewhere.journal);
}

static void a_room_that_cannot_be_read_is_read_again_later(void **state)
{
    struct scene *scene = *state;

    scene_open(scene);
    scene_arrive(scene, CHAT(1, 1, "a"));

    for (int i = 0; i < 3; i++) {
        scripted_refuse(scene->broker, scripted_first(scene->broker), REFUSAL_INTERNAL);
        scene_turn(scene);
        assert_int_equal(scripted_waiting(scene->broker), 0);
        scene_pass(scene, SCENE_BACKOFF_MS);
        assert_int_equal(scripted_waiting(scene->broker), 1);
    }

    scene_answer_snapshot(scene, &(struct broker_snapshot){0});
    ASSERT_TOLD(scene, "snapshot; message a; ");
}

static void while_the_broker_is_down_nothing_is_asked(void **state)
{
    struct scene *scene = *state;

    scripted_state(scene->broker, BROKER_DOWN);
    scene_open(scene);
    scene_pass(scene, SCENE_BACKOFF_MS);
    assert_int_equal(scene->broker->asked, 0);

    scripted_state(scene->broker, BROKER_UP);

    scene_answer_snapshot(scene, &(struct broker_snapshot){0});
    ASSERT_TOLD(scene, "snapshot; ");
}

static void too_much_held_is_dropped_and_read_from_history(void **state)
{
    struct scene *scene = *state;

    scene_open(scene);
    for (int i = 0; i < 10001; i++)
        scene_arrive(scene, CHAT(1, 2, "b"));
    assert_int_equal(scene_metric(scene, METRIC_HELD_BYTES, 0), 0);

    scene_answer_snapshot(scene, &(struct broker_snapshot){.position = {1, 1}});
    ASSERT_TOLD(scene, "snapshot; ");

    assert_int_equal(scene_asked_after(scene), 1);
    scene_answer_history(scene, (struct position){1, 2}, true,
                         (const char *const[]){CHAT(1, 2, "b"), NULL});
    ASSERT_TOLD(scene, "message b; ");
}

/* ---- closing ---- */

static void a_closed_room_hears_nothing(void **state)
{
    struct scene *scene = *state;

    scene_open_empty(scene);
    scene_close(scene);

    scene_arrive(scene, CHAT(1, 1, "a"));
    scripted_listening(scene->broker, ROOM);
    scene_turn(scene);

    assert_int_equal(scene->broker->unlistens, 1);
    assert_int_equal(scripted_waiting(scene->broker), 0);
    ASSERT_TOLD(scene, "");
}

static void a_room_closed_while_it_is_read_ignores_the_answer(void **state)
{
    struct scene *scene = *state;

    scene_open(scene);
    scene_close(scene);

    scene_answer_snapshot(scene, &(struct broker_snapshot){0});

    ASSERT_TOLD(scene, "");
}

static void a_room_opened_again_does_not_take_the_answer_to_the_first_opening(void **state)
{
    struct scene *scene = *state;

    scene_open(scene);
    scene_close(scene);
    scene->room = relay_open(scene->relay, span_of(ROOM), scene);

    scene_answer_snapshot(scene, &(struct broker_snapshot){.position = {1, 1}});
    ASSERT_TOLD(scene, "");
    scripted_listening(scene->broker, ROOM);
    scene_answer_snapshot(scene, &(struct broker_snapshot){.position = {1, 2}});

    ASSERT_TOLD(scene, "snapshot; ");
}

static void close_once_told(struct scene *scene)
{
    if (scene->room)
        relay_close(scene->room);
    scene->room = NULL;
}

static void a_room_may_be_closed_by_what_it_is_told(void **state)
{
    struct scene *scene = *state;

    scene->on_told = close_once_told;
    scene_open(scene);
    scene_arrive(scene, CHAT(1, 1, "a"));
    scene_arrive(scene, CHAT(1, 2, "b"));
    scene_answer_snapshot(scene, &(struct broker_snapshot){0});
    ASSERT_TOLD(scene, "snapshot; ");

    scene->on_told = NULL;
    scene_open_empty(scene);
    scene->on_told = close_once_told;
    scene_arrive(scene, CHAT(1, 2, "b"));
    scene_arrive(scene, CHAT(1, 3, "c"));
    scene_answer_history(
        scene, (struct position){1, 3}, true,
        (const char *const[]){CHAT(1, 1, "a"), CHAT(1, 2, "b"), CHAT(1, 3, "c"), NULL});
    ASSERT_TOLD(scene, "message a; ");
}

/* ---- requests that pass through ---- */

static void on_published(void *arg, const struct broker_status *status,
                         const struct broker_published *published)
{
    int *answered = arg;

    assert_int_equal(status->refusal, REFUSAL_UNAVAILABLE);
    assert_non_null(published);
    (*answered)++;
}

static void a_message_is_published_with_its_origin(void **state)
{
    struct scene *scene = *state;
    int answered = 0;

    relay_publish(scene->relay,
                  &(struct relay_publish){.room = span_of("elsewhere"),
                                          .message = span_of("{}"),
                                          .session = 17,
                                          .flags = ENTRY_NOT_TO_SENDER},
                  on_published, &answered);
    relay_publish(scene->relay,
                  &(struct relay_publish){.room = span_of("elsewhere"), .message = span_of("{}")},
                  on_published, &answered);

    assert_string_equal(scripted_first(scene->broker)->room, "elsewhere");
    assert_string_equal(scripted_first(scene->broker)->origin, "local/a/17");
    assert_int_equal(scripted_first(scene->broker)->flags, ENTRY_NOT_TO_SENDER);
    assert_string_equal(scripted_first(scene->broker)->next->origin, "");

    /* Whatever is still under way is answered when the relay goes. */
    relay_free(scene->relay);
    assert_int_equal(answered, 2);
    scene->broker = scripted_broker_new();
    scene->relay = relay_new(&(struct relay_settings){.loop = scene->loop,
                                                      .wheel = scene->wheel,
                                                      .metrics = scene->metrics,
                                                      .region = "local",
                                                      .worker = "a"},
                             &scene->broker->broker, &(struct relay_events){0});
}

static void the_state_is_the_brokers(void **state)
{
    struct scene *scene = *state;
    const char *why = NULL;

    assert_int_equal(relay_state(scene->relay, &why), BROKER_UP);
    scripted_state(scene->broker, BROKER_DOWN);

    assert_int_equal(relay_state(scene->relay, &why), BROKER_DOWN);
    assert_string_equal(why, "the test says so");
    assert_int_equal(scene_metric(scene, METRIC_BROKER_UP, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(a_room_is_read_once_it_is_listened_to),
        SCENE_TEST(what_arrives_while_it_is_read_is_applied_if_newer),
        SCENE_TEST(a_second_room_is_another),
        SCENE_TEST(a_room_that_cannot_be_read_is_read_again_later),
        SCENE_TEST(while_the_broker_is_down_nothing_is_asked),
        SCENE_TEST(too_much_held_is_dropped_and_read_from_history),
        SCENE_TEST(a_closed_room_hears_nothing),
        SCENE_TEST(a_room_closed_while_it_is_read_ignores_the_answer),
        SCENE_TEST(a_room_opened_again_does_not_take_the_answer_to_the_first_opening),
        SCENE_TEST(a_room_may_be_closed_by_what_it_is_told),
        SCENE_TEST(a_message_is_published_with_its_origin),
        SCENE_TEST(the_state_is_the_brokers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
