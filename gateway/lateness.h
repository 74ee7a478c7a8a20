/* lateness.h - how old a room's messages are when they have gone out.
 *
 * For each class the oldest message of a turn of the loop is noted, and looked at once, when all
 * of the room's members have been written to: so it costs nothing per delivery.  Who is behind
 * gets it later (laggards.h).  A message's age is told by the clock of who published it, of
 * Redis mostly, and by ours, to the millisecond.  Belongs to one room. */
#ifndef GATEWAY_LATENESS_H
#define GATEWAY_LATENESS_H

#include "base/attributes.h"
#include "schema/kinds.h"

#include <stdint.h>

#define LATENESS_CLASSES (CLASS_DROPPABLE + 1)

struct metrics;

struct lateness {
    int64_t
        oldest[LATENESS_CLASSES]; /* when it was published, in ms since 1970; 0: there is none */
};

/* A message goes out at the end of this turn.  `published_ms` is 0 when nobody knows. */
void lateness_note(struct lateness *lateness, enum message_class class, int64_t published_ms);

/* What was noted has gone out. */
void lateness_observe(struct lateness *lateness, struct metrics *metrics);

#endif
