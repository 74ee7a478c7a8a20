/* What v1 clients are told of a room that is not heard, and nobody else. */
#include "gateway/v1_notice.h"

#include "tests/gateway/site.h"
#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <string.h>

#define CHAT "{\"msg_type\":\"message\",\"content\":\"hello\"}"
#define PACKED_TRUE \
    "\xa8"          \
    "degraded"      \
    "\xc3"

enum { ENOUGH = 200 };

static struct hub_room *newest_room(const struct site *site)
{
    return session_membership(site_newest(site))->room;
}

static struct viewer *enter(struct site *site)
{
    struct viewer *viewer = viewer_open(site, "/?room_id=r&dialect=v1");

    viewer_expect(viewer, "joined");

    return viewer;
}

static void it_is_told_in_the_rooms_stream_and_to_v1_only(void **state)
{
    struct site site;
    struct viewer *live, *v1;

    (void)state;
    site_start(&site, &(struct site_settings){0});
    live = viewer_join(&site, "r", "ann");
    v1 = enter(&site);

    hub_relay_events.on_degraded(newest_room(&site), true);
    site_publish(&site, "r", CHAT);
    hub_relay_events.on_degraded(newest_room(&site), false);

    viewer_expect(v1, "{\"msg_type\":\"degraded\",\"room_id\":\"r\",\"degraded\":true,\"term\":0,"
                      "\"seq\":0}");
    viewer_expect(v1, "hello");
    viewer_expect(v1, "\"degraded\":false,\"term\":");
    viewer_skip_to(live, "hello");
    viewer_expect_silence(live);

    viewer_free(v1);
    viewer_free(live);
    site_stop(&site);
}

static void without_memory_to_tell_it_the_room_is_closed(void **state)
{
    bool told = false;

    (void)state;
    for (int successes = 0; !told; successes++) {
        struct site site;
        struct viewer *viewer;

        assert_true(successes < ENOUGH);
        site_start(&site, &(struct site_settings){0});
        viewer = enter(&site);

        fail_malloc_after(successes);
        hub_relay_events.on_degraded(newest_room(&site), true);
        fail_malloc_never();

        told = !site_newest(&site)->closing;
        if (told)
            viewer_expect(viewer, "degraded");
        else
            assert_int_equal(viewer_read_close(viewer), CLOSE_TRY_LATER);
        viewer_free(viewer);
        site_stop(&site);
    }
}

static void without_memory_for_msgpack_nothing_is_written(void **state)
{
    struct site site;
    struct viewer *viewer;
    struct buffer out;
    int rc = -ENOMEM;

    (void)state;
    site_start(&site, &(struct site_settings){0});
    viewer = enter(&site);
    for (int successes = 0; rc != 0; successes++) {
        assert_true(successes < ENOUGH);
        buffer_init(&out, 1000);
        fail_malloc_after(successes);
        v1_notice_write_packed(newest_room(&site), NOTICE_DEGRADED, &out);
        fail_malloc_never();

        rc = buffer_status(&out);
        assert_true(rc == 0 || rc == -ENOMEM);
        if (rc == 0)
            assert_true(strstr(buffer_text(&out), PACKED_TRUE) != NULL);
        buffer_dispose(&out);
    }

    viewer_free(viewer);
    site_stop(&site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_told_in_the_rooms_stream_and_to_v1_only),
        cmocka_unit_test(without_memory_to_tell_it_the_room_is_closed),
        cmocka_unit_test(without_memory_for_msgpack_nothing_is_written),
    };

    return cmocka_run_group_tests_name("v1_notice", tests, NULL, NULL);
}
