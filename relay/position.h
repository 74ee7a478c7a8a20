/* position.h - where an arriving message stands to what a room has seen: is it the
 * next one, one seen already, or is something missing?  Pure.
 *
 * Sequence numbers grow by one for each message and go on across terms; the term
 * grows when the Redis that counts is not the one of last time (after a restart or a
 * failover it may have forgotten its last counts). */
#ifndef RELAY_POSITION_H
#define RELAY_POSITION_H

#include "schema/entry.h"

#include <stdbool.h>

enum order {
    ORDER_NEXT,      /* the successor, or the first message of a room that had none */
    ORDER_DUPLICATE, /* of this term and not newer */
    ORDER_GAP,       /* of this term, but something before it is missing */
    ORDER_NEW_TERM,  /* of a later term: something before it may be missing */
    ORDER_OLD_TERM   /* of an earlier term: a late one, or the counter was lost */
};

#define ORDERS (ORDER_OLD_TERM + 1)

/* `arrived` is the position of a sequenced message; `seen` of the last one before it,
 * (0,0) when there was none. */
enum order position_order(struct position seen, struct position arrived);

/* True when nothing can be missing between `after` and `next`, the first entry of the log that is
 * newer: its successor, the first of a term when `after` is (term, 0), or the first of a later term
 * when that goes on from `after` or, because the counter was lost, from before it.  The last is
 * sure only if the log also has the entry before `next` (`has_older`): else there may have been
 * other terms in between. */
bool position_leads_to(struct position after, const struct entry *next, bool has_older);

#endif
