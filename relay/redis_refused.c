#include "relay/redis_refused.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 64 };

struct redis_refused {
    struct event *turn;
    struct redis_refusal *waiting;
    size_t count;
    size_t capacity;
};

static void tell_first(struct redis_refused *refused)
{
    const struct redis_refusal first = refused->waiting[0];

    refused->count--;
    memmove(refused->waiting, refused->waiting + 1, refused->count * sizeof first);
    first.refuse(&first.call, &first.status);
}

static void on_turn(evutil_socket_t fd, short what, void *arg)
{
    struct redis_refused *refused = arg;
    struct redis_refusal *told = refused->waiting;
    size_t n = refused->count;
    struct redis_refusal *fresh = calloc(FIRST_CAPACITY, sizeof *fresh);

    (void)fd;
    (void)what;
    if (!fresh) { /* those refused meanwhile come behind the others */
        while (n-- > 0)
            tell_first(refused);
        return;
    }

    refused->waiting = fresh;
    refused->count = 0;
    refused->capacity = FIRST_CAPACITY;
    for (size_t i = 0; i < n; i++)
        told[i].refuse(&told[i].call, &told[i].status);

    free(told);
}

static bool grow(struct redis_refused *refused)
{
    size_t capacity = refused->capacity * 2;
    struct redis_refusal *waiting = realloc(refused->waiting, capacity * sizeof *waiting);

    if (!waiting)
        return false;

    refused->waiting = waiting;
    refused->capacity = capacity;

    return true;
}

/* A timer of no time: after what is ready now, so that who asks again at once stops nobody.  That
 * may lack memory; being active now does not. */
static void want_turn(struct redis_refused *refused)
{
    static const struct timeval at_once = {0, 0};

    if (!event_pending(refused->turn, EV_TIMEOUT, NULL) && event_add(refused->turn, &at_once) != 0)
        event_active(refused->turn, EV_TIMEOUT, 0);
}

void redis_refused_add(struct redis_refused *refused, const struct redis_refusal *refusal)
{
    if (refused->count == refused->capacity && !grow(refused))
        tell_first(refused);

    refused->waiting[refused->count++] = *refusal;
    want_turn(refused);
}

static void dispose(struct redis_refused *refused)
{
    if (refused->turn)
        event_free(refused->turn);

    free(refused->waiting);
    free(refused);
}

void redis_refused_free(struct redis_refused *refused)
{
    if (!refused)
        return;

    while (refused->count > 0)
        tell_first(refused);

    dispose(refused);
}

struct redis_refused *redis_refused_new(struct event_base *loop)
{
    struct redis_refused *refused = calloc(1, sizeof *refused);

    if (!refused)
        return NULL;

    refused->waiting = calloc(FIRST_CAPACITY, sizeof *refused->waiting);
    refused->capacity = FIRST_CAPACITY;
    refused->turn = evtimer_new(loop, on_turn, refused);
    if (refused->waiting && refused->turn)
        return refused;

    dispose(refused);

    return NULL;
}
