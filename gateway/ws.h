/* ws.h - one client's WebSocket: the only door to libwebsockets.
 *
 * Callbacks end here: whole messages, pongs, readiness and the end are handed on to
 * the ws_events, nothing else of libwebsockets is seen outside.  What goes out is
 * already framed (frame.h) and goes out in one write.
 *
 * Belongs to one worker's thread. */
#ifndef GATEWAY_WS_H
#define GATEWAY_WS_H

#include "base/attributes.h"
#include "base/span.h"
#include "schema/refusal.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct client_socket;
struct event_base;
struct metrics;
struct upgrade;
struct ws;      /* one connection */
struct ws_door; /* a worker's libwebsockets context */

/* Room that must lie before the bytes of a block given to ws_write(). */
#define WS_HEADROOM 32

/* At most this much is given to one ws_write(), unless a single frame is larger. */
#define WS_MAX_WRITE 65536

enum ws_opcode {
    WS_CONTINUATION = 0,
    WS_TEXT = 1,
    WS_BINARY = 2,
    WS_CLOSE = 8,
    WS_PING = 9,
    WS_PONG = 10
};

/* How a connection ended.  `code` is that of the Close frame the client sent first (1005: it
 * had none), or 0 when it never did: the socket was cut, or we closed. */
struct ws_ending {
    uint16_t code;
    struct span reason;
};

struct ws_events {
    /* A new connection; gives the session that the other events carry, or NULL to turn it away
     * (closed with 1013).  Events of this session may come as soon as this returns. */
    void *(*on_open)(void *owner, struct ws *ws, const struct upgrade *upgrade);

    /* A whole message, fragments put together, text checked as UTF-8. */
    void (*on_message)(void *session, enum ws_opcode opcode, struct span message);

    /* A sign of life: a piece of a message, or a Pong.  Not a Ping, which libwebsockets answers
     * without a word to us. */
    void (*on_alive)(void *session);

    /* After ws_want_writable(): the socket takes bytes again, nothing is buffered. */
    void (*on_writable)(void *session);

    /* Always the last one, once: the session lets go of its ws here. */
    void (*on_closed)(void *session, const struct ws_ending *ending);
};

struct ws_settings {
    struct event_base *loop; /* borrowed */
    struct metrics *metrics; /* borrowed */
    size_t max_message;      /* bytes of a client's message; above: closed with 1009 */
    unsigned max_fragments;  /* frames of it; above: closed with 1008; 0: no limit */
    const struct ws_events *events;
    void *owner;       /* of on_open */
    uint64_t close_ms; /* how long a client may take to end after a Close frame; 0: 5000 */
};

/* NULL when out of memory or libwebsockets refuses (logged). */
struct ws_door *ws_door_new(const struct ws_settings *settings) MUST_USE;

/* Closes what is still open: on_closed comes for each before this returns. */
void ws_door_free(struct ws_door *door);

/* What messages may have from now on. */
void ws_door_change_limits(struct ws_door *door, size_t max_message, unsigned max_fragments);

/* Open ones, and those that are closing. */
size_t ws_door_connections(const struct ws_door *door);

/* Takes the socket, whose upgrade was judged good; `rest` are bytes read after the request.
 * on_open comes from inside this call.  0; negative: the socket has been closed. */
int ws_adopt(struct ws_door *door, const struct client_socket *socket,
             const struct upgrade *upgrade, struct span rest) MUST_USE;

/* True when a write would go to the socket at once: open, not closing, nothing buffered. */
bool ws_ready(struct ws *ws);

/* What ws_write() says when it has copied some. */
#define WS_PARTLY 1

/* Sends a block of whole frames in one system call, with WS_HEADROOM writable bytes before it. Only
 * when ws_ready(). What the socket does not take is copied and goes first; so a block is kept
 * within WS_MAX_WRITE. 0: the socket took all; WS_PARTLY: not ws_ready() any more; -EPIPE: the
 * connection is gone, on_closed will come. */
int ws_write(struct ws *ws, unsigned char *block, size_t size) MUST_USE;

/* What a connection that is not ready keeps beside what its socket refused: a record of TLS that is
 * encrypted already. */
size_t ws_kept(const struct ws *ws);

/* Asks for one on_writable. */
void ws_want_writable(struct ws *ws);

/* Sends a Ping once the socket is ready; several calls before that send one.  A message that has
 * not become whole since the last but one is not waited for any longer: closed with 1008. */
void ws_ping(struct ws *ws);

/* Says goodbye: a Close frame with `code` and `reason` (NULL: the table's text) goes out after what
 * is buffered, then the connection ends; one that takes no bytes is cut after 5 s.  The first call
 * counts.  No on_message comes afterwards; on_closed comes later, never from inside this call. */
void ws_close(struct ws *ws, enum close_code code, const char *reason);

#endif
