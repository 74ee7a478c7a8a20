/* pressure.h - what a gateway does when clients make it hold too much memory.
 *
 * That burden (base/burden.h) is limited.  Above three quarters of the limit the
 * gateway is under pressure, until it has been below one half for a while: it takes no new
 * clients (503), says so at /readyz, and closes those who are behind, the slowest first (4408).
 * The logs of rooms may have a quarter of it, so they alone never are a reason.
 *
 * Judged now and then and whenever a socket refuses something.  Belongs to one worker; the
 * memory is that of all. */
#ifndef GATEWAY_PRESSURE_H
#define GATEWAY_PRESSURE_H

#include "base/attributes.h"

#include <stdbool.h>
#include <stddef.h>

struct metrics;
struct pressure;
struct wheel;

struct pressure_settings {
    struct wheel *wheel;     /* borrowed */
    struct metrics *metrics; /* borrowed */
    size_t limit;
    bool first; /* of the process: it alone shows the burden of all */

    /* Ends one of the slowest clients.  False: there is none. */
    bool (*shed)(void *owner);
    void *owner;
};

/* NULL is allowed. */
void pressure_free(struct pressure *pressure);

/* NULL when out of memory. */
struct pressure *pressure_new(const struct pressure_settings *settings) OWNER_CALLS(pressure_free);

/* Another limit; counts when next judged. */
void pressure_change_limit(struct pressure *pressure, size_t limit);

/* The burden has grown: judges anew. */
void pressure_judge(struct pressure *pressure);

bool pressure_is_high(const struct pressure *pressure);

/* How much could be added before it is. */
size_t pressure_space(const struct pressure *pressure);

/* How much the logs of all rooms together may hold. */
size_t pressure_share_of_logs(size_t limit);

#endif
