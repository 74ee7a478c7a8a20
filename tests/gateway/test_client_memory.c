/* Each allocation fails in turn, libevent's and libwebsockets' too, while a client connects, says
 * what its dialect knows, and goes: it is served or ended, whoever stands beside is served or told,
 * and the next one finds all as it should be. */
#include "gateway/hub.h"

#include "tests/gateway/site.h"
#include "tests/support/torture.h"
#include "tests/support/unit.h"

#include <stdio.h>
#include <string.h>

#define FENCE "{\"msg_type\":\"x_fence\"}"
#define SHELF "{\"msg_type\":\"on_off_shelf\",\"goods_id\":\"g\",\"status\":\"on\"}"

enum { TURNS = 4, SAYS = 8, LAST_TURNS = 30 };

struct story {
    const char *target;
    const char *says[SAYS];
};

struct hardship {
    struct site *site;
    struct torture *torture;
};

static void step(void *owner)
{
    const struct hardship *hardship = owner;

    torture_begin(hardship->torture);
    for (int i = 0; i < TURNS; i++)
        site_step(hardship->site);
    torture_end(hardship->torture);
}

/* The request comes in two pieces, so that somebody has to keep the first. */
static bool open_client(struct ws_client *client, struct hardship *hardship, const char *target)
{
    char request[512];
    size_t size, half;

    size = (size_t)snprintf(request, sizeof request, "GET %s HTTP/1.1\r\n" WS_CLIENT_HEADERS "\r\n",
                            target);
    half = size / 2;
    ws_client_connect(client, listener_port(hardship->site->listener), step, hardship);
    step(hardship);

    if (!ws_client_send(client, request, half))
        return false;

    step(hardship);

    return ws_client_send(client, request + half, size - half) &&
           ws_client_read_head(client) == 101;
}

static void live_through(struct story const *story, struct hardship *hardship)
{
    struct ws_client client;

    if (open_client(&client, hardship, story->target)) {
        step(hardship);
        for (size_t i = 0; i < SAYS && story->says[i]; i++) {
            if (ws_client_send_text(&client, story->says[i]))
                step(hardship);
        }
        for (int i = 0; i < LAST_TURNS; i++)
            step(hardship);
    }

    ws_client_close(&client);
    for (int i = 0; i < LAST_TURNS; i++)
        step(hardship);
}

/* It hears what is said now, or was told why not. */
static void assert_served_or_told(struct viewer *viewer, const struct torture *torture)
{
    const char *text;

    do
        text = viewer_read(viewer);
    while (text && !strstr(text, "x_fence"));

    if (text)
        return;

    /* Only where there is no memory at all, even to wait until a Close can be sent, it is cut. */
    assert_true(torture_refused(torture));
    assert_true(torture->lasting || !viewer->ws.ended);
    assert_true(viewer->ws.ended || viewer->frame.first == (0x80 | WS_CLOSE));
}

static void live_each_time(const struct story *story)
{
    struct site site;

    site_start(&site, &(struct site_settings){.leave_grace_ms = 1});
    site_publish(&site, "r", SHELF);

    TORTURE (torture) {
        struct viewer *beside = viewer_join(&site, "r", NULL);
        struct viewer *plain = viewer_open(&site, "/?dialect=plain&room_id=r");

        site_settle(&site);
        live_through(story, &(struct hardship){&site, &torture});
        site_publish(&site, "r", FENCE);

        assert_served_or_told(beside, &torture);
        assert_served_or_told(plain, &torture);
        viewer_free(beside);
        viewer_free(plain);
        while (site_sessions(&site) > 0 || hub_room_count(site.hub) > 0)
            site_step(&site);
    }

    site_stop(&site);
}

static void a_live_client_is_served_or_ended_and_nobody_else_is_harmed(void **state)
{
    static const struct story stories[] = {
        {"/?room_id=r",
         {"{\"msg_type\":\"message\",\"content\":\"hello\"}", "{\"msg_type\":\"like\"}",
          "{\"msg_type\":\"subscribe\"}", "{\"data\":\"text\"}", "text",
          "{\"msg_type\":\"message\"}"}},
        {"/",
         {"{\"msg_type\":\"join\",\"room_id\":\"r\",\"from_uid\":\"u\",\"from_name\":\"Ann\"}",
          "{\"msg_type\":\"ping\"}", "{\"msg_type\":\"join\",\"room_id\":\"other\"}",
          "{\"msg_type\":\"leave\"}", "{\"type\":\"logout\"}"}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof stories / sizeof stories[0]; i++)
        live_each_time(&stories[i]);
}

static void a_plain_client_is_served_or_ended_and_nobody_else_is_harmed(void **state)
{
    static const struct story story = {
        "/?dialect=plain&room_id=r",
        {"text", "0123456789abcdEFping",
         "{\"msg_type\":\"join\",\"room_id\":\"other\",\"from_uid\":\"u\"}",
         "{\"msg_type\":\"message\",\"content\":\"hello\"}"}};

    (void)state;
    live_each_time(&story);
}

static void a_v1_client_is_served_or_ended_and_nobody_else_is_harmed(void **state)
{
    static const struct story story = {
        "/?dialect=v1",
        {"{\"msg_type\":\"join\",\"room_id\":\"r\",\"from_uid\":\"u\",\"ack\":1}",
         "{\"msg_type\":\"message\",\"content\":\"hello\",\"ack\":2}",
         "{\"msg_type\":\"nothing\",\"ack\":3}",
         "{\"msg_type\":\"join\",\"room_id\":\"r\",\"term\":0,\"seq\":0,\"ack\":4}",
         "{\"msg_type\":\"join\",\"room_id\":\"other\",\"ack\":5}",
         "{\"msg_type\":\"leave\",\"room_id\":\"r\",\"ack\":6}"}};

    (void)state;
    live_each_time(&story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_live_client_is_served_or_ended_and_nobody_else_is_harmed),
        cmocka_unit_test(a_plain_client_is_served_or_ended_and_nobody_else_is_harmed),
        cmocka_unit_test(a_v1_client_is_served_or_ended_and_nobody_else_is_harmed),
    };

    return cmocka_run_group_tests_name("client_memory", tests, NULL, NULL);
}
