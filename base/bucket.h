/* bucket.h - so many of something in the long run, and a burst of it at once.
 *
 * A bucket is full at first and fills again at its rate; each taking empties it a little.
 * It is four bytes, so that each client can have several; the rate is kept by the owner
 * and may change at any time.  Nothing is allocated.  One thread. */
#ifndef BASE_BUCKET_H
#define BASE_BUCKET_H

#include "base/attributes.h"

#include <stdbool.h>
#include <stdint.h>

#define BUCKET_MAX_PER_MINUTE 60000
#define BUCKET_MAX_BURST_MS 600000

struct bucket {
    uint32_t due; /* when it is full again, in tenths of ms; wraps */
};

struct bucket_rate {
    uint32_t per_minute; /* 0: no limit; at most BUCKET_MAX_PER_MINUTE */
    uint32_t burst_ms;   /* what comes in so long may come at once; at most BUCKET_MAX_BURST_MS */
};

/* Full. */
void bucket_init(struct bucket *bucket, uint64_t now_ms);

/* Takes one.  False: it is empty, and as it was. */
bool bucket_take(struct bucket *bucket, const struct bucket_rate *rate, uint64_t now_ms) MUST_USE;

#endif
