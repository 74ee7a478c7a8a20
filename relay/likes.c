#include "relay/likes.h"

#include "base/clock.h"
#include "relay/crowd.h"

static void rest(struct likes *likes, struct wheel_timer *tick, uint64_t ms)
{
    wheel_add(likes->wheel, tick, clock_now() + ms);
}

static void publish(struct likes *likes)
{
    uint64_t taps = likes->taps;

    rest(likes, &likes->out_tick, likes->tick_ms);
    if (likes->asked > 0)
        return;

    likes->asked = taps;
    likes->taps = 0;
    if (!likes->events->on_taps(likes, taps)) {
        likes->asked = 0;
        likes->taps = taps;
    }
}

static void on_out_tick(struct wheel_timer *timer)
{
    struct likes *likes = CONTAINER_OF(timer, struct likes, out_tick);

    if (likes->taps > 0)
        publish(likes);
}

static void show(struct likes *likes)
{
    uint64_t delta = likes->delta;
    uint64_t total = likes->total;

    rest(likes, &likes->in_tick, crowd_tick_ms(likes->tick_ms, likes->events->viewers(likes)));
    likes->delta = 0;
    likes->total = 0;
    likes->events->on_arrived(likes, delta, total);
}

static void on_in_tick(struct wheel_timer *timer)
{
    struct likes *likes = CONTAINER_OF(timer, struct likes, in_tick);

    if (likes->delta > 0 || likes->total > 0)
        show(likes);
}

void likes_init(struct likes *likes, struct wheel *wheel, uint64_t tick_ms,
                const struct likes_events *events)
{
    *likes = (struct likes){.events = events, .wheel = wheel, .tick_ms = tick_ms};
    wheel_timer_init(&likes->out_tick, on_out_tick);
    wheel_timer_init(&likes->in_tick, on_in_tick);
}

void likes_change_tick(struct likes *likes, uint64_t tick_ms)
{
    likes->tick_ms = tick_ms;
}

void likes_close(struct likes *likes)
{
    wheel_cancel(likes->wheel, &likes->in_tick);
    likes->delta = 0;
    likes->total = 0;
}

void likes_dispose(struct likes *likes)
{
    wheel_cancel(likes->wheel, &likes->out_tick);
    likes_close(likes);
    likes->taps = 0;
}

/* Number of taps that there is no place for. */
static uint64_t keep(struct likes *likes, uint64_t taps)
{
    uint64_t room = LIKES_MAX_KEPT - likes->taps;
    uint64_t kept = taps < room ? taps : room;

    likes->taps += kept;

    return taps - kept;
}

uint64_t likes_tap(struct likes *likes, uint64_t taps)
{
    uint64_t lost = keep(likes, taps);

    if (likes->taps > 0 && !wheel_pending(&likes->out_tick))
        publish(likes);

    return lost;
}

uint64_t likes_published(struct likes *likes, enum refusal refusal)
{
    uint64_t taps = likes->asked;

    likes->asked = 0;
    if (refusal == REFUSAL_NONE)
        return 0;
    if (refusal == REFUSAL_TIMEOUT)
        return taps;
    if (!wheel_pending(&likes->out_tick))
        rest(likes, &likes->out_tick, likes->tick_ms);

    return keep(likes, taps);
}

void likes_arrived(struct likes *likes, uint64_t delta, uint64_t total)
{
    likes->delta += delta;
    if (total > likes->total)
        likes->total = total;
    if (!wheel_pending(&likes->in_tick))
        show(likes);
}

bool likes_idle(const struct likes *likes)
{
    return likes->taps == 0 && likes->asked == 0;
}
