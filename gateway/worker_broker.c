#include "gateway/worker_broker.h"

#include "gateway/options.h"
#include "relay/broker_memory.h"
#include "relay/broker_redis.h"

static struct broker *on_redis(const struct worker_broker_settings *settings)
{
    const struct options *options = settings->options;

    return broker_redis_new(&(struct broker_redis_settings){
        .loop = settings->loop,
        .metrics = settings->metrics,
        .url = options->redis,
        .ca_file = options->redis_ca_file,
        .sentinel_auth = options->redis_sentinel_auth,
        .prefix = options->redis_prefix,
        .worker = settings->worker,
        .history = options->history,
        .room_ttl_ms = options->room_ttl_ms,
    });
}

static struct broker *in_memory(const struct worker_broker_settings *settings)
{
    const struct options *options = settings->options;

    return broker_memory_new(&(struct broker_memory_settings){
        .loop = settings->loop,
        .wheel = settings->wheel,
        .history = options->history,
        .room_ttl_ms = options->room_ttl_ms,
    });
}

struct broker *worker_broker_new(const struct worker_broker_settings *settings)
{
    return settings->options->redis ? on_redis(settings) : in_memory(settings);
}
