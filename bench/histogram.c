#include "bench/histogram.h"

#include <math.h>
#include <string.h>

enum { STEP_BITS = 6 };

_Static_assert(1 << STEP_BITS == HISTOGRAM_STEPS, "a slot is found by shifting");

void histogram_clear(struct histogram *histogram)
{
    memset(histogram, 0, sizeof *histogram);
}

/* Below 64 us each has its slot; above, the six bits behind the first one choose it. */
static unsigned slot_of(uint64_t us)
{
    unsigned bits, slot;

    if (us < HISTOGRAM_STEPS)
        return (unsigned)us;

    bits = 63 - (unsigned)__builtin_clzll(us);
    slot = (bits - STEP_BITS + 1) * HISTOGRAM_STEPS +
           (unsigned)(us >> (bits - STEP_BITS) & (HISTOGRAM_STEPS - 1));

    return slot < HISTOGRAM_SLOTS ? slot : HISTOGRAM_SLOTS - 1;
}

/* The longest duration of a slot. */
static uint64_t end_of(unsigned slot)
{
    unsigned power = slot / HISTOGRAM_STEPS, step = slot % HISTOGRAM_STEPS;

    if (power == 0)
        return slot;

    return (((uint64_t)HISTOGRAM_STEPS + step + 1) << (power - 1)) - 1;
}

void histogram_add(struct histogram *histogram, uint64_t us)
{
    histogram->slots[slot_of(us)]++;
    histogram->total++;

    if (us > histogram->most)
        histogram->most = us;
}

uint64_t histogram_at(const struct histogram *histogram, double share)
{
    uint64_t wanted = (uint64_t)ceil(share * (double)histogram->total), seen = 0;

    if (histogram->total == 0)
        return 0;

    for (unsigned slot = 0; slot < HISTOGRAM_SLOTS; slot++) {
        seen += histogram->slots[slot];

        if (seen >= wanted && seen > 0)
            return end_of(slot) < histogram->most ? end_of(slot) : histogram->most;
    }

    return histogram->most;
}
