/* memory_rooms.h - all rooms of the memory broker, made when first used and
 * forgotten when nobody has listened or published for long. */
#ifndef RELAY_MEMORY_ROOMS_H
#define RELAY_MEMORY_ROOMS_H

#include "base/attributes.h"
#include "base/span.h"
#include "relay/broker_memory.h"

#include <stddef.h>

struct memory_room;
struct memory_rooms;

/* NULL is allowed. */
void memory_rooms_free(struct memory_rooms *rooms);

/* NULL when out of memory. */
struct memory_rooms *memory_rooms_new(const struct broker_memory_settings *settings)
    OWNER_CALLS(memory_rooms_free);

/* NULL when there is none. */
struct memory_room *memory_rooms_find(const struct memory_rooms *rooms, struct span id);

/* Finds or makes it; it counts as used now.  Stays until the wheel turns.
 * NULL when out of memory. */
struct memory_room *memory_rooms_use(struct memory_rooms *rooms, struct span id) MUST_USE;

/* It counts as used now. */
void memory_rooms_touch(struct memory_rooms *rooms, struct memory_room *room);

size_t memory_rooms_count(const struct memory_rooms *rooms);

#endif
