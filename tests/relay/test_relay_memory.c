/* A relay to which memory is denied. */
#include "relay/relay.h"
#include "relay/snapshot.h"
#include "tests/relay/scene.h"
#include "tests/support/failing_malloc.h"

#include <string.h>

static void a_relay_needs_memory_and_frees_the_broker_without(void **state)
{
    struct scene *scene = *state;
    const struct relay_settings settings = {.loop = scene->loop,
                                            .wheel = scene->wheel,
                                            .metrics = scene->metrics,
                                            .region = "local",
                                            .worker = "b"};
    struct relay *relay = NULL;

    for (int i = 0; !relay; i++) {
        struct scripted_broker *broker = scripted_broker_new();
        bool freed = false;

        broker->freed = &freed;
        fail_malloc_after(i);
        relay = relay_new(&settings, &broker->broker, &(struct relay_events){0});
        fail_malloc_never();
        assert_int_equal(freed, relay == NULL);
        if (relay)
            broker->freed = NULL;
    }

    relay_free(relay);
}

static void without_memory_a_room_is_not_opened(void **state)
{
    struct scene *scene = *state;
    struct relay_room *room = NULL;

    scene->broker->fail_listen = true;
    assert_null(relay_open(scene->relay, span_of(ROOM), scene));
    scene->broker->fail_listen = false;
    scene_turn(scene);

    for (int i = 0; !room; i++) {
        fail_malloc_after(i);
        room = relay_open(scene->relay, span_of(ROOM), scene);
        fail_malloc_never();
        scene_turn(scene);
    }

    relay_close(room);
}

static void without_memory_a_room_is_read_again_and_misses_nothing(void **state)
{
    struct scene *scene = *state;
    const struct span chat[] = {span_of(CHAT(1, 1, "a"))};
    const struct broker_snapshot read = {.position = {1, 1}, .chat = chat, .n_chat = 1};

    for (int i = 0; i < 20; i++) {
        scene_open(scene);
        scene_arrive(scene, CHAT(1, 1, "a"));

        fail_malloc_after(i);
        scene_arrive(scene, CHAT(1, 2, "b"));
        scripted_snapshot(scene->broker, scripted_oldest(scene->broker, SCRIPTED_SNAPSHOT), &read);
        fail_malloc_never();
        scene_turn(scene);

        if (!scene_journal(scene)[0] || !strstr(scene_journal(scene), "snapshot")) {
            scene_pass(scene, SCENE_BACKOFF_MS);
            scene_answer_snapshot(scene, &read);
        }

        if (scene_asked_after(scene) > 0)
            scene_answer_history(scene, (struct position){1, 2}, true,
                                 (const char *const[]){CHAT(1, 2, "b"), NULL});
        if (scripted_oldest(scene->broker, SCRIPTED_SNAPSHOT))
            scene_answer_snapshot(scene, &read);

        assert_non_null(strstr(scene_journal(scene), "message b; "));
        buffer_clear(&scene->journal);
        scene_close(scene);
    }
}

static void a_message_that_found_no_memory_is_read_with_the_room(void **state)
{
    struct scene *scene = *state;

    scene_open_empty(scene);

    fail_malloc_after(0);
    scene_arrive(scene, CHAT(1, 1, "a"));
    fail_malloc_never();

    ASSERT_TOLD(scene, "message a; ");
    scene_arrive(scene, CHAT(1, 2, "b"));
    ASSERT_TOLD(scene, "message b; ");
    scene_pass(scene, SCENE_BACKOFF_MS);
    scene_answer_snapshot(scene, &(struct broker_snapshot){.position = {1, 2}});
    ASSERT_TOLD(scene, "snapshot; ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(a_relay_needs_memory_and_frees_the_broker_without),
        SCENE_TEST(without_memory_a_room_is_not_opened),
        SCENE_TEST(without_memory_a_room_is_read_again_and_misses_nothing),
        SCENE_TEST(a_message_that_found_no_memory_is_read_with_the_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
