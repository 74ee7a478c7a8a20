/* redis_canary.h - is the way to Redis and back alive?
 *
 * Twice a second a function writes to Redis and publishes a song to the worker's own
 * channel, prefix:{!WORKER}; it must come back through the subscription.  Nothing less
 * proves that a message would: a replica and a Redis without memory take PUBLISH, a
 * half-open subscription is silent, and two links may lead to two servers.
 *
 * Sparse enough to lose some: the path is good while one of the last few returned.
 *
 * Belongs to one worker's thread; calls back from the loop only. */
#ifndef RELAY_REDIS_CANARY_H
#define RELAY_REDIS_CANARY_H

#include "base/attributes.h"
#include "relay/redis_trouble.h"

#include <stdbool.h>

#define REDIS_CANARY_EACH_MS 500
#define REDIS_CANARY_LATE_MS 3000

struct event_base;
struct metrics;
struct redisReply;
struct redis_canary;
struct redis_link;

struct redis_canary_settings {
    struct event_base *loop; /* borrowed, like the rest */
    struct metrics *metrics;
    struct redis_link *calls;
    struct redis_link *subscription;
    const char *prefix;
    const char *worker;
};

struct redis_canary_events {
    /* One came back in time. */
    void (*on_returned)(void *owner);

    /* None did for REDIS_CANARY_LATE_MS.  `answered`: the function was called meanwhile, so only
     * the message was lost; else the link for calls will see for itself. */
    void (*on_late)(void *owner, bool answered);

    /* Redis refuses the function. */
    void (*on_trouble)(void *owner, const struct redis_trouble *trouble);

    /* Redis refuses the subscription. */
    void (*on_denied)(void *owner, const struct redisReply *error);
};

/* The links have been freed before.  NULL is allowed. */
void redis_canary_free(struct redis_canary *canary);

/* NULL when out of memory. */
struct redis_canary *redis_canary_new(const struct redis_canary_settings *settings,
                                      const struct redis_canary_events *events, void *owner)
    OWNER_CALLS(redis_canary_free);

/* The subscription is up. */
void redis_canary_listen(struct redis_canary *canary);

/* May the function be called?  False when a link was lost or the library is gone. */
void redis_canary_allow(struct redis_canary *canary, bool allowed);

/* The subscription was lost. */
void redis_canary_lost(struct redis_canary *canary);

/* A message that came through the subscription.  False: it is not the canary's. */
bool redis_canary_take(struct redis_canary *canary, const struct redisReply *message);

#endif
