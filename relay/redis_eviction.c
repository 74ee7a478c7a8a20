#include "relay/redis_eviction.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/span.h"
#include "relay/redis_link.h"

#include <hiredis/hiredis.h>

static void on_told(const struct redis_call *call, enum redis_end end, const redisReply *reply)
{
    const struct redis_eviction *eviction = call->owner;

    if (end != REDIS_REPLIED || reply->type != REDIS_REPLY_STRING)
        return;

    metrics_set(eviction->metrics, METRIC_BROKER_MAY_EVICT, 0, reply->len > 0);
    if (reply->len > 0)
        LOG_LIMITED(WARN, 1, 3600000, "redis may evict keys, set maxmemory-policy noeviction",
                    LOG_SPAN("policy", span_make(reply->str, (size_t)reply->len)));
}

void redis_eviction_check(struct redis_eviction *eviction)
{
    const struct redis_call call = {.on_end = on_told, .owner = eviction};
    const struct span words[] = {SPAN_LITERAL("FCALL"), SPAN_LITERAL("livegate_eviction"),
                                 SPAN_LITERAL("0")};
    uint64_t now_ms = clock_now();

    if (eviction->asked_ms > 0 && now_ms - eviction->asked_ms < REDIS_EVICTION_EACH_MS)
        return;

    if (redis_link_ask(eviction->link, words, sizeof words / sizeof words[0], &call) == 0)
        eviction->asked_ms = now_ms;
}
