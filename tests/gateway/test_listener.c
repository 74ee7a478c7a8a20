/* From connecting to the first frame, over real sockets. */
#include "gateway/listener.h"

#include "base/clock.h"
#include "tests/gateway/door_server.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

enum { HANDSHAKE_MS = 150 };

static int start(void **state)
{
    static const char *const origins[] = {"https://shop.example", NULL};
    const struct door_server_settings settings = {.origins = origins, .handshake_ms = HANDSHAKE_MS};

    return door_scene_begin(state, &settings, false);
}

static void a_good_request_is_answered_101_with_the_accept_key(void **state)
{
    struct door_scene *f = *state;

    assert_true(ws_client_send_raw(&f->client, WS_CLIENT_REQUEST));

    assert_int_equal(ws_client_read_head(&f->client), 101);
    assert_non_null(
        strstr(f->client.head, "\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
    assert_null(strcasestr(f->client.head, "Sec-WebSocket-Protocol"));
    assert_null(strcasestr(f->client.head, "Sec-WebSocket-Extensions"));
    assert_int_equal(door_server_count(&f->server, METRIC_CONNECTIONS, 0), 1);
    assert_int_equal(door_server_count(&f->server, METRIC_CONNECTIONS_ACCEPTED, 0), 1);
}

static void a_known_subprotocol_is_echoed_once(void **state)
{
    struct door_scene *f = *state;
    const char *echoed;

    assert_true(ws_client_send_raw(&f->client,
                                   "GET / HTTP/1.1\r\n" WS_CLIENT_HEADERS
                                   "Sec-WebSocket-Protocol: mqtt, protocol1, chat\r\n\r\n"));

    assert_int_equal(ws_client_read_head(&f->client), 101);
    echoed = strcasestr(f->client.head, "\r\nSec-WebSocket-Protocol: protocol1\r\n");
    assert_non_null(echoed);
    assert_null(strcasestr(echoed + 4, "Sec-WebSocket-Protocol"));
    assert_string_equal(f->server.upgrade.protocol, "protocol1");
}

static void unknown_subprotocols_and_extensions_cost_nothing(void **state)
{
    struct door_scene *f = *state;
    char request[4000];
    char protocols[2000];

    memset(protocols, 'x', sizeof protocols);
    protocols[sizeof protocols - 1] = '\0';
    (void)snprintf(request, sizeof request,
                   "GET / HTTP/1.1\r\n" WS_CLIENT_HEADERS "Sec-WebSocket-Protocol: a, b@, %s\r\n"
                   "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
                   protocols);
    assert_true(ws_client_send_raw(&f->client, request));

    assert_int_equal(ws_client_read_head(&f->client), 101);
    assert_null(strcasestr(f->client.head, "Sec-WebSocket-Protocol"));
    assert_null(strcasestr(f->client.head, "Sec-WebSocket-Extensions"));
}

static void what_the_request_says_reaches_the_session(void **state)
{
    struct door_scene *f = *state;

    assert_true(ws_client_send_raw(
        &f->client,
        "GET /rooms/77?from_uid=u1&dialect=plain HTTP/1.1\r\n" WS_CLIENT_HEADERS "\r\n"));

    assert_int_equal(ws_client_read_head(&f->client), 101);
    assert_string_equal(f->server.upgrade.room, "77");
    assert_string_equal(f->server.upgrade.uid, "u1");
    assert_string_equal(f->server.upgrade.dialect, "plain");
    assert_string_equal(f->server.upgrade.path, "/rooms/77");
}

static void say_init(struct echo *echo)
{
    assert_int_equal(echo_write(echo, WS_TEXT, "init", 4), 0);
}

static void a_session_may_speak_first_within_its_opening(void **state)
{
    struct door_scene *f = *state;

    f->server.on_open = say_init;
    assert_true(ws_client_send_raw(&f->client, WS_CLIENT_REQUEST));

    assert_int_equal(ws_client_read_head(&f->client), 101);
    assert_true(ws_client_read_frame(&f->client, &f->frame));
    assert_memory_equal(f->frame.payload, "init", 4);
}

static void frames_that_come_with_the_request_are_not_lost(void **state)
{
    struct door_scene *f = *state;
    unsigned char bytes[4096] = WS_CLIENT_REQUEST;
    size_t size = strlen(WS_CLIENT_REQUEST);

    size += ws_client_make_frame(bytes + size, 0x81, "one", 3);
    size += ws_client_make_frame(bytes + size, 0x81, "two", 3);
    assert_true(ws_client_send(&f->client, bytes, size - 2)); /* and the rest a little later */
    assert_int_equal(ws_client_read_head(&f->client), 101);
    assert_true(ws_client_send(&f->client, bytes + size - 2, 2));

    assert_true(ws_client_read_frame(&f->client, &f->frame));
    assert_memory_equal(f->frame.payload, "one", 3);
    assert_true(ws_client_read_frame(&f->client, &f->frame));
    assert_memory_equal(f->frame.payload, "two", 3);
}

static void a_burst_larger_than_the_request_may_follow_it(void **state)
{
    struct door_scene *f = *state;
    unsigned char bytes[20000] = WS_CLIENT_REQUEST;
    size_t size = strlen(WS_CLIENT_REQUEST);

    for (int i = 0; i < 1000; i++)
        size += ws_client_make_frame(bytes + size, 0x81, "0123456789", 10);
    assert_true(ws_client_send(&f->client, bytes, size));

    assert_int_equal(ws_client_read_head(&f->client), 101);
    for (int i = 0; i < 1000; i++)
        assert_true(ws_client_read_frame(&f->client, &f->frame));
}

static void a_request_may_come_byte_by_byte(void **state)
{
    struct door_scene *f = *state;

    for (const char *at = WS_CLIENT_REQUEST; *at; at++) {
        assert_true(ws_client_send(&f->client, at, 1));
        door_server_step(&f->server);
    }

    assert_int_equal(ws_client_read_head(&f->client), 101);
}

static void who_leaves_before_the_request_is_whole_is_forgotten(void **state)
{
    struct door_scene *f = *state;

    for (int i = 0; i < 20; i++) {
        struct ws_client client;

        door_server_connect(&f->server, &client);
        assert_true(ws_client_send(&client, "GET / HT", 8));
        door_server_step(&f->server);
        if (i % 2)
            ws_client_close(&client);
        else
            ws_client_abort(&client);
        door_server_step(&f->server);
    }

    assert_int_equal(f->server.opened, 0);
}

static void a_listener_with_newcomers_can_be_freed(void **state)
{
    struct door_scene *f = *state;

    assert_true(ws_client_send_raw(&f->client, "GET / HTTP/1.1\r\n"));
    for (int i = 0; i < 10; i++)
        door_server_step(&f->server);
    /* stop() frees it, the sanitizers look */
}

static void without_descriptors_accepting_pauses_and_goes_on(void **state)
{
    struct door_scene *f = *state;
    struct rlimit before;
    struct rlimit none;
    struct ws_client late;

    assert_true(ws_client_send_raw(&f->client, WS_CLIENT_REQUEST));
    assert_int_equal(ws_client_read_head(&f->client), 101);
    door_server_connect(&f->server, &late);
    assert_true(ws_client_send(&late, WS_CLIENT_REQUEST, strlen(WS_CLIENT_REQUEST)));
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = before;
    none.rlim_cur = (rlim_t)late.fd + 1;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    for (int i = 0; i < 100; i++)
        door_server_step(&f->server);
    assert_int_equal(f->server.opened, 1);

    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(ws_client_read_head(&late), 101);
    ws_client_close(&late);
}

static void a_crowd_is_let_in_in_portions(void **state)
{
    struct door_scene *f = *state;
    struct ws_client clients[150];

    for (size_t i = 0; i < 150; i++) {
        door_server_connect(&f->server, &clients[i]);
        assert_true(ws_client_send_raw(&clients[i], WS_CLIENT_REQUEST));
    }

    door_server_step(&f->server);
    assert_in_range(f->server.opened, 1, 64); /* and now others have their turn */

    door_server_wait(&f->server, &f->server.opened, 150);
    for (size_t i = 0; i < 150; i++)
        ws_client_close(&clients[i]);
}

static void a_thousand_connections_come_and_go_without_a_trace(void **state)
{
    struct door_scene *f = *state;
    struct ws_client *clients = calloc(100, sizeof *clients);

    assert_non_null(clients);

    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < 100; i++)
            door_server_open(&f->server, &clients[i]);

        assert_int_equal(door_server_count(&f->server, METRIC_CONNECTIONS, 0), 100);

        for (int i = 0; i < 100; i++) {
            if (i % 3 == 0)
                assert_true(ws_client_send_frame(&clients[i], 0x88, "\x03\xe8", 2));
            if (i % 3 == 1)
                ws_client_abort(&clients[i]);
            else
                ws_client_close(&clients[i]);
        }

        door_server_wait(&f->server, &f->server.closed, (size_t)(round + 1) * 100);
    }

    assert_int_equal(door_server_count(&f->server, METRIC_CONNECTIONS_ACCEPTED, 0), 1000);
    free(clients);
}

static void more_than_so_many_a_second_wait_in_the_backlog(void **state)
{
    struct door_scene *f = *state;
    struct upgrade_policy policy = {.protocols = (const char *const[]){NULL}};
    struct ws_client clients[6];
    uint64_t began = clock_now();

    listener_change(f->server.listener, &policy,
                    &(struct listener_limits){.handshake_ms = 10000, .accepts_per_second = 20},
                    NULL);
    for (size_t i = 0; i < 6; i++) {
        ws_client_connect(&clients[i], listener_port(f->server.listener), door_server_step,
                          &f->server);
        assert_true(ws_client_send_raw(&clients[i], WS_CLIENT_REQUEST));
    }
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(ws_client_read_head(&clients[i]), 101);

    assert_true(clock_now() - began >= 200);
    assert_true(door_server_count(&f->server, METRIC_ACCEPTS_PACED, 0) >= 2);
    for (size_t i = 0; i < 6; i++)
        ws_client_close(&clients[i]);
}

/* ---- addresses ---- */

static int listen_at(struct door_scene *f, const char *address, bool first,
                     struct listener **listener)
{
    const struct listener_settings settings = {.loop = f->server.loop,
                                               .wheel = f->server.wheel,
                                               .metrics = f->server.metrics,
                                               .door = f->server.door,
                                               .address = address,
                                               .limits = {.handshake_ms = HANDSHAKE_MS},
                                               .first = first};

    return listener_new(listener, &settings);
}

static void a_port_is_shared_by_workers_but_not_by_strangers(void **state)
{
    struct door_scene *f = *state;
    struct listener *second = NULL;
    char address[32];

    (void)snprintf(address, sizeof address, "127.0.0.1:%u", listener_port(f->server.listener));

    assert_int_equal(listen_at(f, address, true, &second), -EADDRINUSE);
    assert_int_equal(listen_at(f, address, false, &second), 0);
    assert_int_equal(listener_port(second), listener_port(f->server.listener));
    listener_free(second);
}

static void a_bad_address_is_an_error(void **state)
{
    struct door_scene *f = *state;
    struct listener *listener = NULL;

    assert_int_equal(listen_at(f, "nowhere", false, &listener), -EINVAL);
    assert_int_equal(listen_at(f, "192.0.2.1:80", false, &listener), -EADDRNOTAVAIL);
    assert_int_equal(listen_at(f, "192.0.2.1:80", true, &listener), -EADDRNOTAVAIL);
}

int main(void)
{
#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, start, door_scene_end)
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(a_good_request_is_answered_101_with_the_accept_key),
        WITH_FIXTURE(a_known_subprotocol_is_echoed_once),
        WITH_FIXTURE(unknown_subprotocols_and_extensions_cost_nothing),
        WITH_FIXTURE(what_the_request_says_reaches_the_session),
        WITH_FIXTURE(a_session_may_speak_first_within_its_opening),
        WITH_FIXTURE(frames_that_come_with_the_request_are_not_lost),
        WITH_FIXTURE(a_burst_larger_than_the_request_may_follow_it),
        WITH_FIXTURE(a_request_may_come_byte_by_byte),
        WITH_FIXTURE(who_leaves_before_the_request_is_whole_is_forgotten),
        WITH_FIXTURE(a_listener_with_newcomers_can_be_freed),
        WITH_FIXTURE(without_descriptors_accepting_pauses_and_goes_on),
        WITH_FIXTURE(a_crowd_is_let_in_in_portions),
        WITH_FIXTURE(a_thousand_connections_come_and_go_without_a_trace),
        WITH_FIXTURE(more_than_so_many_a_second_wait_in_the_backlog),
        WITH_FIXTURE(a_port_is_shared_by_workers_but_not_by_strangers),
        WITH_FIXTURE(a_bad_address_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
