/* pace.h - so many of something a second, and no more.
 *
 * Time is cut into short windows, each with its share; what it does not use is gone, so
 * that a quiet while is not followed by a burst.  Nothing is allocated.  One thread. */
#ifndef BASE_PACE_H
#define BASE_PACE_H

#include "base/attributes.h"

#include <stdint.h>

struct pace {
    uint32_t window_ms;
    uint32_t share;   /* of a window; 0: no limit */
    uint32_t left;    /* in this one */
    uint64_t ends_ms; /* it */
};

/* 0: no limit.  A window is a tenth of a second, or as long as one lasts. */
void pace_init(struct pace *pace, uint32_t per_second);

/* Counts one more.  0: another one may follow; or when it may. */
uint64_t pace_take(struct pace *pace, uint64_t now_ms) MUST_USE;

#endif
