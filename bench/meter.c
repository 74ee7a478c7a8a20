#include "bench/meter.h"

#include "base/clock.h"
#include "bench/report.h"

#include <stdio.h>

void meter_start(struct meter *meter, const struct plan *plan)
{
    *meter = (struct meter){.plan = plan,
                            .server = usage_of(&plan->server),
                            .redis = usage_of(&plan->redis),
                            .own_cpu_ns = usage_own_cpu_ns(),
                            .at_us = clock_now_us()};
}

/* A process that was ended meanwhile, and begun anew, has used less than before: nothing is
 * known then. */
static uint64_t since(uint64_t before, uint64_t now)
{
    return now > before ? now - before : 0;
}

struct meter meter_read(const struct meter *meter)
{
    struct meter now;

    meter_start(&now, meter->plan);
    now.server.cpu_ns = since(meter->server.cpu_ns, now.server.cpu_ns);
    now.redis.cpu_ns = since(meter->redis.cpu_ns, now.redis.cpu_ns);
    now.own_cpu_ns -= meter->own_cpu_ns;
    now.at_us -= meter->at_us;

    return now;
}

void meter_report(const struct meter *used, const char *name, uint64_t count)
{
    double wall_ns = (double)used->at_us * 1e3;
    char per[64];

    (void)snprintf(per, sizeof per, "cpu_us_per_%s", name);
    report_number(per, count ? (double)used->server.cpu_ns / 1e3 / (double)count : 0, 3);
    report_number("wall_seconds", wall_ns / 1e9, 3);
    report_number("server_cpu_share", (double)used->server.cpu_ns / wall_ns, 3);
    report_number("redis_cpu_share", (double)used->redis.cpu_ns / wall_ns, 3);
    report_number("load_cpu_share", (double)used->own_cpu_ns / wall_ns, 3);
}
