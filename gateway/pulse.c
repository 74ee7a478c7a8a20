#include "gateway/pulse.h"

#include "base/clock.h"
#include "base/metrics.h"
#include "base/wheel.h"

#include <event2/event.h>
#include <stdlib.h>

struct pulse {
    struct wheel *wheel;
    struct metrics *metrics;
    struct event *timer;
    uint64_t due_us; /* 0: has not beaten yet */
};

static void on_beat(evutil_socket_t fd, short what, void *owner)
{
    struct pulse *pulse = owner;
    uint64_t now = clock_now_us();

    (void)fd;
    (void)what;

    if (pulse->due_us != 0)
        metrics_observe(pulse->metrics, METRIC_LOOP_DELAY, 0,
                        now > pulse->due_us ? now - pulse->due_us : 0);

    pulse->due_us = now + PULSE_MS * 1000;
    (void)wheel_advance(pulse->wheel, clock_now());
}

static void dispose(struct pulse *pulse)
{
    if (pulse->timer)
        event_free(pulse->timer);

    free(pulse);
}

void pulse_free(struct pulse *pulse)
{
    if (pulse)
        dispose(pulse);
}

struct pulse *pulse_new(struct event_base *loop, struct wheel *wheel, struct metrics *metrics)
{
    static const struct timeval interval = {.tv_usec = PULSE_MS * 1000};
    struct pulse *pulse = calloc(1, sizeof *pulse);

    if (!pulse)
        return NULL;

    pulse->wheel = wheel;
    pulse->metrics = metrics;
    pulse->timer = event_new(loop, -1, EV_PERSIST, on_beat, pulse);
    if (!pulse->timer || event_add(pulse->timer, &interval) != 0) {
        dispose(pulse);
        return NULL;
    }

    return pulse;
}
