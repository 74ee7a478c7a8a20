/* redis_call.h - what was asked of Redis and is not answered yet, in order.
 *
 * Redis answers in the order of the questions, so this is a queue: a reply belongs to
 * the first call in it.  A call keeps what its asker wants back with the answer, by
 * value: asking allocates nothing as long as the queue has been as long before.
 *
 * Every call ends exactly once, with its last reply or with why there will be none. */
#ifndef RELAY_REDIS_CALL_H
#define RELAY_REDIS_CALL_H

#include "base/attributes.h"
#include "schema/entry.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct redisReply;

enum redis_end {
    REDIS_REPLIED,    /* there is a reply */
    REDIS_UNSENT,     /* the link broke before Redis could have seen it */
    REDIS_UNANSWERED, /* the link broke: it may have happened or not */
    REDIS_FREED       /* the link is being freed */
};

/* What to do with the answer.  `owner` to `after` are the asker's own. */
struct redis_call {
    /* `reply` is borrowed for the call, NULL unless REDIS_REPLIED.  May be NULL. */
    void (*on_end)(const struct redis_call *call, enum redis_end end,
                   const struct redisReply *reply);
    void *owner;
    void (*done)(void);
    void *arg;
    size_t n;
    struct position after;
    /* How many replies there will be: of SUBSCRIBE one for each channel.  0 is 1. */
    uint32_t replies;
};

struct redis_pending {
    struct redis_call call;
    uint64_t end;     /* where it ends in the stream of bytes to Redis */
    uint64_t due_ms;  /* by clock_now() */
    uint32_t replies; /* it still gets; an error is always the last */
};

struct redis_calls {
    struct redis_pending *ring;
    size_t capacity;
    size_t first;
    size_t count;
};

/* Frees the queue's memory; the calls in it are forgotten.  Zeroed before its first use. */
void redis_calls_dispose(struct redis_calls *calls);

/* Makes room for one more.  0, or -ENOMEM. */
int redis_calls_reserve(struct redis_calls *calls) MUST_USE;

/* Room was made. */
void redis_calls_push(struct redis_calls *calls, const struct redis_pending *pending);

/* The oldest; NULL when there is none.  Valid until the next push. */
struct redis_pending *redis_calls_first(const struct redis_calls *calls);

/* Takes the oldest out. */
void redis_calls_pop(struct redis_calls *calls);

#endif
