#include "relay/outage.h"

#include "base/clock.h"
#include "base/list.h"

static void on_timer(struct wheel_timer *timer)
{
    struct outage *outage = CONTAINER_OF(timer, struct outage, timer);

    outage->next_ms = clock_now() + OUTAGE_TOLD_EACH_MS;
    outage->on_due(outage);
}

void outage_init(struct outage *outage, struct wheel *wheel, void (*on_due)(struct outage *outage))
{
    *outage = (struct outage){.wheel = wheel, .on_due = on_due};
    wheel_timer_init(&outage->timer, on_timer);
}

void outage_begin(struct outage *outage)
{
    uint64_t due_ms = clock_now() + OUTAGE_TOLD_AFTER_MS;

    if (!wheel_pending(&outage->timer))
        wheel_add(outage->wheel, &outage->timer,
                  due_ms > outage->next_ms ? due_ms : outage->next_ms);
}

void outage_end(struct outage *outage)
{
    wheel_cancel(outage->wheel, &outage->timer);
}
