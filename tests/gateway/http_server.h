/* http_server.h - a real internal HTTP server on a free port over a memory broker, and a client
 * that speaks bytes.  Both live on one loop, which turns while the client waits. */
#ifndef TESTS_GATEWAY_HTTP_SERVER_H
#define TESTS_GATEWAY_HTTP_SERVER_H

#include "base/attributes.h"
#include "base/buffer.h"
#include "gateway/http.h"
#include "relay/broker.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_SERVER_ROOMS 4
#define HTTP_SERVER_WORKERS 2

/* A worker, as far as the server asks it.  All are on one loop. */
struct http_server_worker {
    const char *not_ready; /* why "broker" is; NULL: it is ready */
    struct http_room rooms[HTTP_SERVER_ROOMS];
    size_t n_rooms;
};

struct http_server {
    struct event_base *loop;
    struct event *tick; /* moves the wheel */
    struct wheel *wheel;
    struct metrics *metrics;
    struct relay *relay;
    struct http *http;
    struct http_server_worker workers[HTTP_SERVER_WORKERS];
    struct mailbox *mailboxes[HTTP_SERVER_WORKERS];
    struct surveyor *surveyor;
    struct event_base *stuck; /* the loop of the last worker's mailbox; it never turns */
};

struct http_client {
    struct http_server *server;
    int fd;
    struct buffer received; /* bytes of the next responses */
};

struct http_response {
    int status;
    struct buffer head; /* a text: from the status line to the empty line */
    struct buffer body;
};

/* Fills what the test left out of `settings` (may be NULL): the address is 127.0.0.1:0.  Takes
 * `broker`; NULL: a memory broker.  Failures of these helpers fail the test. */
void http_server_start(struct http_server *server, const struct http_settings *settings,
                       struct broker *broker);
void http_server_stop(struct http_server *server);

/* The last worker does not answer any more. */
void http_server_stick(struct http_server *server);

/* Turns the loop once and lets a millisecond pass. */
void http_server_turn(struct http_server *server);

void http_client_open(struct http_client *client, struct http_server *server);
void http_client_close(struct http_client *client);
void http_client_send(struct http_client *client, const char *text, size_t size);

/* Turns the loop until something can be received; allocates nothing itself. */
void http_client_wait(struct http_client *client);

/* Turns the loop until a whole response is there.  False when the server closes first. */
bool http_client_receive(struct http_client *client, struct http_response *response) MUST_USE;

/* Turns the loop until the server has closed, at most `ms`. */
bool http_client_sees_the_end(struct http_client *client, uint64_t ms) MUST_USE;

void http_response_dispose(struct http_response *response);

/* A response to HEAD: has no body, whatever it says. */
bool http_client_receive_head(struct http_client *client, struct http_response *response) MUST_USE;

/* One request on a connection of its own; `headers` (may be "") are whole lines.  The status; the
 * response is in `response` until it is disposed of (may be NULL). */
int http_ask(struct http_server *server, const char *request_line, const char *headers,
             const char *body, struct http_response *response);

/* The value of a header of the response, until the next call; NULL: absent. */
const char *http_response_header(const struct http_response *response, const char *name);

const char *http_response_body(struct http_response *response);

#endif
