/* memory_room.h - one room of the memory broker: what it holds and how a message
 * changes it.
 *
 * A change is whole or none: all that can fail is done before the first thing
 * that shows. */
#ifndef RELAY_MEMORY_ROOM_H
#define RELAY_MEMORY_ROOM_H

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/list.h"
#include "base/span.h"
#include "relay/broker.h"
#include "relay/memory_census.h"
#include "relay/memory_log.h"
#include "schema/entry.h"
#include "schema/refusal.h"

#include <stddef.h>
#include <stdint.h>

struct memory_ids;
struct memory_shelf;
struct publication;

enum listening {
    LISTENING_NO,
    LISTENING_SOON, /* asked for, not yet confirmed */
    LISTENING_YES
};

/* What all rooms share; borrowed by each. */
struct memory_rooms_shared {
    struct memory_ids *ids;
    struct buffer entry;     /* the one being written; has room for any */
    struct buffer returning; /* the message being written of one who returned; likewise */
    size_t history;          /* sequenced messages kept in a room */
};

struct memory_room {
    struct list_node node;    /* memory_rooms: by the time of last use */
    uint64_t used_ms;         /* likewise */
    enum listening listening; /* broker_memory */
    void *listener;           /* likewise; who listens, NULL: nobody */

    struct memory_rooms_shared *shared;
    uint64_t term;
    struct position position; /* of the last sequenced message */
    struct memory_log log;    /* all that are sequenced */
    struct memory_log chat;
    struct memory_shelf *shelf;
    uint64_t likes;
    uint64_t follows;
    struct table *followers; /* the verified ones; NULL: none */
    struct memory_census census;
    size_t id_size;
    char id[];
};

/* What became of a publication. */
struct memory_outcome {
    struct broker_published published;
    struct span entry; /* for the listeners, until the next one is written; none: nothing new */
    char id[48];       /* room for a made one: term-seq */
};

/* NULL is allowed. */
void memory_room_free(struct memory_room *room);

/* Borrows `shared`.  NULL when out of memory. */
struct memory_room *memory_room_new(struct memory_rooms_shared *shared, struct span id,
                                    uint64_t term) OWNER_CALLS(memory_room_free);

struct span memory_room_id(const struct memory_room *room);

/* Writes an entry into the shared buffer, which has room for any; valid until the next one. */
struct span memory_room_write(const struct memory_room *room, const struct entry *entry);

/* REFUSAL_NONE; SHELF_FULL or INTERNAL (no memory), and nothing has changed. */
enum refusal memory_room_publish(struct memory_room *room, const struct publication *publication,
                                 struct memory_outcome *outcome) MUST_USE;

/* The entry that tells of a viewer; valid until the next one is written.  None when there is
 * nothing to tell. */
struct span memory_room_announce(const struct memory_room *room, const struct census_item *item,
                                 enum census_outcome outcome);

struct memory_cut {
    struct broker_snapshot snapshot; /* its lists are the two below */
    struct span chat[BROKER_CHAT];
    struct span shelf[BROKER_MAX_SHELF];
};

/* Borrowed from the room until its next change. */
void memory_room_cut(const struct memory_room *room, struct memory_cut *cut);

struct memory_past {
    struct broker_history history; /* its list is this one */
    struct span entries[BROKER_HISTORY_MAX];
};

/* Borrowed likewise. */
void memory_room_past(const struct memory_room *room, struct position after, size_t limit,
                      struct memory_past *past);

#endif
