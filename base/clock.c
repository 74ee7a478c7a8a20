#include "base/clock.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

/* What clock_wall_ms() adds to a time that stands still: 2023-11-14, so that
 * tests see plausible dates. */
#define TEST_WALL_START_MS 1700000000000U

static atomic_bool stopped;
static _Atomic uint64_t stopped_at_us;

static uint64_t read_us(clockid_t id)
{
    struct timespec t;

    (void)clock_gettime(id, &t); /* cannot fail for these clocks */

    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

uint64_t clock_now_us(void)
{
    if (atomic_load_explicit(&stopped, memory_order_acquire))
        return atomic_load_explicit(&stopped_at_us, memory_order_relaxed);

    return read_us(CLOCK_MONOTONIC);
}

uint64_t clock_now(void)
{
    return clock_now_us() / 1000;
}

uint64_t clock_wall_ms(void)
{
    if (atomic_load_explicit(&stopped, memory_order_acquire))
        return TEST_WALL_START_MS + clock_now();

    return read_us(CLOCK_REALTIME) / 1000;
}

void clock_set_for_test(uint64_t now_ms)
{
    atomic_store_explicit(&stopped_at_us, now_ms * 1000, memory_order_relaxed);
    atomic_store_explicit(&stopped, true, memory_order_release);
}

void clock_advance_for_test(uint64_t ms)
{
    clock_set_for_test(clock_now() + ms);
}

void clock_real_for_test(void)
{
    atomic_store_explicit(&stopped, false, memory_order_release);
}
