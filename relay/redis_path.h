/* redis_path.h - the way to Redis and back, and whether it can be used.
 *
 * Two links to the same server: one for calls, one subscribed.  On them the function
 * library is seen to, the worker's heart beats, and canaries fly.  Each of these can
 * fail by itself; the path makes one verdict of all: up, or down and why, in a static
 * text for logs and /readyz.  It is up only while canaries return in time.
 *
 * Whatever fails is tried again for ever: links are renewed, the library is loaded.
 *
 * Belongs to one worker's thread; calls back from the loop only, but for redis_path_free(),
 * which ends the calls that are left. */
#ifndef RELAY_REDIS_PATH_H
#define RELAY_REDIS_PATH_H

#include "base/attributes.h"
#include "relay/redis_trouble.h"

#include <stdbool.h>

struct event_base;
struct metrics;
struct redisReply;
struct redis_link;
struct redis_path;

struct redis_path_settings {
    struct event_base *loop; /* borrowed, like the rest */
    struct metrics *metrics;
    const char *url;     /* as redis_route.h says */
    const char *ca_file; /* as broker_redis.h says */
    const char *sentinel_auth;
    const char *prefix;
    const char *worker;
};

struct redis_verdict {
    bool up;         /* what is published arrives everywhere */
    bool can_ask;    /* who is only deaf can speak: what is published now is kept, and told later */
    const char *why; /* a static text */
};

struct redis_path_events {
    /* The verdict has changed. */
    void (*on_verdict)(void *owner, const struct redis_verdict *verdict);

    /* The subscription was lost, and with it every channel. */
    void (*on_lost)(void *owner);

    /* A message of a channel. */
    void (*on_message)(void *owner, const struct redisReply *message);
};

/* Ends all calls; nothing calls back but them.  NULL is allowed. */
void redis_path_free(struct redis_path *path);

/* NULL when out of memory. */
struct redis_path *redis_path_new(const struct redis_path_settings *settings,
                                  const struct redis_path_events *events, void *owner)
    OWNER_CALLS(redis_path_free);

/* Begins to connect. */
void redis_path_start(struct redis_path *path);

/* Says good-bye, so that our viewers stop counting at once. */
void redis_path_stop(struct redis_path *path);

/* The links; the path's. */
struct redis_link *redis_path_calls(const struct redis_path *path);
struct redis_link *redis_path_subscription(const struct redis_path *path);

/* An answer to some other call says that Redis cannot be used as it is. */
void redis_path_on_trouble(struct redis_path *path, const struct redis_trouble *trouble);

/* Redis refuses a subscription. */
void redis_path_on_denied(struct redis_path *path, const struct redisReply *error);

#endif
