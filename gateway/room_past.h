/* room_past.h - the history of one room, read for those v1 sessions that miss something of it.
 *
 * However many wait, there is one reading at a time: from the position of the one that is
 * farthest behind, and whoever stands at a position within what came is served too.  The
 * frames are written once for each encoding and shared, so sessions that fell behind
 * together cost together what one does.  Belongs to one worker. */
#ifndef GATEWAY_ROOM_PAST_H
#define GATEWAY_ROOM_PAST_H

#include "base/attributes.h"
#include "base/bytes.h"
#include "schema/entry.h"

struct hub_room;
struct resume;
struct room_past;

/* How a wish ended. */
enum past_verdict {
    PAST_FOUND, /* the next piece; empty when the relay has applied nothing newer */
    PAST_LOST,  /* the history does not reach back */
    PAST_LATER, /* the relay has not heard yet what the session has */
    PAST_AWAY,  /* the broker cannot be asked now, so nothing is known to be lost */
    PAST_NO_MEMORY
};

struct past_piece {
    struct bytes *frames;  /* after the position it has; borrowed */
    struct position until; /* it has everything up to here then */
};

/* Those who wait have left before.  NULL is allowed. */
void room_past_free(struct room_past *past);

/* What follows resume->after comes to resume_on_past(), never from inside this call, unless the
 * resume leaves the list it is in.  0, or -ENOMEM (nothing comes). */
int room_past_ask(struct hub_room *room, struct resume *resume) MUST_USE;

#endif
