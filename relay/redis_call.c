#include "relay/redis_call.h"

#include <errno.h>
#include <stdlib.h>

enum { FIRST_CAPACITY = 64 }; /* doubled as needed, so it stays a power of two */

void redis_calls_dispose(struct redis_calls *calls)
{
    free(calls->ring);
    *calls = (struct redis_calls){0};
}

int redis_calls_reserve(struct redis_calls *calls)
{
    size_t capacity = calls->capacity > 0 ? calls->capacity * 2 : FIRST_CAPACITY;
    struct redis_pending *ring;

    if (calls->count < calls->capacity)
        return 0;

    ring = calloc(capacity, sizeof *ring);
    if (!ring)
        return -ENOMEM;

    for (size_t i = 0; i < calls->count; i++)
        ring[i] = calls->ring[(calls->first + i) & (calls->capacity - 1)];

    free(calls->ring);
    calls->ring = ring;
    calls->capacity = capacity;
    calls->first = 0;

    return 0;
}

void redis_calls_push(struct redis_calls *calls, const struct redis_pending *pending)
{
    calls->ring[(calls->first + calls->count) & (calls->capacity - 1)] = *pending;
    calls->count++;
}

struct redis_pending *redis_calls_first(const struct redis_calls *calls)
{
    return calls->count > 0 ? &calls->ring[calls->first] : NULL;
}

void redis_calls_pop(struct redis_calls *calls)
{
    calls->first = (calls->first + 1) & (calls->capacity - 1);
    calls->count--;
}
