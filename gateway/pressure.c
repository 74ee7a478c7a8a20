#include "gateway/pressure.h"

#include "base/burden.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/wheel.h"

#include <stdlib.h>

enum {
    LOOK_MS = 100,
    CALM_MS = 2000 /* who was closed comes back, and should find that it lasts */
};

struct pressure {
    struct pressure_settings settings;
    struct wheel_timer look;
    uint64_t calm_since; /* while high: below the low mark; 0: it is not */
    bool high;
};

static size_t high_mark(const struct pressure *pressure)
{
    return pressure->settings.limit / 4 * 3;
}

static size_t low_mark(const struct pressure *pressure)
{
    return pressure->settings.limit / 2;
}

size_t pressure_share_of_logs(size_t limit)
{
    return limit / 4;
}

static void rise(struct pressure *pressure)
{
    pressure->high = true;
    pressure->calm_since = 0;
    LOG_LIMITED(WARN, 10, 60000,
                "clients make us hold too much, closing the slowest and taking no new ones",
                LOG_UINT("bytes", burden_bytes()),
                LOG_UINT("limit_bytes", pressure->settings.limit));
}

void pressure_judge(struct pressure *pressure)
{
    const struct pressure_settings *settings = &pressure->settings;

    if (!pressure->high && burden_bytes() > high_mark(pressure))
        rise(pressure);

    while (pressure->high && burden_bytes() > low_mark(pressure) && settings->shed(settings->owner))
        metrics_add(settings->metrics, METRIC_SESSIONS_SHED, 0, 1);
}

static void fall(struct pressure *pressure)
{
    pressure->high = false;
    LOG_LIMITED(INFO, 10, 60000, "taking clients again", LOG_UINT("bytes", burden_bytes()));
}

static void look_for_calm(struct pressure *pressure)
{
    uint64_t now = clock_now();

    if (burden_bytes() > low_mark(pressure))
        pressure->calm_since = 0;
    else if (pressure->calm_since == 0)
        pressure->calm_since = now;
    else if (now - pressure->calm_since >= CALM_MS)
        fall(pressure);
}

static void on_look(struct wheel_timer *timer)
{
    struct pressure *pressure = CONTAINER_OF(timer, struct pressure, look);

    pressure_judge(pressure);
    if (pressure->high)
        look_for_calm(pressure);
    if (pressure->settings.first)
        metrics_set(pressure->settings.metrics, METRIC_READERS_BYTES, 0, (int64_t)burden_bytes());

    wheel_add(pressure->settings.wheel, timer, clock_now() + LOOK_MS);
}

void pressure_free(struct pressure *pressure)
{
    if (!pressure)
        return;

    wheel_cancel(pressure->settings.wheel, &pressure->look);
    free(pressure);
}

struct pressure *pressure_new(const struct pressure_settings *settings)
{
    struct pressure *pressure = calloc(1, sizeof *pressure);

    if (!pressure)
        return NULL;

    pressure->settings = *settings;
    wheel_timer_init(&pressure->look, on_look);
    wheel_add(settings->wheel, &pressure->look, clock_now() + LOOK_MS);

    return pressure;
}

void pressure_change_limit(struct pressure *pressure, size_t limit)
{
    pressure->settings.limit = limit;
}

bool pressure_is_high(const struct pressure *pressure)
{
    return pressure->high;
}

size_t pressure_space(const struct pressure *pressure)
{
    size_t bytes = burden_bytes();

    return bytes < high_mark(pressure) ? high_mark(pressure) - bytes : 0;
}
