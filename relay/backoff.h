/* backoff.h - how long to wait before the next try: 0.1 s, then twice as long each time
 * up to 2 s, of which a random half is left out, so that many who failed together do not
 * come back together.  No longer, for a room shall have its first message within 3 s
 * when Redis is back, however long it was away. */
#ifndef RELAY_BACKOFF_H
#define RELAY_BACKOFF_H

#include "base/random.h"

#include <stdint.h>

#define BACKOFF_FIRST_MS 100
#define BACKOFF_LAST_MS 2000

/* Zeroed: the next failure is the first. */
struct backoff {
    uint64_t limit_ms;
};

/* In ms, from now. */
static inline uint64_t backoff_next(struct backoff *backoff)
{
    uint64_t limit = 2 * backoff->limit_ms;

    if (limit < BACKOFF_FIRST_MS)
        limit = BACKOFF_FIRST_MS;
    if (limit > BACKOFF_LAST_MS)
        limit = BACKOFF_LAST_MS;
    backoff->limit_ms = limit;

    return limit / 2 + random_below(limit / 2 + 1);
}

static inline void backoff_reset(struct backoff *backoff)
{
    backoff->limit_ms = 0;
}

#endif
