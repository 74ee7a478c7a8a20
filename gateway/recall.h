/* recall.h - a message was taken back: nobody here is shown it any more.
 *
 * Its frame may lie in the room's log, behind the cursors of those who keep up and before
 * those of others, and of who will come back.  It is replaced by its tombstone, which is told in
 * the dialects that tell positions, so that none is missing; and what was read of the room's
 * history before is read again.  What has been handed to a socket is gone: its client hears of
 * the recall, which follows in the room's order. */
#ifndef GATEWAY_RECALL_H
#define GATEWAY_RECALL_H

#include "base/span.h"

#include <stdint.h>

struct hub;
struct hub_room;
struct relayed;

/* What a frame whose message has this id is found by (room_log.h); 0: it has none. */
uint64_t recall_id(const struct hub *hub, struct span id);

/* `recall` is of the kind RECALL; to be told to the room when this returns. */
void recall_apply(struct hub_room *room, const struct relayed *recall);

#endif
