/* Each allocation fails in turn: while the door is made, while a client comes in, while it talks.
 * What libwebsockets and libevent ask for is among them. */
#include "gateway/ws.h"

#include "base/metrics.h"
#include "tests/gateway/door_server.h"
#include "tests/support/torture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void a_door_is_made_whole_or_not_at_all(void **state)
{
    struct event_base *loop = event_base_new();
    struct metrics *metrics = metrics_new();
    const struct ws_settings settings = {.loop = loop, .metrics = metrics};

    (void)state;

    TORTURE (torture) {
        struct ws_door *door;

        torture_begin(&torture);
        door = ws_door_new(&settings);
        torture_end(&torture);

        assert_true(door || torture_refused(&torture));
        if (door)
            ws_door_free(door);
    }

    metrics_free(metrics);
    event_base_free(loop);
}

/* The client does not share the trouble. */
static void step(struct door_server *server, struct torture *torture)
{
    torture_begin(torture);
    for (int i = 0; i < 20; i++)
        door_server_step(server);
    torture_end(torture);
}

static void a_client_that_finds_no_memory_is_ended_and_the_next_is_served(void **state)
{
    const struct door_server_settings settings = {.handshake_ms = 0};
    struct door_server server;

    (void)state;
    door_server_start(&server, &settings);

    TORTURE (torture) {
        struct ws_client client;

        door_server_connect(&server, &client);
        assert_true(ws_client_send(&client, WS_CLIENT_REQUEST, strlen(WS_CLIENT_REQUEST)));
        step(&server, &torture);
        assert_true(ws_client_read_head(&client) == 101 || torture_refused(&torture));
        ws_client_close(&client);
        door_server_wait(&server, &server.closed, server.opened);
    }

    door_server_stop(&server);
}

static void a_message_that_finds_no_memory_ends_its_client_only(void **state)
{
    const struct door_server_settings settings = {.handshake_ms = 0};
    struct door_server server;
    char payload[2000];

    (void)state;
    memset(payload, 'x', sizeof payload);
    door_server_start(&server, &settings);

    TORTURE (torture) {
        struct ws_client client;
        struct ws_frame frame;

        door_server_open(&server, &client);
        assert_true(ws_client_send_frame(&client, 0x81, payload, sizeof payload));
        step(&server, &torture);
        if (!ws_client_read_frame(&client, &frame))
            assert_true(torture.lasting); /* no memory even for the wait to say goodbye */
        else if (frame.first != 0x81)
            assert_true(torture_refused(&torture) && memcmp(frame.payload, "\x03\xf3", 2) == 0);
        ws_client_close(&client);
        door_server_wait(&server, &server.closed, server.opened);
    }

    door_server_stop(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_door_is_made_whole_or_not_at_all),
        cmocka_unit_test(a_client_that_finds_no_memory_is_ended_and_the_next_is_served),
        cmocka_unit_test(a_message_that_finds_no_memory_ends_its_client_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
