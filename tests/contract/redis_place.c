#include "tests/contract/redis_place.h"

#include "base/metrics.h"
#include "relay/broker_redis.h"
#include "tests/contract/stage.h"

#include <stdio.h>
#include <string.h>

struct redis_place redis_place;

static void *begin(void)
{
    redis_place.server = redis_server_new(NULL);
    redis_place.client = redis_client_new(redis_place.server);
    redis_place.metrics = metrics_new();
    (void)snprintf(redis_place.url, sizeof redis_place.url, "%s",
                   redis_server_url(redis_place.server));

    return redis_place.metrics ? &redis_place : NULL;
}

static void end(void *place)
{
    (void)place;
    redis_client_free(redis_place.client);
    redis_server_free(redis_place.server);
    metrics_free(redis_place.metrics);
}

static struct broker *open_redis(void *place, struct event_base *loop, struct wheel *wheel,
                                 const char *worker)
{
    const struct broker_redis_settings settings = {.loop = loop,
                                                   .metrics = redis_place.metrics,
                                                   .url = redis_place.url,
                                                   .prefix = "live",
                                                   .worker = worker,
                                                   .history = 1000,
                                                   .room_ttl_ms = 60 * 60 * 1000};

    (void)place;
    (void)wheel;

    return broker_redis_new(&settings);
}

const struct contract_broker redis_place_broker = {
    .name = "redis", .several_workers = true, .begin = begin, .end = end, .open = open_redis};

int redis_place_set_up(void **state)
{
    (void)state;
    stage_broker = &redis_place_broker;
    stage_place = begin();

    return stage_place ? 0 : -1;
}

int redis_place_tear_down(void **state)
{
    (void)state;
    end(stage_place);

    return 0;
}

void redis_place_restart(void)
{
    redis_client_free(redis_place.client);
    redis_server_restart(redis_place.server);
    redis_place.client = redis_client_new(redis_place.server);
}

void redis_place_until_down(struct stage *stage, const char *why)
{
    STAGE_UNTIL(stage, stage->a.state == BROKER_DOWN && strcmp(stage->a.broker->why, why) == 0);
}

void redis_place_until_up(struct stage *stage)
{
    STAGE_UNTIL(stage, stage->a.state == BROKER_UP);
}

void redis_place_publish(struct stage *stage, struct answer *answer)
{
    const struct broker_publish what = {.room = span_of(stage->room),
                                        .message = span_of("{\"msg_type\":\"x_gift\"}")};

    worker_publish(&stage->a, &what, answer);
}
