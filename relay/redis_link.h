/* redis_link.h - one connection to Redis that mends itself.
 *
 * Commands are pipelined: all of one turn of the loop leave in one write, and the
 * replies, read up to 256 KB at a time, end the calls in order.  A connection is
 * given up when an answer takes longer than REDIS_LINK_DEADLINE_MS (an idle one is
 * asked PING each second, so a dead one is noticed within five), when it breaks, or
 * when what arrives is not Redis' protocol.  Then all its calls end, and after a
 * random pause, longer each time, another one is made to whatever address the name
 * has by then.
 *
 * hiredis takes the protocol apart and libevent's bufferevent moves the bytes, through TLS if
 * the url says so.
 *
 * Belongs to one worker's thread.  None of the functions calls back from inside,
 * but for redis_link_free(), which ends the calls that are left. */
#ifndef RELAY_REDIS_LINK_H
#define RELAY_REDIS_LINK_H

#include "base/attributes.h"
#include "base/metrics.h"
#include "base/span.h"
#include "relay/redis_call.h"
#include "relay/redis_url.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REDIS_LINK_DEADLINE_MS 4000
#define REDIS_LINK_IDLE_MS 1000
#define REDIS_LINK_MAX_CALLS 10000
#define REDIS_LINK_MAX_BYTES (8 << 20)

struct event_base;
struct redisReply;
struct redis_link;
struct redis_tls;

struct redis_link_events {
    /* Connected and let in. */
    void (*on_up)(void *owner);

    /* Not connected: at first, when an attempt has failed, when it was lost (after all calls have
     * ended).  `why` is a static text.  It goes on trying. */
    void (*on_down)(void *owner, const char *why);

    /* A message of a channel subscribed to: an array of "message", channel, payload. */
    void (*on_message)(void *owner, const struct redisReply *reply);
};

struct redis_link_settings {
    struct event_base *loop;     /* borrowed */
    struct metrics *metrics;     /* borrowed */
    const struct redis_url *url; /* borrowed; with an empty host nothing is tried */
    struct redis_tls *tls;       /* borrowed; for a url with TLS */
    const char *name;            /* borrowed; in Redis' CLIENT LIST and in our log */
};

/* Ends all calls (REDIS_FREED).  Not from inside a callback of the link.  NULL is allowed. */
void redis_link_free(struct redis_link *link);

/* NULL when out of memory. */
struct redis_link *redis_link_new(const struct redis_link_settings *settings,
                                  const struct redis_link_events *events, void *owner)
    OWNER_CALLS(redis_link_free);

/* Begins to connect. */
void redis_link_start(struct redis_link *link);

bool redis_link_is_up(const struct redis_link *link);

/* Commands not answered yet. */
size_t redis_link_calls(const struct redis_link *link);

/* Asks.  call->on_end comes for each of the replies that it says there will be; an error is the
 * last.  Borrows the words.
 * 0; -ENOTCONN, -ENOBUFS (as much is pending as may be), -ENOMEM: `call` will not end. */
int redis_link_ask(struct redis_link *link, const struct span *words, size_t n,
                   const struct redis_call *call) MUST_USE;

/* Gives the connection up at the next turn, for instance because it leads to a replica. */
void redis_link_renew(struct redis_link *link, const char *why);

/* The url has changed (which only its owner can do): connects to what it says now, at once. */
void redis_link_move(struct redis_link *link);

/* Sends at once what is waiting, as far as the socket takes it: for a last word. */
void redis_link_flush(struct redis_link *link);

#endif
