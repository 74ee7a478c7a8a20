#include "base/pace.h"

enum { WINDOW_MS = 100, SECOND_MS = 1000 };

void pace_init(struct pace *pace, uint32_t per_second)
{
    *pace = (struct pace){.window_ms = WINDOW_MS};
    if (per_second == 0)
        return;

    if (per_second < SECOND_MS / WINDOW_MS)
        pace->window_ms = SECOND_MS / per_second;

    pace->share = per_second * pace->window_ms / SECOND_MS;
    if (pace->share == 0)
        pace->share = 1;
}

uint64_t pace_take(struct pace *pace, uint64_t now_ms)
{
    if (pace->share == 0)
        return 0;

    if (now_ms >= pace->ends_ms) {
        pace->ends_ms = now_ms + pace->window_ms;
        pace->left = pace->share;
    }

    if (pace->left > 0)
        pace->left--;

    return pace->left > 0 ? 0 : pace->ends_ms;
}
