#include "base/pace.h"

enum { WINDOW_MS = 100, SECOND_MS = 1000 };

void pace_init(struct pace *pace, uint32_t per_second)
{
    *pace = (struct pace){.share = 0};
    if (per_second == 0)
        return;

    pace->share = per_second * WINDOW_MS / SECOND_MS;
    if (pace->share == 0)
        pace->share = 1;

    /* As long as such a share lasts, which was rounded down. */
    pace->window_ms = (pace->share * SECOND_MS + per_second - 1) / per_second;
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
