/* meter.h - what server, Redis and the load itself used between two moments, and how long
 * that was. */
#ifndef BENCH_METER_H
#define BENCH_METER_H

#include "bench/plan.h"
#include "bench/usage.h"

#include <stdint.h>

struct meter {
    const struct plan *plan;
    struct usage server, redis;
    uint64_t own_cpu_ns;
    uint64_t at_us; /* clock_now_us() */
};

void meter_start(struct meter *meter, const struct plan *plan);

/* Since the start; the differences stand in what it gives. */
struct meter meter_read(const struct meter *meter);

/* Reports wall_seconds, server_cpu_share, redis_cpu_share, load_cpu_share and
 * cpu_us_per_NAME for that many. */
void meter_report(const struct meter *used, const char *name, uint64_t count);

#endif
