/* How many messages a second viewers can send: each keeps `in-flight` messages to its own
 * room on their way, and sees them come back. */
#include "base/clock.h"
#include "bench/crowd.h"
#include "bench/give_up.h"
#include "bench/message.h"
#include "bench/meter.h"
#include "bench/report.h"
#include "bench/task.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

enum { STALLED_US = 5000000 };

struct talk {
    const struct plan *plan;
    struct crowd crowd;
    struct bench_message message;
    uint64_t *told; /* by each viewer; owned */
};

/* viewer->next is what it has seen: numbers begin at 0 and nothing may be missing. */
static void tell(struct talk *talk, uint32_t i)
{
    const struct viewer *viewer = &talk->crowd.viewers[i];
    int rc = 0;

    while (rc == 0 && talk->told[i] - viewer->next < talk->plan->in_flight) {
        bench_message_mark(&talk->message, talk->told[i]++, clock_now_us());
        rc = viewer_say(viewer, FRAME_TEXT, talk->message.text, talk->message.size);
    }

    if (rc != 0)
        give_up("telling", rc);
}

static void run(struct talk *talk, uint64_t us)
{
    uint64_t end = clock_now_us() + us;

    while (clock_now_us() < end) {
        for (uint32_t i = 0; i < talk->plan->clients; i++)
            tell(talk, i);

        if (crowd_turn(&talk->crowd, STALLED_US) == 0)
            give_up("what was told does not come back", ETIMEDOUT);
    }
}

void task_tell(const struct plan *plan)
{
    static struct talk talk;
    struct meter meter, used;
    const struct sights *sights = &talk.crowd.sights;

    if (!plan->protocol->tell || plan->rooms != plan->clients)
        give_up("viewers must be able to tell, each in a room of its own", EINVAL);

    talk.plan = plan;
    talk.told = calloc(plan->clients, sizeof *talk.told);
    if (!talk.told)
        give_up("no room for viewers", ENOMEM);

    bench_message_make(&talk.message, plan->size, plan->chinese);
    crowd_start(&talk.crowd, plan, UINT_MAX);
    crowd_fill(&talk.crowd, plan->clients, plan->window);
    crowd_settle(&talk.crowd, 300000, 5000000);

    run(&talk, (uint64_t)plan->seconds_ms * 100); /* warm */
    talk.crowd.sights = (struct sights){.wrong = sights->wrong};
    meter_start(&meter, plan);
    run(&talk, (uint64_t)plan->seconds_ms * 1000);
    used = meter_read(&meter);

    report_begin();
    meter_report(&used, "message", sights->messages);
    report_count("messages", sights->messages);
    report_number("per_second", (double)sights->messages * 1e6 / (double)used.at_us, 0);
    report_durations("latency", &sights->latency);
    report_count("wrong", sights->wrong);
    report_end();

    crowd_end(&talk.crowd);
    bench_message_free(&talk.message);
    free(talk.told);
}
