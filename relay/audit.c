#include "relay/audit.h"

#include "base/clock.h"
#include "base/list.h"
#include "base/random.h"

/* By the minute not all rooms at once. */
static void expect(struct audit *audit)
{
    uint64_t after_ms = AUDIT_LAST_MS;
    uint64_t due_ms = clock_now() + AUDIT_LAST_MS / 2 + random_below(AUDIT_LAST_MS);

    for (unsigned i = 0; i <= audit->done && i < 8; i++)
        after_ms = (uint64_t)AUDIT_FIRST_MS << i;

    if (after_ms <= AUDIT_LAST_MS)
        due_ms = audit->last_ms + after_ms;

    wheel_add(audit->wheel, &audit->timer, due_ms);
}

static void on_timer(struct wheel_timer *timer)
{
    struct audit *audit = CONTAINER_OF(timer, struct audit, timer);
    bool is_quiet = clock_now() >= audit->last_ms + AUDIT_FIRST_MS;

    if (is_quiet)
        audit->done++;
    expect(audit);
    if (is_quiet)
        audit->on_due(audit);
}

void audit_init(struct audit *audit, struct wheel *wheel, void (*on_due)(struct audit *audit))
{
    *audit = (struct audit){.wheel = wheel, .on_due = on_due};
    wheel_timer_init(&audit->timer, on_timer);
}

void audit_restart(struct audit *audit)
{
    audit->last_ms = clock_now();
    if (audit->done == 0 && wheel_pending(&audit->timer))
        return;

    audit->done = 0;
    expect(audit);
}

void audit_stop(struct audit *audit)
{
    wheel_cancel(audit->wheel, &audit->timer);
    audit->done = 0;
}
