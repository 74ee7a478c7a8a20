/* redis_eviction.h - warns when Redis may throw keys away: in the log and in a metric.
 *
 * It works on all the same; what is lost is found only when the memory is full. */
#ifndef RELAY_REDIS_EVICTION_H
#define RELAY_REDIS_EVICTION_H

#include <stdint.h>

#define REDIS_EVICTION_EACH_MS 60000

struct metrics;
struct redis_link;

struct redis_eviction {
    struct redis_link *link; /* borrowed */
    struct metrics *metrics; /* borrowed */
    uint64_t asked_ms;       /* 0: ask at the next check */
};

/* Asks Redis, if that was long ago. */
void redis_eviction_check(struct redis_eviction *eviction);

#endif
