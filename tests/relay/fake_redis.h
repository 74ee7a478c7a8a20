/* fake_redis.h - a peer that says what a real Redis will not: for answers that must not hurt.
 *
 * Lives on the test's loop.  To each of the connections made to it, it says the whole
 * text as soon as anything was heard of it, and then hangs up or stays silent. */
#ifndef TESTS_RELAY_FAKE_REDIS_H
#define TESTS_RELAY_FAKE_REDIS_H

#include "base/attributes.h"

#include <stdbool.h>
#include <stddef.h>

/* What a good Redis says to our greeting. */
#define FAKE_HELLO                                                                       \
    "*14\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$6\r\n7.0.15\r\n$5\r\nproto" \
    "\r\n:2\r\n$2\r\nid\r\n:5\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n"      \
    "$6\r\nmaster\r\n$7\r\nmodules\r\n*0\r\n"
#define FAKE_WELCOME FAKE_HELLO "+PONG\r\n"

struct event_base;
struct fake_redis;

/* NULL is allowed. */
void fake_redis_free(struct fake_redis *fake);

/* Borrows `says`. */
struct fake_redis *fake_redis_new(struct event_base *loop, const char *says, bool hangs_up)
    OWNER_CALLS(fake_redis_free);

const char *fake_redis_url(const struct fake_redis *fake);

/* Connections made to it so far. */
size_t fake_redis_connections(const struct fake_redis *fake);

#endif
