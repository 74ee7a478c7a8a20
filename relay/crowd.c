#include "relay/crowd.h"

#define VIEWERS_A_TICK 1000
#define MAX_TICK_MS 1000

uint64_t crowd_tick_ms(uint64_t tick_ms, uint64_t viewers)
{
    uint64_t ms = tick_ms * viewers / VIEWERS_A_TICK;
    uint64_t most_ms = tick_ms > MAX_TICK_MS ? tick_ms : MAX_TICK_MS;

    if (ms < tick_ms)
        return tick_ms;

    return ms < most_ms ? ms : most_ms;
}
