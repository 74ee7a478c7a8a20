/* Clients and sessions that do anything at any time: nothing crashes, every end is told once, and
 * nothing is left behind. */
#include "gateway/ws.h"

#include "tests/gateway/door_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { CLIENTS = 20, ROUNDS = 3000, CLOSE_MS = 30 };

/* The same numbers each time (xorshift). */
static uint32_t draw(uint32_t below)
{
    static uint32_t x = 2463534242;

    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;

    return x % below;
}

static void answer_somehow(struct echo *echo, enum ws_opcode opcode, struct span message)
{
    (void)opcode;

    switch (draw(6)) {
    case 0:
        ws_close(echo->ws, CLOSE_POLICY, NULL);
        break;
    case 1:
        (void)echo_flood(echo);
        ws_want_writable(echo->ws);
        break;
    case 2:
        ws_ping(echo->ws);
        ws_want_writable(echo->ws);
        break;
    default:
        if (ws_ready(echo->ws))
            (void)echo_write(echo, WS_TEXT, message.data, message.size);
    }
}

static void send_somehow(struct ws_client *client)
{
    static const unsigned char firsts[] = {0x81, 0x82, 0x01, 0x00, 0x80, 0x88, 0x89,
                                           0x8a, 0xc1, 0x83, 0x09, 0x81, 0x81};
    unsigned char bytes[700];
    unsigned char frame[714];
    size_t size = draw(draw(3) == 0 ? sizeof bytes : 100);
    size_t framed;

    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)(draw(20) == 0 ? draw(256) : 'a');

    framed = ws_client_make_frame(frame, firsts[draw(sizeof firsts)], bytes, size);
    if (draw(10) == 0)
        frame[draw((uint32_t)framed)] = (unsigned char)draw(256);

    (void)ws_client_try_send(client, frame, draw(8) == 0 ? draw((uint32_t)framed) : framed);
}

static void receive_somehow(struct ws_client *client)
{
    char bytes[4096];

    if (recv(client->fd, bytes, sizeof bytes, MSG_DONTWAIT) == 0)
        client->ended = true;
}

static void act(struct door_server *server, struct ws_client *client)
{
    if (client->fd < 0 || client->ended) {
        if (client->fd >= 0)
            ws_client_close(client);
        door_server_connect(server, client);
        (void)ws_client_try_send(client, WS_CLIENT_REQUEST, strlen(WS_CLIENT_REQUEST));
        return;
    }

    switch (draw(20)) {
    case 0:
        ws_client_close(client);
        break;
    case 1:
        ws_client_abort(client);
        break;
    case 2:
        (void)shutdown(client->fd, SHUT_WR);
        break;
    case 3:
    case 4:
    case 5:
        receive_somehow(client);
        break;
    default:
        send_somehow(client);
    }
}

static void a_storm_leaves_nothing_behind(void **state)
{
    const struct door_server_settings settings = {
        .max_message = 1000, .close_ms = CLOSE_MS, .handshake_ms = CLOSE_MS};
    struct door_server server;
    struct ws_client clients[CLIENTS];

    (void)state;
    door_server_start(&server, &settings);
    server.on_message = answer_somehow;
    for (size_t i = 0; i < CLIENTS; i++)
        clients[i].fd = -1;

    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < 5; i++)
            act(&server, &clients[draw(CLIENTS)]);
        door_server_step(&server);
    }

    for (size_t i = 0; i < CLIENTS; i++) {
        if (clients[i].fd >= 0)
            ws_client_close(&clients[i]);
    }
    for (int i = 0; i < 10; i++)
        door_server_step(&server);
    door_server_wait(&server, &server.closed, server.opened);

    assert_true(server.opened > ROUNDS / 20);
    assert_int_equal(server.closed, server.opened);
    door_server_stop(&server);
}

static void the_door_may_be_freed_amid_a_storm(void **state)
{
    const struct door_server_settings settings = {.max_message = 1000, .close_ms = CLOSE_MS};

    (void)state;

    for (int storms = 0; storms < 20; storms++) {
        struct door_server server;
        struct ws_client clients[CLIENTS];

        door_server_start(&server, &settings);
        server.on_message = answer_somehow;
        for (size_t i = 0; i < CLIENTS; i++)
            clients[i].fd = -1;

        for (int round = 0; round < 100; round++) {
            act(&server, &clients[draw(CLIENTS)]);
            door_server_step(&server);
        }

        door_server_stop(&server);
        assert_int_equal(server.closed, server.opened);
        for (size_t i = 0; i < CLIENTS; i++) {
            if (clients[i].fd >= 0)
                ws_client_close(&clients[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_storm_leaves_nothing_behind),
        cmocka_unit_test(the_door_may_be_freed_amid_a_storm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
