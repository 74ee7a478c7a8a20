/* session.h - one connected client.
 *
 * Lives from the upgrade to ws.h's on_closed, which frees it.  What only it is told
 * goes out before the frames of its room: replies wait framed in a small buffer, pongs
 * are only counted, and the answer to a join is made when the socket takes it.  So a
 * client that asks and never reads costs what one that is silent does.  A wheel timer
 * pings it and lets it go when it is dead.
 *
 * Kept small: there are tens of thousands. */
#ifndef GATEWAY_SESSION_H
#define GATEWAY_SESSION_H

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/list.h"
#include "base/span.h"
#include "base/wheel.h"
#include "gateway/allowance.h"
#include "gateway/answer.h"
#include "gateway/dialect.h"
#include "gateway/ws.h"
#include "schema/refusal.h"

#include <stdbool.h>
#include <stdint.h>

struct hub;
struct laggard;
struct membership;
struct replies;
struct pass;

#define CLIENT_ID_DIGITS 20

/* How a heartbeat is answered: in the language it was asked in. */
enum pong {
    PONG_OBJECT, /* {"msg_type":"pong"} */
    PONG_WORD,   /* pong */
    PONG_PACKED, /* the object in msgpack */
    PONG_KINDS
};

struct session {
    /* What each delivery reads lies together: with thousands of them it is in no cache. */
    struct ws *ws; /* NULL once closed */
    const struct dialect *dialect;
    uint64_t number;           /* this worker's; never 0, never used again */
    bool blocked : 1;          /* its socket is full: wait for on_writable */
    bool closing : 1;          /* a Close is on its way: nothing more is sent or read */
    bool said_goodbye : 1;     /* its end is a clean leave */
    uint8_t silent_for;        /* pings without a sign of life since */
    uint8_t pongs[PONG_KINDS]; /* to be sent */
    uint8_t n_malformed;       /* frames that could not be read, where that matters */
    uint16_t n_memberships;
    struct hub *hub;
    struct pass *pass;                  /* owned; NULL: there are no keys for tokens */
    struct list memberships;            /* owned: see membership.h */
    struct list commands;               /* that wait for the broker (command.h) */
    struct replies *replies;            /* owned; NULL: none */
    struct answer answer;               /* to a join, as far as it is not sent … */
    const struct membership *answering; /* … this one, unless it has ended */
    struct list_node node;              /* among all sessions of the hub */
    struct list_node dirty; /* has something of its own to send at the end of this turn */
    struct wheel_timer ping;
    struct laggard *laggard; /* while it is behind; owned (laggards.h) */
    uint32_t closes_at;      /* in a drain, and its to use */
    struct allowance allowance;
    char client_id[CLIENT_ID_DIGITS + 1];
};

/* For ws_door_new; the owner is the hub. */
extern const struct ws_events session_events;

/* Frames `payload` and sends it before the rooms' frames, at the end of this turn or when there is
 * much of it.
 * A session whose replies outgrow their limit, or for which there is no memory, is closed. */
void session_reply(struct session *session, struct span payload);

/* Answers a heartbeat, before the room's frames.  One that does not read its pongs is owed a few of
 * them and no more. */
void session_pong(struct session *session, enum pong pong);

/* Is a reply or a pong waiting? */
bool session_has_replies(const struct session *session);

/* Moves them to the end of `out` (buffer.h's sticky failure).  Number of frames. */
size_t session_take_replies(struct session *session, struct buffer *out);

/* Ends it: see ws_close().  It leaves its rooms as if cut off. */
void session_close(struct session *session, enum close_code code);

#endif
