/* backoff.h - how long to wait before the next try: full jitter, 0.1 to 5 s, so that
 * many who failed together do not come back together. */
#ifndef RELAY_BACKOFF_H
#define RELAY_BACKOFF_H

#include "base/random.h"

#include <stdint.h>

#define BACKOFF_FIRST_MS 100
#define BACKOFF_LAST_MS 5000

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
