/* memory_census.h - who is in a room, when there is one worker only.
 *
 * The worker counts its viewers itself; what it needs a memory for are those who
 * are away: lost, and perhaps back before their grace is over.
 *
 * Times are clock_now()'s, in ms. */
#ifndef RELAY_MEMORY_CENSUS_H
#define RELAY_MEMORY_CENSUS_H

#include "base/attributes.h"
#include "relay/broker.h"

#include <stdint.h>

struct table;

struct memory_census {
    struct table *away; /* by uid; NULL until there was one */
    uint64_t online;
};

/* What the room is told of an item. */
enum census_outcome {
    OUTCOME_SILENT,
    OUTCOME_ANNOUNCED,
    OUTCOME_RETURNING /* with flag r */
};

void memory_census_dispose(struct memory_census *census);

/* Applies all items and the count.  `outcomes` has place for one for each item.
 * 0, or -ENOMEM (nothing changed). */
int memory_census_apply(struct memory_census *census, const struct broker_census *change,
                        enum census_outcome *outcomes, uint64_t now_ms) MUST_USE;

#endif
