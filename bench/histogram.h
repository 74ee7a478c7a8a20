/* histogram.h - how long things took: counts by duration, to 1.6 % of it.
 *
 * One array of fixed size, so that recording costs the load a few ns, however many.
 * Durations are in microseconds; what is beyond the last slot counts there (19 hours). */
#ifndef BENCH_HISTOGRAM_H
#define BENCH_HISTOGRAM_H

#include <stdint.h>

enum {
    HISTOGRAM_STEPS = 64, /* to a power of two */
    HISTOGRAM_SLOTS = 31 * HISTOGRAM_STEPS,
};

struct histogram {
    uint64_t total;
    uint64_t most; /* the longest duration there was */
    uint64_t slots[HISTOGRAM_SLOTS];
};

void histogram_clear(struct histogram *histogram);
void histogram_add(struct histogram *histogram, uint64_t us);

/* The duration that `share` (0 to 1) of all did not exceed; 0 when there were none. */
uint64_t histogram_at(const struct histogram *histogram, double share);

#endif
