/* redis_route.h - where the Redis to be used is: at the address given, or where sentinels say.
 *
 *   redis://[user[:password]@]host[:port][/db]           rediss:// for TLS
 *   sentinel://[user[:password]@]host[:port][,host[:port]...]/master[/db]    port 26379
 *   sentinels://, the same, for TLS to the sentinels and to Redis
 *
 * All sentinels are asked, all the time: each second, when one announces +switch-master,
 * and five times a second while Redis cannot be used.  So those that are down cost no time when it
 * matters.  When they do not agree, for some have been cut off, the one that knows the latest
 * configuration (config-epoch) is right.  Whether the address is a master's the connection itself
 * finds out (redis_greeting.h).  User and password are for the sentinels too, unless they
 * have their own; a sentinel without any takes a password for the default user.
 *
 * Belongs to one worker's thread; calls back from the loop only. */
#ifndef RELAY_REDIS_ROUTE_H
#define RELAY_REDIS_ROUTE_H

#include "base/attributes.h"
#include "relay/redis_url.h"

#include <stdbool.h>

#define REDIS_ROUTE_MAX_SENTINELS 16

struct event_base;
struct metrics;
struct redis_route;
struct redis_tls;

struct redis_route_settings {
    struct event_base *loop; /* borrowed, like the rest */
    struct metrics *metrics;
    const char *url;
    const char *sentinel_auth; /* [user:]password; NULL: as in the url */
    struct redis_tls *tls;     /* NULL: redis_route_needs_tls() says that there is no need */
};

struct redis_route_events {
    /* redis_route_url() has changed. */
    void (*on_moved)(void *owner);
};

/* NULL is allowed. */
void redis_route_free(struct redis_route *route);

/* NULL when the url is bad or out of memory. */
struct redis_route *redis_route_new(const struct redis_route_settings *settings,
                                    const struct redis_route_events *events, void *owner)
    OWNER_CALLS(redis_route_free);

/* Begins to ask; nothing to do without sentinels. */
void redis_route_start(struct redis_route *route);

/* Redis cannot be used, so news of it is urgent; or it can. */
void redis_route_hurry(struct redis_route *route, bool urgent);

/* Where Redis is; the same pointer always.  Its host is "" while no sentinel has told. */
const struct redis_url *redis_route_url(const struct redis_route *route);

/* 0, or -EINVAL. */
int redis_route_check(const char *url) MUST_USE;
int redis_route_check_auth(const char *sentinel_auth) MUST_USE;

/* Of a good url. */
bool redis_route_needs_tls(const char *url);

#endif
