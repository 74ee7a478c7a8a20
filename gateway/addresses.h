/* addresses.h - how many connections come from each address.
 *
 * An address is known while it has connections, so there is never more to keep than there are
 * sockets.  IPv6 is counted by /64 (base/ip.h).
 *
 * Belongs to one worker's thread, and outlives what has entered. */
#ifndef GATEWAY_ADDRESSES_H
#define GATEWAY_ADDRESSES_H

#include "base/attributes.h"
#include "base/ip.h"

#include <stddef.h>

struct address_count; /* of one address */
struct addresses;

/* When all have left.  NULL is allowed. */
void addresses_free(struct addresses *addresses);

/* NULL when out of memory. */
struct addresses *addresses_new(void) OWNER_CALLS(addresses_free);

/* One more connection from `ip`; ends with address_leave().  0; -EDQUOT: it has `most` of them;
 * -ENOMEM. */
int addresses_enter(struct addresses *addresses, const struct ip *ip, size_t most,
                    struct address_count **count) MUST_USE;

/* For a second holder, who calls address_leave() too.  NULL is allowed. */
struct address_count *address_share(struct address_count *count);

/* NULL is allowed. */
void address_leave(struct address_count *count);

/* Addresses known. */
size_t addresses_known(const struct addresses *addresses);

#endif
