/* broker_memory.h - the broker inside the process: for trying livegate out, for
 * development and for tests.  The same promises as on Redis, but nothing outlives
 * the process and nobody else hears it. */
#ifndef RELAY_BROKER_MEMORY_H
#define RELAY_BROKER_MEMORY_H

#include "base/attributes.h"
#include "relay/broker.h"

struct event_base;
struct wheel;

struct broker_memory_settings {
    struct event_base *loop; /* borrowed */
    struct wheel *wheel;     /* borrowed */
    uint32_t history;        /* sequenced messages kept for each room; 1 or more */
    uint64_t room_ttl_ms;    /* a room nobody publishes to or listens to is forgotten; 1 or more */
};

/* NULL when out of memory. */
struct broker *broker_memory_new(const struct broker_memory_settings *settings) MUST_USE;

#endif
