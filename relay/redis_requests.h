/* redis_requests.h - the broker's requests as calls of the functions, and their answers.
 *
 * What cannot be asked is refused on the next turn of the loop, so that nothing is ever
 * answered from inside a call; what was asked ends with the link it was asked through.
 *
 * Belongs to one worker's thread. */
#ifndef RELAY_REDIS_REQUESTS_H
#define RELAY_REDIS_REQUESTS_H

#include "base/attributes.h"
#include "relay/broker.h"
#include "relay/redis_trouble.h"

#include <stdint.h>

struct event_base;
struct metrics;
struct redis_link;
struct redis_requests;

struct redis_requests_settings {
    struct event_base *loop; /* borrowed */
    struct metrics *metrics; /* borrowed */
    struct redis_link *link; /* borrowed */
    const char *prefix;      /* borrowed */
    const char *worker;      /* borrowed */
    uint32_t history;
    uint64_t room_ttl_ms;
    /* An answer says that Redis cannot be used as it is (a remedy is needed). */
    void (*on_trouble)(void *owner, const struct redis_trouble *trouble);
    void *owner;
};

/* The link has been freed before.  Answers what is to be refused.  NULL is allowed. */
void redis_requests_free(struct redis_requests *requests);

/* NULL when out of memory. */
struct redis_requests *redis_requests_new(const struct redis_requests_settings *settings)
    OWNER_CALLS(redis_requests_free);

/* From now on requests are asked, or refused because the broker is down. */
void redis_requests_open(struct redis_requests *requests, bool open);

/* As in broker.h. */
void redis_requests_publish(struct redis_requests *requests, const struct broker_publish *publish,
                            broker_on_published *done, void *arg);
void redis_requests_snapshot(struct redis_requests *requests, struct span room,
                             broker_on_snapshot *done, void *arg);
void redis_requests_history(struct redis_requests *requests, struct span room,
                            struct position after, size_t limit, broker_on_history *done,
                            void *arg);
void redis_requests_census(struct redis_requests *requests, const struct broker_census *census,
                           broker_on_counted *done, void *arg);
void redis_requests_moderate(struct redis_requests *requests,
                             const struct broker_moderate *moderate, broker_on_moderated *done,
                             void *arg);
void redis_requests_sanctions(struct redis_requests *requests, struct span room,
                              broker_on_sanctions *done, void *arg);

#endif
