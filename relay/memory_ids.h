/* memory_ids.h - the ids published lately, and where their messages stand.
 *
 * A publisher that got no answer tries again with the same id; the second try must
 * change nothing.  Ids are remembered for a time, and only the latest so many:
 * a flood of ids makes the memory shorter, not bigger.
 *
 * Times are clock_now()'s, in ms. */
#ifndef RELAY_MEMORY_IDS_H
#define RELAY_MEMORY_IDS_H

#include "base/attributes.h"
#include "base/span.h"
#include "schema/entry.h"

#include <stddef.h>
#include <stdint.h>

struct memory_ids;

/* NULL is allowed. */
void memory_ids_free(struct memory_ids *ids);

/* Remembers up to `max` ids (1 or more) for keep_ms.  NULL when out of memory. */
struct memory_ids *memory_ids_new(uint64_t keep_ms, size_t max) OWNER_CALLS(memory_ids_free);

/* The position published under `id` in `room`, or NULL; valid until the next change. */
const struct position *memory_ids_find(struct memory_ids *ids, struct span room, struct span id,
                                       uint64_t now_ms);

/* Remembers one that is not known; at most ROOM_ID_MAX and ENTRY_MAX_ID long.
 * 0, or -ENOMEM (nothing changed but that the oldest may be forgotten). */
int memory_ids_add(struct memory_ids *ids, struct span room, struct span id,
                   struct position position, uint64_t now_ms) MUST_USE;

/* Forgets it, as if it had never been added. */
void memory_ids_remove(struct memory_ids *ids, struct span room, struct span id);

size_t memory_ids_count(const struct memory_ids *ids);

#endif
