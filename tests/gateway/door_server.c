#include "tests/gateway/door_server.h"

#include "base/clock.h"
#include "base/wheel.h"
#include "gateway/frame.h"
#include "gateway/loop.h"
#include "gateway/pressure.h"
#include "tests/support/failing_malloc.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PATIENCE_MS = 10000 };

int echo_write(struct echo *echo, enum ws_opcode opcode, const void *payload, size_t size)
{
    static unsigned char block[WS_HEADROOM + FRAME_HEAD_MAX + WS_MAX_WRITE];
    size_t head = frame_head(block + WS_HEADROOM, opcode, size);

    assert_true(ws_ready(echo->ws));
    memcpy(block + WS_HEADROOM + head, payload, size);

    return ws_write(echo->ws, block + WS_HEADROOM, head + size);
}

size_t echo_flood(struct echo *echo)
{
    static const char nothing[32768];
    size_t written = 0;

    while (ws_ready(echo->ws) && echo_write(echo, WS_BINARY, nothing, sizeof nothing) >= 0)
        written += sizeof nothing;

    return written;
}

static void *on_open(void *owner, struct ws *ws, const struct upgrade *upgrade)
{
    struct door_server *server = owner;
    struct echo *echo;

    server->upgrade = *upgrade;
    server->opened++;
    if (server->turn_away)
        return NULL;

    echo = unfailing_calloc(1, sizeof *echo);
    assert_non_null(echo);
    *echo = (struct echo){.server = server, .ws = ws};
    server->newest = echo;
    if (server->on_open)
        server->on_open(echo);

    return echo;
}

static void on_message(void *session, enum ws_opcode opcode, struct span message)
{
    struct echo *echo = session;

    echo->server->messages++;
    if (echo->server->on_message)
        echo->server->on_message(echo, opcode, message);
    else
        (void)echo_write(echo, opcode, message.data, message.size);
}

static void on_alive(void *session)
{
    struct echo *echo = session;

    echo->server->alive++;
}

static void on_writable(void *session)
{
    struct echo *echo = session;

    assert_true(ws_ready(echo->ws));
    echo->server->writable++;
}

static void on_closed(void *session, const struct ws_ending *ending)
{
    struct echo *echo = session;
    struct door_server *server = echo->server;

    server->closed++;
    server->ending_code = ending->code;
    (void)snprintf(server->ending_reason, sizeof server->ending_reason, "%.*s",
                   SPAN_ARGS(ending->reason));
    if (server->newest == echo)
        server->newest = NULL;

    free(echo);
}

static const struct ws_events events = {
    .on_open = on_open,
    .on_message = on_message,
    .on_alive = on_alive,
    .on_writable = on_writable,
    .on_closed = on_closed,
};

static bool shed_nobody(void *owner)
{
    (void)owner;

    return false;
}

void door_server_start(struct door_server *server, const struct door_server_settings *settings)
{
    static const char *const protocols[] = {"protocol1", "chat", NULL};
    struct ws_settings door = {.events = &events, .owner = server};
    struct listener_settings listener = {.address = "127.0.0.1:0"};
    struct pressure_settings pressure = {.limit = SIZE_MAX, .shed = shed_nobody};

    *server = (struct door_server){.loop = loop_new()};
    server->wheel = wheel_new(10, clock_now());
    server->metrics = metrics_new();
    assert_true(server->loop && server->wheel && server->metrics);

    door.loop = server->loop;
    door.metrics = server->metrics;
    door.max_message = settings->max_message ? settings->max_message : 16384;
    door.close_ms = settings->close_ms;
    server->door = ws_door_new(&door);
    assert_non_null(server->door);

    pressure.wheel = server->wheel;
    pressure.metrics = server->metrics;
    server->pressure = pressure_new(&pressure);
    assert_non_null(server->pressure);

    listener.loop = server->loop;
    listener.wheel = server->wheel;
    listener.metrics = server->metrics;
    listener.door = server->door;
    listener.pressure = server->pressure;
    listener.policy.protocols = protocols;
    listener.policy.origins = settings->origins;
    listener.limits.handshake_ms = settings->handshake_ms ? settings->handshake_ms : 10000;
    listener.identity = settings->identity;
    listener.limits.accepts_per_second = settings->accepts_per_second;
    assert_int_equal(listener_new(&server->listener, &listener), 0);
}

void door_server_stop(struct door_server *server)
{
    listener_free(server->listener);
    ws_door_free(server->door);
    pressure_free(server->pressure);
    assert_null(server->newest);
    assert_int_equal(door_server_count(server, METRIC_CONNECTIONS, 0), 0);
    metrics_free(server->metrics);
    wheel_free(server->wheel);
    event_base_free(server->loop);
}

void door_server_step(void *owner)
{
    struct door_server *server = owner;

    (void)event_base_loop(server->loop, EVLOOP_ONCE | EVLOOP_NONBLOCK);
    (void)wheel_advance(server->wheel, clock_now());
}

void door_server_wait(struct door_server *server, const size_t *count, size_t n)
{
    for (int waited = 0; *count < n; waited++) {
        if (waited > PATIENCE_MS)
            fail_msg("waited in vain for %zu, have %zu", n, *count);

        door_server_step(server);
        (void)poll(NULL, 0, 1);
    }
}

void door_server_connect(struct door_server *server, struct ws_client *client)
{
    ws_client_connect(client, listener_port(server->listener), door_server_step, server);
}

void door_server_open(struct door_server *server, struct ws_client *client)
{
    ws_client_open(client, listener_port(server->listener), "", door_server_step, server);
}

int door_scene_begin(void **state, const struct door_server_settings *settings, bool open)
{
    struct door_scene *scene = calloc(1, sizeof *scene);

    assert_non_null(scene);
    door_server_start(&scene->server, settings);

    if (open)
        door_server_open(&scene->server, &scene->client);
    else
        door_server_connect(&scene->server, &scene->client);

    *state = scene;

    return 0;
}

int door_scene_end(void **state)
{
    struct door_scene *scene = *state;

    door_server_stop(&scene->server);
    ws_client_close(&scene->client);
    free(scene);

    return 0;
}

int64_t door_server_count(const struct door_server *server, enum metric metric, unsigned label)
{
    const struct metrics *workers[] = {server->metrics};

    return metrics_read(workers, 1, metric, label);
}
