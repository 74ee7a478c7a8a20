/* visit.h - one session's stay in one room, as the census counts it.
 *
 * The census of a room asks the broker once at a time and gathers what happens
 * meanwhile into the next call: one viewer costs one round trip, a storm of them
 * hardly more.  A viewer with a uid who is lost is kept as away for the grace and
 * still counted; its return, here or through another gateway, is told to nobody. */
#ifndef RELAY_VISIT_H
#define RELAY_VISIT_H

#include "base/attributes.h"
#include "base/list.h"
#include "base/span.h"

#include <stdbool.h>
#include <stdint.h>

struct bytes;
struct presence;
struct relay_room;

/* Embedded in what the gateway keeps for a session in a room; zeroed before use. */
struct visit {
    struct list_node node;     /* among the room's visits that wait for an answer */
    struct list_node sibling;  /* among those of its presence */
    struct relay_room *room;   /* NULL: in no room */
    struct presence *presence; /* what the census knows of the uid; shared by its sockets here */
    /* The room's snapshot is there and the census has answered (or cannot be asked just now: then
     * with what is known here).  Comes once, never from inside visit_enter(), not after
     * visit_leave(). */
    void (*on_entered)(struct visit *visit, uint64_t online_num);
};

struct visitor {
    struct span uid;    /* what a return is known by; empty: cannot be matched */
    uint64_t session;   /* this worker's number of the session, not 0 */
    struct bytes *join; /* the join message for the others, a JSON object; shared, and what it is
                         * said to leave with.  NULL: it comes and goes silently */
};

enum leaving {
    LEAVING_CLEANLY, /* said goodbye: announced at once */
    LEAVING_LOST     /* may be back: announced when the grace is over */
};

/* Counts the visitor in and tells the room, unless it was just here.
 * 0, or -ENOMEM (nothing happened). */
int visit_enter(struct visit *visit, struct relay_room *room, const struct visitor *visitor)
    MUST_USE;

/* The visits of this uid to the room, on this worker, one after another: the one that follows
 * `after`, the first for NULL.  NULL: that was all. */
struct visit *visit_next_of(const struct relay_room *room, struct span uid,
                            const struct visit *after);

/* `visit` is in no list and no room when this returns.  Does nothing in no room. */
void visit_leave(struct visit *visit, enum leaving leaving);

/* What it is known by; empty: nothing, or in no room. */
struct span visit_uid(const struct visit *visit);

#endif
