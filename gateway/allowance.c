#include "gateway/allowance.h"

#include "base/clock.h"

/* Nobody asks for a leave: it needs a join before it. */
static const enum allowed groups[KIND_COUNT] = {
    [KIND_JOIN] = ALLOWED_JOINS,      [KIND_LEAVE] = ALLOWED_JOINS,
    [KIND_CHAT] = ALLOWED_MESSAGES,   [KIND_LIKE] = ALLOWED_LIKES,
    [KIND_FOLLOW] = ALLOWED_MESSAGES, [KIND_BUY] = ALLOWED_COMMANDS,
    [KIND_SHELF] = ALLOWED_COMMANDS,  [KIND_CUSTOM] = ALLOWED_COMMANDS,
};

void allowance_init(struct allowance *allowance)
{
    for (int i = 0; i < ALLOWED_COUNT; i++)
        bucket_init(&allowance->buckets[i], clock_now());
}

static bool take(struct allowance *allowance, const struct allowance_limits *limits,
                 enum allowed what)
{
    return bucket_take(&allowance->buckets[what], &limits->rates[what], clock_now());
}

bool allowance_take(struct allowance *allowance, const struct allowance_limits *limits,
                    enum message_kind kind)
{
    return take(allowance, limits, groups[kind]);
}

bool allowance_forgive(struct allowance *allowance, const struct allowance_limits *limits)
{
    return take(allowance, limits, ALLOWED_REFUSALS);
}
