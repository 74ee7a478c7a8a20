/* laggards.h - the sessions of a worker that are behind: their sockets are full, or were and
 * they have not got everything since.
 *
 * Each has so much time.  It begins when the socket takes no more; it begins anew when the
 * socket takes something and the session is not far behind, so a slow network costs nobody
 * the connection and one that never keeps up does; and it ends when the session has all
 * there is.  Who runs out of time is closed with 4408, unless all that it lacks is to come
 * from a broker that is away.
 *
 * They stand in the order of their time, so the first is the slowest.  Only who is behind
 * costs anything here.  Belongs to one worker. */
#ifndef GATEWAY_LAGGARDS_H
#define GATEWAY_LAGGARDS_H

#include "base/attributes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event_base;
struct laggards;
struct session;

/* NULL is allowed. */
void laggards_free(struct laggards *laggards);

/* Borrows `loop`.  NULL when out of memory. */
struct laggards *laggards_new(struct event_base *loop, uint64_t patience_ms)
    OWNER_CALLS(laggards_free);

/* Another patience, for who is behind already too. */
void laggards_change_patience(struct laggards *laggards, uint64_t patience_ms);

/* The session's socket is full, and libwebsockets keeps up to `refused` bytes for it; one that is
 * here already keeps its time.  0, or -ENOMEM. */
int laggards_add(struct laggards *laggards, struct session *session, size_t refused) MUST_USE;

/* Its socket has taken what it refused. */
void laggards_took(struct session *session);

/* And it is not far behind: its time begins anew.  Does nothing when it is not here. */
void laggards_renew(struct laggards *laggards, struct session *session);

/* Closes the slowest; false: there is none. */
bool laggards_shed(struct laggards *laggards);

/* It has all there is, or has ended.  Does nothing when it is not here. */
void laggards_remove(struct session *session);

#endif
