/* redis_library.h - sees to it that Redis has the function library, ours or a newer one.
 *
 * Loaded only when it is absent or older, so that during a rolling deploy two releases do
 * not take turns in replacing each other's.  What was absent is added, not replaced: of
 * several gateways that miss it at the same moment one brings it, and the others ask
 * again which version that is, for each load begins a new term. */
#ifndef RELAY_REDIS_LIBRARY_H
#define RELAY_REDIS_LIBRARY_H

#include <stdbool.h>

struct redis_link;

struct redis_library {
    struct redis_link *link; /* borrowed */
    /* It is there. */
    void (*on_ready)(void *owner);
    /* It cannot be used; `why` is a static text.  Check again later. */
    void (*on_failed)(void *owner, const char *why);
    void *owner;
    bool checking; /* ours */
    bool replaces; /* ours: one of that name is there */
};

/* Asks Redis for its version and loads ours if need be; one of the two is called then, unless
 * the link is lost.  Does nothing while it is at it. */
void redis_library_check(struct redis_library *library);

/* The version of the library in this program. */
long long redis_library_version(void);

#endif
