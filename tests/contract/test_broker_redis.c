#include "tests/contract/contract.h"

#include "base/metrics.h"
#include "relay/broker_redis.h"
#include "tests/support/redis_server.h"

#include <stdlib.h>

struct place {
    struct redis_server *server;
    struct metrics *metrics;
};

static void *begin(void)
{
    static struct place place;

    place.server = redis_server_new(NULL);
    place.metrics = metrics_new();

    return place.metrics ? &place : NULL;
}

static void end(void *arg)
{
    struct place *place = arg;

    redis_server_free(place->server);
    metrics_free(place->metrics);
}

static struct broker *open_redis(void *arg, struct event_base *loop, struct wheel *wheel,
                                 const char *worker)
{
    const struct place *place = arg;
    const struct broker_redis_settings settings = {.loop = loop,
                                                   .wheel = wheel,
                                                   .metrics = place->metrics,
                                                   .url = redis_server_url(place->server),
                                                   .prefix = "live",
                                                   .worker = worker,
                                                   .history = 1000,
                                                   .room_ttl_ms = 60 * 60 * 1000};

    return broker_redis_new(&settings);
}

int main(void)
{
    static const struct contract_broker redis = {
        .name = "redis", .several_workers = true, .begin = begin, .end = end, .open = open_redis};

    return contract_run(&redis);
}
