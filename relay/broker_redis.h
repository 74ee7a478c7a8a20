/* broker_redis.h - the broker on Redis 7 (or Valkey): rooms as pub/sub channels, their
 * history in lists, every change one call of the function library `livegate`.
 *
 * The way to the server and back mends itself (redis_path.h); after a renewal every
 * room is subscribed again and the function library is loaded again if it is gone. */
#ifndef RELAY_BROKER_REDIS_H
#define RELAY_BROKER_REDIS_H

#include "base/attributes.h"
#include "relay/broker.h"

struct event_base;
struct metrics;

struct broker_redis_settings {
    struct event_base *loop; /* borrowed */
    struct metrics *metrics; /* borrowed */
    const char *url;         /* as redis_route.h says; borrowed */
    const char *ca_file; /* PEM, whom to trust for TLS; NULL: the system's authorities; borrowed */
    const char *sentinel_auth; /* as redis_route.h says; borrowed */
    const char *prefix;        /* borrowed */
    const char *worker;        /* unique among all; borrowed */
    uint32_t history;
    uint64_t room_ttl_ms;
};

/* 0; -EINVAL for a bad url (for the settings' check). */
int broker_redis_check_url(const char *url) MUST_USE;

/* The same for what the sentinels want. */
int broker_redis_check_sentinel_auth(const char *auth) MUST_USE;

/* 0; -EINVAL when the file does not hold certificates in PEM. */
int broker_redis_check_ca_file(const char *path) MUST_USE;

/* An unreachable server is no error: the broker is down until it is there.
 * NULL when out of memory. */
struct broker *broker_redis_new(const struct broker_redis_settings *settings) MUST_USE;

#endif
