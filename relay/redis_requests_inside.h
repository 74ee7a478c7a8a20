/* redis_requests_inside.h - what the files of the broker's requests share: redis_requests.c,
 * redis_census.c and redis_moderation.c. */
#ifndef RELAY_REDIS_REQUESTS_INSIDE_H
#define RELAY_REDIS_REQUESTS_INSIDE_H

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/metrics.h"
#include "base/span.h"
#include "relay/redis_answer.h"
#include "relay/redis_call.h"
#include "relay/redis_refused.h"
#include "relay/redis_requests.h"
#include "schema/room.h"

#include <stdbool.h>
#include <stddef.h>

struct redis_requests {
    struct redis_requests_settings settings;
    struct redis_refused *refused;
    bool open;
    char history[16];
    char ttl_s[24];
    struct buffer returning; /* as many bools as the largest census had items */
    struct buffer words;     /* of a census */
    struct redis_cut cut;    /* the one being shown */
    struct redis_past past;  /* likewise */
    struct buffer sanctions; /* likewise: struct broker_sanction */
};

/* Counts the request by its function and writes the room's key.  False: it was refused. */
bool redis_requests_begin(struct redis_requests *requests, enum broker_function function,
                          struct span room, char key[ROOM_NAME_MAX], const struct redis_call *call,
                          redis_refuse *refuse) MUST_USE;

/* The words of a call, their number, and what is told if it cannot be asked. */
void redis_requests_ask(struct redis_requests *requests, const struct span *words, size_t n,
                        const struct redis_call *call, redis_refuse *refuse);

/* It could not be asked, for this errno: the asker is told on the next turn. */
void redis_requests_fail(struct redis_requests *requests, const struct redis_call *call,
                         redis_refuse *refuse, int error);

/* How a request ended, as far as that can be said without reading a good reply. */
struct broker_status redis_requests_status(struct redis_requests *requests, enum redis_end end,
                                           const struct redisReply *reply);

/* For a reply in a shape that is none of ours. */
extern const struct broker_status redis_requests_not_understood;

/* In redis_census.c. */
void redis_census_init(struct redis_requests *requests);
void redis_census_dispose(struct redis_requests *requests);

/* In redis_moderation.c. */
void redis_moderation_init(struct redis_requests *requests);
void redis_moderation_dispose(struct redis_requests *requests);

#endif
