/* Each allocation fails in turn while a room repairs what it has missed: all of it is told once and
 * in order, or the room's state is read again and has it. */
#include "relay/relay.h"
#include "tests/relay/scene.h"
#include "tests/support/torture.h"

#include <string.h>

enum { ROUNDS = 6 };

static const struct broker_snapshot later = {.position = {7, 8}};

/* With memory again it asks until it knows: whatever it asks is answered. */
static void answer_all(struct scene *scene)
{
    for (int i = 0; i < ROUNDS; i++) {
        scene_turn(scene);
        if (scene_asked_after(scene) > 0)
            scene_answer_history(scene, (struct position){7, 8}, true,
                                 ENTRIES(GIFT(7, 6, "f"), GIFT(7, 7, "g"), GIFT(7, 8, "h")));
        if (scripted_oldest(scene->broker, SCRIPTED_SNAPSHOT))
            scene_answer_snapshot(scene, &later);
        scene_pass(scene, SCENE_BACKOFF_MS);
    }
}

static size_t times(const char *text, const char *part)
{
    size_t n = 0;

    while ((text = strstr(text, part))) {
        text += strlen(part);
        n++;
    }

    return n;
}

static void assert_told_once(struct scene *scene, const struct torture *torture)
{
    const char *told = scene_journal(scene);
    bool read_again = strstr(told, "snapshot") != NULL;

    assert_true(!read_again || torture_refused(torture));
    for (const char *const *id = ENTRIES("x_* f", "x_* g", "x_* h"); *id; id++) {
        if (times(told, *id) != 1 && !(read_again && times(told, *id) == 0))
            fail_msg("%s", told);
    }
    buffer_clear(&scene->journal);
}

static void what_was_missed_is_told_once_or_read_with_the_room(void **state)
{
    struct scene *scene = *state;

    TORTURE (torture) {
        scene_open(scene);
        scene_answer_snapshot(scene, &(struct broker_snapshot){.position = {7, 5}});
        buffer_clear(&scene->journal);

        torture_begin(&torture);
        scene_arrive(scene, GIFT(7, 8, "h"));
        torture_end(&torture);
        if (scene_asked_after(scene) == 5) {
            torture_begin(&torture);
            scene_answer_history(scene, (struct position){7, 7}, true,
                                 ENTRIES(GIFT(7, 6, "f"), GIFT(7, 7, "g")));
            torture_end(&torture);
        }

        answer_all(scene);
        assert_told_once(scene, &torture);
        scene_close(scene);
    }
}

static void an_audit_without_memory_finds_it_later(void **state)
{
    struct scene *scene = *state;

    TORTURE (torture) {
        scene_open(scene);
        scene_answer_snapshot(scene, &(struct broker_snapshot){.position = {7, 5}});
        buffer_clear(&scene->journal);

        torture_begin(&torture);
        scene_pass(scene, 1100);
        torture_end(&torture);

        answer_all(scene);
        assert_told_once(scene, &torture);
        scene_close(scene);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(what_was_missed_is_told_once_or_read_with_the_room),
        SCENE_TEST(an_audit_without_memory_finds_it_later),
    };

    return cmocka_run_group_tests_name("repair_memory", tests, NULL, NULL);
}
