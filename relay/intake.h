/* intake.h - what arrives for a room: put in order, applied to the room's snapshot, and
 * handed to the gateway. */
#ifndef RELAY_INTAKE_H
#define RELAY_INTAKE_H

#include "base/attributes.h"
#include "base/span.h"
#include "relay/relay_room.h"

/* Takes in one entry of the room's channel.  The room's snapshot is there; it may be closed when
 * this returns.  0, or -ENOMEM: the snapshot lacks it and must be read again. */
int intake_entry(struct relay_room *room, struct span bytes) MUST_USE;

#endif
