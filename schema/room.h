/* room.h - room ids, and every name in Redis: here and nowhere else.
 *
 * All keys of a room share the hash tag {ROOM}, so that they live on one node of
 * a cluster and one function call may touch them all. */
#ifndef SCHEMA_ROOM_H
#define SCHEMA_ROOM_H

#include "base/attributes.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>

#define ROOM_ID_MAX 64
#define ROOM_PREFIX_MAX 32
/* prefix : { room } : longest suffix (":id:" and a scoped message id) */
#define ROOM_NAME_MAX (ROOM_PREFIX_MAX + ROOM_ID_MAX + 3 + 4 + 256)

/* 1 to 64 of A-Za-z0-9_.-  (names starting with @ and ! are reserved: not valid here). */
bool room_id_valid(struct span id);

/* As above, or our own internal ones ("!worker"). */
bool room_id_valid_internally(struct span id);

/* 1 to 32 of A-Za-z0-9_.:- : the setting redis-prefix. */
bool room_prefix_valid(struct span prefix);

/* Writes `prefix:{room}` - the channel, the key given to functions, and the start of
 * the room's other keys - with a closing zero.  Its length. */
size_t room_channel(char name[ROOM_NAME_MAX], struct span prefix, struct span room);

/* The room of a channel name, or SPAN_NONE when it is not one of ours. */
struct span room_of_channel(struct span prefix, struct span channel);

/* Writes `prefix:workers` with a closing zero.  Its length. */
size_t room_workers_key(char name[ROOM_NAME_MAX], struct span prefix);

#endif
