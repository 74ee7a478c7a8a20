/* Everybody comes at once: connections made as fast as one core goes and, where the
 * protocol joins in a step of its own, then the joins.  By blocks of viewers, to show
 * whether the cost grows with the number already there. */
#include "base/clock.h"
#include "bench/crowd.h"
#include "bench/give_up.h"
#include "bench/meter.h"
#include "bench/report.h"
#include "bench/task.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>

enum { BLOCKS = 15, STUCK_US = 30000000 };

/* One go of the crowd, measured in blocks. */
struct storm {
    const struct plan *plan;
    struct crowd *crowd;
    double cpu_us[BLOCKS]; /* per viewer */
    struct meter meter;
    uint64_t cpu_ns; /* until the last block's end */
    unsigned blocks;
};

static void storm_start(struct storm *storm, const struct plan *plan, struct crowd *crowd)
{
    *storm = (struct storm){.plan = plan, .crowd = crowd};
    meter_start(&storm->meter, plan);
}

static void end_block(struct storm *storm, uint32_t viewers)
{
    struct meter used = meter_read(&storm->meter);

    storm->cpu_us[storm->blocks++] =
        (double)(used.server.cpu_ns - storm->cpu_ns) / 1e3 / (double)viewers;
    storm->cpu_ns = used.server.cpu_ns;
}

/* `begin` starts what viewer `i` has to do; `window` of them are under way at once. */
static void storm_run(struct storm *storm, void (*begin)(struct crowd *crowd, uint32_t i))
{
    uint32_t block = storm->plan->clients < BLOCKS ? 1 : storm->plan->clients / BLOCKS;
    uint32_t begun = 0, done = 0;
    uint64_t stuck = clock_now_us() + STUCK_US;

    while (storm->crowd->in < storm->plan->clients) {
        while (begun < storm->plan->clients && begun - storm->crowd->in < storm->plan->window)
            begin(storm->crowd, begun++);

        if (crowd_turn(storm->crowd, 100000) > 0)
            stuck = clock_now_us() + STUCK_US;
        if (clock_now_us() > stuck)
            give_up("viewers do not get in", ETIMEDOUT);

        while (storm->blocks < BLOCKS && storm->crowd->in >= done + block) {
            end_block(storm, block);
            done += block;
        }
    }
}

static void open_one(struct crowd *crowd, uint32_t i)
{
    crowd_open(crowd, i + 1, UINT32_MAX);
}

static void storm_report(const struct storm *storm, const char *name)
{
    struct meter used = meter_read(&storm->meter);
    char full[64];

    (void)snprintf(full, sizeof full, "%s_per_second", name);
    report_number(full, (double)storm->plan->clients * 1e6 / (double)used.at_us, 0);
    (void)snprintf(full, sizeof full, "%s_cpu_us", name);
    report_number(full, (double)used.server.cpu_ns / 1e3 / (double)storm->plan->clients, 2);
    (void)snprintf(full, sizeof full, "%s_cpu_us_by_block", name);
    report_list(full, storm->cpu_us, storm->blocks);
    (void)snprintf(full, sizeof full, "%s_server_share", name);
    report_number(full, (double)used.server.cpu_ns / 1e3 / (double)used.at_us, 2);
    (void)snprintf(full, sizeof full, "%s_load_share", name);
    report_number(full, (double)used.own_cpu_ns / 1e3 / (double)used.at_us, 2);
}

/* The step that joins, when it is not the only one: it follows once all are connected. */
static unsigned last_step(const struct protocol *protocol)
{
    return protocol->steps_count > 1 ? protocol->steps_count - 1 : UINT_MAX;
}

void task_storm(const struct plan *plan)
{
    static struct crowd crowd;
    struct storm storm;
    unsigned stop_before = last_step(plan->protocol);

    crowd_start(&crowd, plan, stop_before);
    report_begin();

    storm_start(&storm, plan, &crowd);
    storm_run(&storm, open_one);
    storm_report(&storm, "open");

    if (stop_before != UINT_MAX) {
        crowd_settle(&crowd, 100000, 5000000);
        crowd_release(&crowd);
        storm_start(&storm, plan, &crowd);
        storm_run(&storm, crowd_proceed);
        storm_report(&storm, "join");
        report_count("others", crowd.sights.others);
    }

    report_end();
    crowd_end(&crowd);
}
