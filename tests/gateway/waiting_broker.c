#include "tests/gateway/waiting_broker.h"

#include "base/list.h"
#include "tests/support/unit.h"

#include <stdlib.h>

static struct waiting_broker *of(struct broker *broker)
{
    return CONTAINER_OF(broker, struct waiting_broker, broker);
}

void waiting_broker_answer(struct waiting_broker *waiting, enum refusal refusal)
{
    const struct broker_status status = {.refusal = refusal};
    const struct broker_published published = {.id = span_of("1-1"), .position = {1, 1}};

    while (waiting->n_waiting > 0) {
        size_t i = --waiting->n_waiting;

        waiting->waiting[i].done(waiting->waiting[i].arg, &status, &published);
    }
}

static void start(struct broker *broker)
{
    broker->state = BROKER_UP;
    broker->why = "";
}

static void release(struct broker *broker)
{
    waiting_broker_answer(of(broker), REFUSAL_UNAVAILABLE);
    free(of(broker));
}

static int listen_to(struct broker *broker, struct span room, void *listener)
{
    (void)broker;
    (void)room;
    (void)listener;

    return 0;
}

static void unlisten(struct broker *broker, struct span room)
{
    (void)broker;
    (void)room;
}

static void publish(struct broker *broker, const struct broker_publish *message,
                    broker_on_published *done, void *arg)
{
    struct waiting_broker *waiting = of(broker);

    (void)message;

    assert_true(waiting->n_waiting < WAITING_BROKER_MAX);
    waiting->waiting[waiting->n_waiting].done = done;
    waiting->waiting[waiting->n_waiting++].arg = arg;
}

static const struct broker_traits traits = {
    .name = "waiting",
    .start = start,
    .free = release,
    .listen = listen_to,
    .unlisten = unlisten,
    .publish = publish,
};

struct waiting_broker *waiting_broker_new(void)
{
    struct waiting_broker *waiting = calloc(1, sizeof(*waiting));

    assert_non_null(waiting);
    waiting->broker.traits = &traits;

    return waiting;
}
