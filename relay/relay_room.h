/* relay_room.h - one room of a relay, seen from inside the layer: what relay.c, intake.c,
 * room_likes.c and visit.c share.
 *
 * A room is open while the gateway has viewers in it.  Opened, it listens; once that
 * is confirmed its state is read; until the state is there, what arrives is held (repair.h).
 * Closed, it lives on until its last requests are answered and its census and taps
 * are told, and is then freed, in relay_room_attend() and nowhere else. */
#ifndef RELAY_RELAY_ROOM_H
#define RELAY_RELAY_ROOM_H

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/list.h"
#include "base/span.h"
#include "relay/broker.h"
#include "relay/census.h"
#include "relay/likes.h"
#include "relay/moderation.h"
#include "relay/outage.h"
#include "relay/recent_ids.h"
#include "relay/relay.h"
#include "relay/repair.h"
#include "schema/entry.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event;
struct origin;
struct snapshot;
struct table;

struct relay {
    struct relay_settings settings;
    struct census_settings census;
    const struct relay_events *events;
    struct broker *broker;
    struct origin *origin;
    struct table *rooms; /* id -> room, open or not */
    struct list woken;   /* rooms with something to do before this turn of the loop ends */
    struct event *soon;  /* active while there are any */
    struct outage outage;
    struct moderation everywhere;
    struct buffer scratch;      /* for what arrives as MessagePack */
    struct buffer announcement; /* for one that speaks for several */
    bool ending;                /* being freed: nothing begins any more */
};

struct relay_room {
    struct relay *relay;
    struct list_node woken;
    void *owner;
    bool open;
    unsigned opening;         /* how often it was opened or closed: is it still the same? */
    bool listening;           /* confirmed */
    bool shown;               /* its state was read and told to the gateway */
    bool draining;            /* what was held is taken in just now */
    bool cut_off;             /* the broker is away, or has not said since that it is listening */
    bool degraded;            /* and the gateway was told */
    struct position cut;      /* of the snapshot as it was read */
    struct position position; /* of the last message handed on */
    struct snapshot *snapshot;
    struct recent_ids recent;
    struct repair repair;
    struct likes likes;
    struct census census;
    struct moderation moderation;
    size_t id_size;
    char id[];
};

static inline struct span relay_room_id(const struct relay_room *room)
{
    return span_make(room->id, room->id_size);
}

/* Not open, and in no table.  NULL when out of memory. */
struct relay_room *relay_room_new(struct relay *relay, struct span id) MUST_USE;

/* No request is under way. */
void relay_room_free(struct relay_room *room);

/* Begins to listen.  0, or -ENOMEM (as it was). */
int relay_room_open(struct relay_room *room, void *owner) MUST_USE;
void relay_room_close(struct relay_room *room);

/* relay_room_attend() before this turn of the loop ends. */
void relay_room_wake(struct relay_room *room);

/* Does what has to wait until nobody is in the middle of something: asks the broker for the
 * census, answers visits, frees a room that is done. */
void relay_room_attend(struct relay_room *room);

/* What its likes do with taps and with what arrived (room_likes.c). */
extern const struct likes_events room_likes_events;

/* In relay_moderation.c: what happens when what is in force changes. */
extern const struct moderation_events room_moderation_events, everywhere_moderation_events;

/* Nobody may come in before. */
bool relay_room_knows_moderation(const struct relay_room *room);

/* Its census may begin, if all that it needs is known. */
void relay_room_let_count(struct relay_room *room);

/* What the broker tells. */
void relay_room_on_listening(struct relay_room *room);
void relay_room_on_entry(struct relay_room *room, struct span bytes);
void relay_room_on_broker(struct relay_room *room, enum broker_state state);

/* The broker has been away for a while. */
void relay_room_on_outage(struct relay_room *room);

/* Something was read and handed on: is the room whole now? */
void relay_room_on_repair(struct relay_room *room);

#endif
