/* membership.h - one session's place in one room.
 *
 * A session owns its memberships: one at most in the old dialects, several in v1.  While
 * its room is being opened it is no member yet: its place in the room's array, and so in
 * the stream of the room's frames, comes with the answer to its join. */
#ifndef GATEWAY_MEMBERSHIP_H
#define GATEWAY_MEMBERSHIP_H

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/list.h"
#include "base/span.h"
#include "relay/visit.h"
#include "schema/entry.h"

#include <stdbool.h>
#include <stdint.h>

struct bytes;
struct hub_room;
struct resume;
struct session;

#define NOT_A_MEMBER UINT32_MAX

struct membership {
    struct visit visit;
    struct list_node node; /* among its session's */
    struct session *session;
    struct hub_room *room;
    struct resume *resume; /* its v1 join, until that is answered; owned */
    struct bytes *join;    /* what it said of itself: a join message, cleaned; owned */
    uint32_t index;        /* in room->members; NOT_A_MEMBER until the join can be answered */
    bool announced;        /* the others were told, and will be when it leaves */
    bool owes_answer; /* to its join, for the first time or again, once the socket takes it … */
    bool waits;       /* … and its dialect has what it needs for it */
    struct position sent[]; /* one, in dialects that resume: what it had got when its socket was
                             * full; here by then, and as long as it is a member */
};

/* The first of its rooms, in dialects of one room the only one; NULL: it is in none. */
struct membership *session_membership(const struct session *session);

/* NULL: it is not in that room. */
struct membership *session_membership_in(const struct session *session, struct span room);

/* Did it say in its join that this is its uid? */
bool membership_has_uid(const struct membership *membership, struct span uid);

#endif
