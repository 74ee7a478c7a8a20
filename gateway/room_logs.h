/* room_logs.h - all room logs of a worker together, and how much they may hold.
 *
 * One room's log is bounded, thousands of them are not.  When they hold too much, rooms give
 * up theirs, the one that has been quiet longest first.  Few need it there: a v1 client that
 * comes back is served from the history, and who still waits for its socket has fallen off
 * (fanout.h).  Belongs to one worker. */
#ifndef GATEWAY_ROOM_LOGS_H
#define GATEWAY_ROOM_LOGS_H

#include "base/list.h"

#include <stddef.h>

struct hub_room;

struct room_logs {
    struct list rooms; /* quietest first; see hub_room.h */
    size_t bytes;
    size_t max_bytes;
};

void room_logs_init(struct room_logs *logs, size_t max_bytes);

/* The room has spoken; its log held `before` bytes before. */
void room_logs_grew(struct room_logs *logs, struct hub_room *room, size_t before);

/* The quietest room while they hold too much, unless it is `but`; NULL: all is well. */
struct hub_room *room_logs_next_to_clear(const struct room_logs *logs, const struct hub_room *but);

/* Empties its log: what has to go out has gone, or the room is about to be freed. */
void room_logs_clear(struct room_logs *logs, struct hub_room *room);

#endif
