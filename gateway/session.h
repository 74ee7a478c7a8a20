/* session.h - one connected client.
 *
 * Lives from the upgrade to ws.h's on_closed, which frees it.  What only it is told
 * (a pong, the answer to a join) waits in `replies`, framed, and goes out before the
 * frames of its room.  A wheel timer pings it and lets it go when it is dead.
 *
 * Kept small: there are tens of thousands. */
#ifndef GATEWAY_SESSION_H
#define GATEWAY_SESSION_H

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/list.h"
#include "base/span.h"
#include "base/wheel.h"
#include "gateway/dialect.h"
#include "gateway/ws.h"
#include "schema/refusal.h"

#include <stdbool.h>
#include <stdint.h>

struct hub;
struct membership;

#define CLIENT_ID_DIGITS 20

struct session {
    struct ws *ws; /* NULL once closed */
    struct hub *hub;
    const struct dialect *dialect;
    struct membership *membership; /* owned; NULL: in no room */
    struct buffer replies;         /* a block (block.h); no memory while empty */
    struct list_node node;         /* among all sessions of the hub */
    struct list_node dirty;        /* has replies to send at the end of this turn */
    struct wheel_timer ping;
    uint64_t number;    /* this worker's; never 0, never used again */
    uint8_t silent_for; /* pings without a sign of life since */
    bool blocked;       /* its socket is full: wait for on_writable */
    bool closing;       /* a Close is on its way: nothing more is sent or read */
    bool said_goodbye;  /* its end is a clean leave */
    char client_id[CLIENT_ID_DIGITS + 1];
};

/* For ws_door_new; the owner is the hub. */
extern const struct ws_events session_events;

/* Frames `payload` as text and sends it before the room's frames, at the end of this turn.
 * A session whose replies outgrow their limit, or for which there is no memory, is closed. */
void session_reply(struct session *session, struct span payload);

/* The same for bytes that are framed already. */
void session_reply_framed(struct session *session, struct span frames);

/* Ends it: see ws_close().  It leaves its room as if cut off. */
void session_close(struct session *session, enum close_code code);

#endif
