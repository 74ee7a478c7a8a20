/* intake.h - what arrives for a room: put in order, applied to the room's snapshot, and
 * handed to the gateway. */
#ifndef RELAY_INTAKE_H
#define RELAY_INTAKE_H

#include "base/attributes.h"
#include "base/span.h"
#include "relay/relay_room.h"

enum intake {
    INTAKE_LIVE,  /* just heard */
    INTAKE_HELD,  /* was held, and what was missing may be there now */
    INTAKE_DUE,   /* was held, and what is still missing before it will not come any more */
    INTAKE_REPAIR /* from the history, where nothing is missing before it */
};

/* Takes in one entry of the room's channel or log; what has to wait is held (repair.h).  The
 * room's snapshot is there; the room may be closed when this returns.
 * 0, or -ENOMEM: it was not handed on, and history will be asked for it. */
int intake_entry(struct relay_room *room, struct span bytes, enum intake how) MUST_USE;

#endif
