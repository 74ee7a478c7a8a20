/* A room that hears nothing wrong still finds out who is banned from it. */
#include "relay/relay.h"

#include "tests/relay/scene.h"

#include <stdio.h>
#include <string.h>

/* What the room is asked for, not what is for all rooms; NULL: it was not asked for. */
static struct scripted_request *asked(const struct scene *scene)
{
    struct scripted_request *request = scene->broker->first;

    while (request && (request->verb != SCRIPTED_SANCTIONS || strcmp(request->room, ROOM) != 0))
        request = request->next;

    return request;
}

static void open_room(struct scene *scene)
{
    scene_open(scene);
    scene_answer_snapshot(scene, &(struct broker_snapshot){.position = {7, 1}});
    scene->broker->scripts_sanctions = true;
}

/* Somebody speaks all the time: no audit is due. */
static void talk(struct scene *scene, unsigned *seq, unsigned seconds)
{
    for (unsigned i = 0; i < 2 * seconds; i++) {
        char entry[80];

        (void)snprintf(entry, sizeof entry, "7:%u:1:::::{\"msg_type\":\"x_gift\"}", ++*seq);
        scripted_entry(scene->broker, ROOM, entry);
        scene_pass(scene, 500);
    }
}

static void a_busy_room_finds_a_ban_that_nobody_told_of(void **state)
{
    static const struct broker_sanction item = {.uid = SPAN_LITERAL("anna"), .is_ban = true};
    static const struct broker_sanctions of_anna = {.items = &item, .n_items = 1};
    struct scene *scene = *state;
    unsigned seq = 1;

    open_room(scene);

    talk(scene, &seq, 29);
    assert_null(asked(scene));
    talk(scene, &seq, 62);
    assert_non_null(asked(scene));
    scripted_sanctions(scene->broker, asked(scene), &of_anna);

    assert_true(relay_bans(scene->relay, scene->room, span_of("anna")));
}

/* An audit comes a second after each word, and most rooms have nothing in force. */
static void an_audit_does_not_read_what_is_in_force(void **state)
{
    struct scene *scene = *state;

    open_room(scene);

    scene_pass(scene, 1020);
    assert_non_null(scripted_oldest(scene->broker, SCRIPTED_HISTORY));
    assert_null(asked(scene));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(a_busy_room_finds_a_ban_that_nobody_told_of),
        SCENE_TEST(an_audit_does_not_read_what_is_in_force),
    };

    return cmocka_run_group_tests_name("relay_moderation", tests, NULL, NULL);
}
