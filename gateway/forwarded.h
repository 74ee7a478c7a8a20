/* forwarded.h - who is behind the proxies: reads X-Forwarded-For.
 *
 * Each proxy appends the address it was called from, so what stands on the right was said by the
 * nearest one, and anybody may have written what stands on the left.  The client is the rightmost
 * address that is not one of the proxies we trust. */
#ifndef GATEWAY_FORWARDED_H
#define GATEWAY_FORWARDED_H

#include "base/ip.h"
#include "base/span.h"

#include <stdbool.h>

struct forwarded {
    struct ip client;
    bool known; /* false: nobody that could be read, but for proxies we trust */
};

/* The value of one header more, in their order; all zero before the first. */
void forwarded_read(struct forwarded *forwarded, const struct ip_ranges *trusted,
                    struct span value);

#endif
