/* redis_greeting.h - how a connection to Redis begins: who we are, and whether that is a
 * Redis we can work with: 7.0 or newer, a master, lets us in, has loaded its data.
 *
 * HELLO needs no right; SELECT does, and is left out for database 0. */
#ifndef RELAY_REDIS_GREETING_H
#define RELAY_REDIS_GREETING_H

#include "base/attributes.h"
#include "relay/redis_pipeline.h"
#include "relay/redis_url.h"

#include <stdbool.h>
#include <stdint.h>

struct evbuffer;
struct redisReply;

struct redis_greeting {
    const struct redis_url *url; /* borrowed */
    const char *name;            /* borrowed; without spaces; the connection's in CLIENT LIST */
    /* Comes once unless the connection is lost before.  Why we cannot go on, a static text;
     * NULL: we can. */
    void (*on_end)(void *owner, const char *why);
    void *owner;
    bool ended;
};

/* Appends the greeting to `out`, the first commands of a connection.  `greeting` must live
 * until the calls of the pipeline have ended.  0, or -ENOMEM. */
int redis_greeting_begin(struct redis_greeting *greeting, struct redis_pipeline *pipeline,
                         struct evbuffer *out, uint64_t due_ms) MUST_USE;

/* What the answers mean: as for on_end(). */
const char *redis_greeting_judge_hello(const struct redisReply *reply);
const char *redis_greeting_judge_status(const struct redisReply *reply);

#endif
