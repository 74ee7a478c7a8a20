/* Each allocation fails in turn: while the door is made, while a client comes in, while it talks.
 * What libwebsockets and libevent ask for is among them. */
#include "gateway/ws.h"

#include "base/metrics.h"
#include "tests/gateway/door_server.h"
#include "tests/support/failing_malloc.h"
#include "tests/support/torture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { TIMERS = 9, CROWD = 70 };

static void do_nothing(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    (void)arg;
}

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

/* Timers wait in an array of libevent's that grows when it is full: one of these finds it so. */
static void a_crowd_that_finds_no_memory_does_not_shut_the_door(void **state)
{
    const struct door_server_settings settings = {.handshake_ms = 0};
    struct event *timers[TIMERS];

    (void)state;

    for (size_t n = 0; n < TIMERS; n++) {
        struct ws_client crowd[CROWD], late;
        struct door_server server;

        door_server_start(&server, &settings);
        for (size_t i = 0; i < n; i++) {
            timers[i] = evtimer_new(server.loop, do_nothing, NULL);
            assert_non_null(timers[i]);
            assert_int_equal(evtimer_add(timers[i], &(struct timeval){.tv_sec = 3600}), 0);
        }
        for (size_t i = 0; i < CROWD; i++)
            door_server_connect(&server, &crowd[i]);

        fail_libevent_too(true);
        fail_malloc_after(0);
        door_server_step(&server);
        fail_malloc_never();
        fail_libevent_too(false);

        door_server_open(&server, &late);
        ws_client_close(&late);
        for (size_t i = 0; i < CROWD; i++)
            ws_client_close(&crowd[i]);
        for (size_t i = 0; i < n; i++)
            event_free(timers[i]);
        door_server_stop(&server);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_door_is_made_whole_or_not_at_all),
        cmocka_unit_test(a_client_that_finds_no_memory_is_ended_and_the_next_is_served),
        cmocka_unit_test(a_message_that_finds_no_memory_ends_its_client_only),
        cmocka_unit_test(a_crowd_that_finds_no_memory_does_not_shut_the_door),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
