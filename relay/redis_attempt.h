/* redis_attempt.h - one attempt to connect to Redis: looks the name up, dials, and waits until
 * the stream stands, through TLS if the url says so.
 *
 * It has no deadline of its own: its owner ends it by freeing it. */
#ifndef RELAY_REDIS_ATTEMPT_H
#define RELAY_REDIS_ATTEMPT_H

#include "base/attributes.h"
#include "relay/redis_url.h"

struct bufferevent;
struct event_base;
struct redis_attempt;
struct redis_tls;

struct redis_attempt_settings {
    struct event_base *loop;     /* borrowed */
    const struct redis_url *url; /* borrowed */
    struct redis_tls *tls;       /* borrowed; for a url with TLS */
    unsigned turn;               /* which of several addresses */

    /* Called once, from the loop; the attempt may be freed in it.  Gives the stream, to which
     * nothing was said yet; or it is NULL and `why` a static text. */
    void (*on_end)(void *owner, struct bufferevent *stream, const char *why);
    void *owner;
};

/* At any time; then nothing more is called.  NULL is allowed. */
void redis_attempt_free(struct redis_attempt *attempt);

/* NULL when out of memory. */
struct redis_attempt *redis_attempt_new(const struct redis_attempt_settings *settings)
    OWNER_CALLS(redis_attempt_free);

#endif
