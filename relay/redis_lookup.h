/* redis_lookup.h - finds the address of a host, without ever stopping the loop for it.
 *
 * Names are asked for anew each time, of the servers that /etc/resolv.conf and the hosts
 * that /etc/hosts name at that moment: after a failover a name means another address.  Who
 * does not know a name does not keep the next server from being asked.
 * Of several addresses one is chosen by `turn`, so that a dead one is not tried for ever.
 *
 * A lookup has no deadline of its own: its owner ends it by freeing it. */
#ifndef RELAY_REDIS_LOOKUP_H
#define RELAY_REDIS_LOOKUP_H

#include "base/attributes.h"

#include <stdint.h>
#include <sys/socket.h>

struct event_base;
struct redis_lookup;

/* The address, or NULL when there is none.  Called once, from the loop; the lookup may be
 * freed in it. */
typedef void redis_on_found(void *owner, const struct sockaddr *address, socklen_t size);

/* At any time; then nothing more is called.  NULL is allowed. */
void redis_lookup_free(struct redis_lookup *lookup);

/* Borrows `host` for the call.  NULL when out of memory. */
struct redis_lookup *redis_lookup_new(struct event_base *loop, const char *host, uint16_t port,
                                      unsigned turn, redis_on_found *on_found, void *owner)
    OWNER_CALLS(redis_lookup_free);

#endif
