/* redis_listen.h - the rooms a worker listens to, and the channels Redis has us subscribed to.
 *
 * What is wanted and what was asked of Redis are kept apart: the link may be down, and a
 * room may be unlistened and listened to again faster than Redis confirms.  A room's
 * entries are handed on only while it is wanted and Redis has confirmed all that was
 * asked about it; then the two agree.
 *
 * Channels are subscribed to in batches, and not faster than Redis confirms and the
 * owner can follow: each room listened to makes it ask for a snapshot.
 *
 * Belongs to one worker's thread; calls back from the loop only. */
#ifndef RELAY_REDIS_LISTEN_H
#define RELAY_REDIS_LISTEN_H

#include "base/attributes.h"
#include "base/span.h"

#include <stdbool.h>

struct event_base;
struct redisReply;
struct redis_link;
struct redis_listen;

struct redis_listen_events {
    void (*on_entry)(void *owner, void *listener, struct span bytes);
    void (*on_listening)(void *owner, void *listener);
    bool (*is_busy)(void *owner); /* too much is under way to subscribe to more just now */
    void (*on_denied)(void *owner, const struct redisReply *error); /* Redis will not let us */
};

/* NULL is allowed. */
void redis_listen_free(struct redis_listen *listen);

/* Borrows all.  NULL when out of memory. */
struct redis_listen *redis_listen_new(struct event_base *loop, const char *prefix,
                                      const struct redis_listen_events *events, void *owner)
    OWNER_CALLS(redis_listen_free);

/* As broker_listen() and broker_unlisten() promise: borrows `listener` from one to the other.
 * 0 or -ENOMEM. */
int redis_listen_add(struct redis_listen *listen, struct span room, void *listener) MUST_USE;
void redis_listen_remove(struct redis_listen *listen, struct span room);

/* Subscribes through `link` (borrowed) from now on; NULL: not for now. */
void redis_listen_through(struct redis_listen *listen, struct redis_link *link);

/* The link was lost, and with it every subscription. */
void redis_listen_lost(struct redis_listen *listen);

/* A message that came through the link. */
void redis_listen_take(struct redis_listen *listen, const struct redisReply *message);

#endif
