/* Each allocation fails in turn while v1 clients come, go on, talk and leave: each is served or
 * sent away with a code, and nothing is left behind. */
#include "gateway/command.h"

#include "base/buffer.h"
#include "schema/msgpack.h"
#include "tests/gateway/site.h"
#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

#include <string.h>

#define CHAT "{\"msg_type\":\"message\",\"content\":\"hello\"}"
#define SHELF "{\"msg_type\":\"on_off_shelf\",\"goods_id\":\"g\",\"status\":\"on\"}"

enum { ENOUGH = 2000, TURNS = 60 };

static const char *const says[] = {
    "{\"msg_type\":\"join\",\"room_id\":\"r\",\"from_uid\":\"u\",\"ack\":1}",
    "{\"msg_type\":\"message\",\"content\":\"hello\",\"id\":\"m\",\"ack\":2}",
    "{\"msg_type\":\"like\",\"ack\":3}",
    "{\"msg_type\":\"nothing\",\"ack\":4}",
    "{\"msg_type\":\"join\",\"room_id\":\"r\",\"from_uid\":\"u\",\"term\":0,\"seq\":0,\"ack\":5}",
    "{\"msg_type\":\"join\",\"room_id\":\"other\",\"from_uid\":\"u\",\"ack\":6}",
    "{\"msg_type\":\"leave\",\"room_id\":\"r\",\"ack\":7}",
    "{\"msg_type\":\"ping\",\"ack\":8}",
};

static void say(struct viewer *viewer, bool packed, const char *json)
{
    struct buffer out;

    if (!packed) {
        viewer_say(viewer, json);
        return;
    }

    buffer_init(&out, 1000);
    assert_int_equal(msgpack_from_json(span_of(json), &out), 0);
    assert_true(ws_client_send_frame(&viewer->ws, 0x80 | WS_BINARY, out.data, out.size));
    buffer_dispose(&out);
}

/* True if it was enough. */
static bool work_with(struct site *site, int successes)
{
    size_t before = malloc_successes();

    fail_malloc_after(successes);
    for (int i = 0; i < TURNS; i++)
        site_step(site);
    fail_malloc_never();

    return malloc_successes() - before < (size_t)successes;
}

static bool one_evening(struct site *site, int successes, bool packed)
{
    struct viewer *viewer = viewer_open(site, packed ? "/?dialect=v1.msgpack" : "/?dialect=v1");
    bool enough;

    site_settle(site);
    for (size_t i = 0; i < sizeof says / sizeof says[0]; i++)
        say(viewer, packed, says[i]);
    enough = work_with(site, successes);
    site_settle(site);

    viewer_free(viewer);
    while (site_sessions(site) > 0)
        site_step(site);
    assert_int_equal(hub_room_count(site->hub), 0);

    return enough;
}

static void without_memory_a_client_is_served_or_sent_away(void **state)
{
    (void)state;

    for (int packed = 0; packed < 2; packed++) {
        bool enough = false;

        for (int successes = 0; !enough && successes < ENOUGH; successes++) {
            struct site site;

            site_start(&site, &(struct site_settings){0});
            site_publish(&site, "r", CHAT);
            site_publish(&site, "r", SHELF);
            enough = one_evening(&site, successes, packed);
            site_stop(&site);
        }

        assert_true(enough);
    }
}

static void a_command_whose_client_has_gone_is_answered_to_nobody(void **state)
{
    struct viewer *viewer;
    struct site site;

    (void)state;
    site_start(&site, &(struct site_settings){0});
    viewer = viewer_open(&site, "/?dialect=v1&room_id=r");
    viewer_expect(viewer, "\"joined\"");

    viewer_say(viewer, says[1]);
    ws_client_abort(&viewer->ws);
    viewer_free(viewer);
    while (site_sessions(&site) > 0)
        site_step(&site);

    site_stop(&site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_memory_a_client_is_served_or_sent_away),
        cmocka_unit_test(a_command_whose_client_has_gone_is_answered_to_nobody),
    };

    return cmocka_run_group_tests_name("v1_memory", tests, NULL, NULL);
}
