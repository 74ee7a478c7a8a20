#include "gateway/lateness.h"

#include "base/clock.h"
#include "base/metrics.h"

void lateness_note(struct lateness *lateness, enum message_class class, int64_t published_ms)
{
    int64_t *oldest = &lateness->oldest[class];

    if (published_ms > 0 && (*oldest == 0 || published_ms < *oldest))
        *oldest = published_ms;
}

void lateness_observe(struct lateness *lateness, struct metrics *metrics)
{
    int64_t now = (int64_t)clock_wall_ms();

    for (unsigned class = 0; class < LATENESS_CLASSES; class ++) {
        int64_t *oldest = &lateness->oldest[class];
        uint64_t age_ms = now > *oldest ? (uint64_t)(now - *oldest) : 0; /* two clocks */

        if (*oldest == 0)
            continue;

        metrics_observe(metrics, METRIC_DELIVERY_SECONDS, class, age_ms * 1000);
        *oldest = 0;
    }
}
