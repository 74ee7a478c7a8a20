/* redis_heart.h - tells all gateways each second that this worker lives.
 *
 * The viewers of a worker whose heart has stopped no longer count.  The heartbeat is a
 * function that writes, so its answer also says whether Redis can be written to.
 *
 * Belongs to one worker's thread. */
#ifndef RELAY_REDIS_HEART_H
#define RELAY_REDIS_HEART_H

#include "base/attributes.h"
#include "relay/redis_trouble.h"

#include <stdbool.h>

struct event_base;
struct redis_heart;
struct redis_link;

struct redis_heart_settings {
    struct event_base *loop; /* borrowed, like the rest */
    struct redis_link *link;
    const char *prefix;
    const char *worker;
};

struct redis_heart_events {
    /* A beat is due and the link is up: shall it be? */
    bool (*on_due)(void *owner);
    /* Redis has answered one; NULL: well. */
    void (*on_beat)(void *owner, const struct redis_trouble *trouble);
};

/* The link has been freed before.  NULL is allowed. */
void redis_heart_free(struct redis_heart *heart);

/* NULL when out of memory. */
struct redis_heart *redis_heart_new(const struct redis_heart_settings *settings,
                                    const struct redis_heart_events *events, void *owner)
    OWNER_CALLS(redis_heart_free);

/* Beats each second from now on. */
void redis_heart_start(struct redis_heart *heart);

/* Beats now, besides. */
void redis_heart_beat(struct redis_heart *heart);

/* A clean end: our viewers stop counting now, and not when the silence was long enough.  They are
 * returning ones elsewhere for as long as if we had died. */
void redis_heart_stop(struct redis_heart *heart);

#endif
