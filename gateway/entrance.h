/* entrance.h - a session at the door of a room: where it wants to go and what it says of
 * itself, from its upgrade request or from a join message. */
#ifndef GATEWAY_ENTRANCE_H
#define GATEWAY_ENTRANCE_H

#include "base/attributes.h"
#include "base/span.h"

#include <stdbool.h>

struct bytes;
struct message;
struct resume;
struct session;
struct upgrade;

/* Bytes of what a session says of itself in a join: they are kept as long as it is in the room, for
 * each of its rooms, and nobody else counts them. */
#define ENTRANCE_MAX_JOIN 2048

struct entrance {
    struct span room;
    struct span uid;    /* what a return is known by; empty: cannot be matched */
    struct bytes *join; /* what it says of itself, a join message without what is not for others */
    bool announced;     /* the others are told */
    struct resume *resume; /* a v1 join; NULL: none */
};

/* Sends the session to the room its upgrade named, else to `fallback` (NULL: to none).  Nobody is
 * told: it has no name yet. */
void enter_by_upgrade(struct session *session, const struct upgrade *upgrade, const char *fallback);

/* Sends it to `room`, which is valid, by its join message, which is checked.  One that says too
 * much is refused, if it can be told so; else only its name is kept.  Takes `resume`. */
void enter_with(struct session *session, const struct message *join, struct span room,
                struct resume *resume);

/* Sends it to the room of its join message (which need not name one to a session that is in one).
 * A bad join is dropped and counted. */
void enter_by_join(struct session *session, struct message *join);

#endif
