/* redis_refused.h - requests that were refused and are told so on the next turn of the loop.
 *
 * Every request must be answered, even when there is no memory to wait in: then the
 * oldest that waits is answered at once. */
#ifndef RELAY_REDIS_REFUSED_H
#define RELAY_REDIS_REFUSED_H

#include "base/attributes.h"
#include "relay/broker.h"
#include "relay/redis_call.h"

struct event_base;
struct redis_refused;

/* Tells the asker of a call. */
typedef void redis_refuse(const struct redis_call *call, const struct broker_status *status);

struct redis_refusal {
    struct redis_call call;
    redis_refuse *refuse;
    struct broker_status status; /* its detail is a static text */
};

/* Tells all that wait.  NULL is allowed. */
void redis_refused_free(struct redis_refused *refused);

/* NULL when out of memory. */
struct redis_refused *redis_refused_new(struct event_base *loop) OWNER_CALLS(redis_refused_free);

void redis_refused_add(struct redis_refused *refused, const struct redis_refusal *refusal);

#endif
