/* door_server.h - listener and door of one worker, with sessions that echo what they
 * are told and do what a test asks them to. */
#ifndef TESTS_GATEWAY_DOOR_SERVER_H
#define TESTS_GATEWAY_DOOR_SERVER_H

#include "base/metrics.h"
#include "gateway/listener.h"
#include "gateway/upgrade.h"
#include "gateway/ws.h"
#include "tests/support/ws_client.h"

#include <event2/event.h>

struct door_server {
    struct event_base *loop;
    struct wheel *wheel;
    struct metrics *metrics;
    struct ws_door *door;
    struct listener *listener;
    struct pressure *pressure; /* its limit is none until a test changes it */
    struct echo *newest;       /* the session opened last, until it is closed */
    bool turn_away;            /* on_open gives NULL */
    size_t opened;
    size_t messages;
    size_t alive;
    size_t writable;
    size_t closed;
    struct upgrade upgrade; /* of the last one opened */
    uint16_t ending_code;   /* of the last one closed */
    char ending_reason[128];
    void (*on_message)(struct echo *echo, enum ws_opcode opcode, struct span message);
    void (*on_open)(struct echo *echo);
};

/* A session. */
struct echo {
    struct door_server *server;
    struct ws *ws;
};

struct door_server_settings {
    const char *const *origins;
    size_t max_message;    /* 0: 16384 */
    uint64_t handshake_ms; /* 0: 10 s */
    uint32_t accepts_per_second;
    uint64_t close_ms;             /* 0: 5 s */
    struct tls_identity *identity; /* shared; NULL: clients speak plainly */
};

void door_server_start(struct door_server *server, const struct door_server_settings *settings);
void door_server_stop(struct door_server *server);

/* One turn of the loop without waiting: what a ws_client calls while it waits. */
void door_server_step(void *server);

/* Steps until *count reaches n; fails the test after 10 s. */
void door_server_wait(struct door_server *server, const size_t *count, size_t n);

/* A client that has been upgraded. */
void door_server_open(struct door_server *server, struct ws_client *client);

/* A client that has connected only. */
void door_server_connect(struct door_server *server, struct ws_client *client);

/* Writes one frame with `size` bytes of payload; asserts that it may. */
int echo_write(struct echo *echo, enum ws_opcode opcode, const void *payload, size_t size);

/* Writes until the socket is full: how many bytes. */
size_t echo_flood(struct echo *echo);

/* What most tests of the door begin with; the fixture of cmocka's set-up and tear-down. */
struct door_scene {
    struct door_server server;
    struct ws_client client; /* connected, or opened too */
    struct ws_frame frame;   /* to read into */
};

int door_scene_begin(void **state, const struct door_server_settings *settings, bool open);
int door_scene_end(void **state);

int64_t door_server_count(const struct door_server *server, enum metric metric, unsigned label);

#endif
