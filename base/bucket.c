#include "base/bucket.h"

enum { TENTHS = 10, MINUTE = 60 * 1000 * TENTHS };

static uint32_t tenths(uint64_t ms)
{
    return (uint32_t)(ms * TENTHS);
}

void bucket_init(struct bucket *bucket, uint64_t now_ms)
{
    bucket->due = tenths(now_ms);
}

bool bucket_take(struct bucket *bucket, const struct bucket_rate *rate, uint64_t now_ms)
{
    uint32_t now = tenths(now_ms);
    uint32_t ahead = bucket->due - now; /* huge where `due` has passed: the difference wraps */
    uint32_t most = rate->burst_ms * TENTHS;
    uint32_t each;

    if (rate->per_minute == 0)
        return true;

    each = MINUTE / rate->per_minute;
    /* Further ahead than a taking can bring it, it is behind. */
    if (ahead > most + each)
        ahead = 0;

    if (ahead > 0 && ahead + each > most)
        return false;

    bucket->due = now + ahead + each;

    return true;
}
