/* Each allocation fails in turn: while the door is made, while a client comes in, while it talks.
 * libwebsockets' own allocations are among them. */
#include "gateway/ws.h"

#include "base/metrics.h"
#include "tests/gateway/door_server.h"
#include "tests/support/failing_malloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ENOUGH = 500 };

static void a_door_is_made_whole_or_not_at_all(void **state)
{
    struct event_base *loop = event_base_new();
    struct metrics *metrics = metrics_new();
    const struct ws_settings settings = {.loop = loop, .metrics = metrics};
    struct ws_door *door = NULL;

    (void)state;

    for (int successes = 0; !door && successes < ENOUGH; successes++) {
        fail_malloc_after(successes);
        door = ws_door_new(&settings);
        fail_malloc_never();
    }

    assert_non_null(door);
    ws_door_free(door);
    metrics_free(metrics);
    event_base_free(loop);
}

/* Lets the server work with so much memory left; the client does not share the trouble. */
static void step_with(struct door_server *server, int successes)
{
    fail_malloc_after(successes);
    for (int i = 0; i < 20; i++)
        door_server_step(server);
    fail_malloc_never();
}

static void a_client_that_finds_no_memory_is_ended_and_the_next_is_served(void **state)
{
    const struct door_server_settings settings = {.handshake_ms = 0};
    struct door_server server;
    bool served = false;

    (void)state;
    door_server_start(&server, &settings);

    for (int successes = 0; !served && successes < ENOUGH; successes++) {
        struct ws_client client;

        door_server_connect(&server, &client);
        assert_true(ws_client_send(&client, WS_CLIENT_REQUEST, strlen(WS_CLIENT_REQUEST)));
        step_with(&server, successes);
        served = ws_client_read_head(&client) == 101;
        ws_client_close(&client);
        door_server_wait(&server, &server.closed, server.opened);
    }

    assert_true(served);
    door_server_stop(&server);
}

static void a_message_that_finds_no_memory_ends_its_client_only(void **state)
{
    const struct door_server_settings settings = {.handshake_ms = 0};
    struct door_server server;
    char payload[2000];
    bool served = false;

    (void)state;
    memset(payload, 'x', sizeof payload);
    door_server_start(&server, &settings);

    for (int successes = 0; !served && successes < ENOUGH; successes++) {
        struct ws_client client;
        struct ws_frame frame;

        door_server_open(&server, &client);
        assert_true(ws_client_send_frame(&client, 0x81, payload, sizeof payload));
        step_with(&server, successes);
        assert_true(ws_client_read_frame(&client, &frame));
        served = frame.first == 0x81;
        assert_true(served || memcmp(frame.payload, "\x03\xf3", 2) == 0); /* 1011 */
        ws_client_close(&client);
        door_server_wait(&server, &server.closed, server.opened);
    }

    assert_true(served);
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
