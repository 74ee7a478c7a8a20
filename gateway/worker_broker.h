/* worker_broker.h - the broker that a worker's relay stands on: Redis, or memory. */
#ifndef GATEWAY_WORKER_BROKER_H
#define GATEWAY_WORKER_BROKER_H

#include "base/attributes.h"

struct broker;
struct event_base;
struct metrics;
struct options;
struct wheel;

/* All borrowed. */
struct worker_broker_settings {
    const struct options *options;
    struct event_base *loop;
    struct wheel *wheel;
    struct metrics *metrics;
    const char *worker; /* its name */
};

/* For relay_new(), which takes it.  NULL when out of memory. */
struct broker *worker_broker_new(const struct worker_broker_settings *settings) MUST_USE;

#endif
