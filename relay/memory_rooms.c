#include "relay/memory_rooms.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/list.h"
#include "base/table.h"
#include "base/wheel.h"
#include "relay/memory_ids.h"
#include "relay/memory_room.h"
#include "schema/entry.h"
#include "schema/message.h"
#include "schema/room.h"

#include <stdlib.h>

enum {
    MAX_IDS = 200000, /* of all rooms; about 40 MB */
    MAX_ENTRY = ENTRY_MAX_HEAD + MESSAGE_MAX_BYTES,
    MAX_RETURNING = 6 * MESSAGE_MAX_UID + ROOM_ID_MAX + 64, /* \u0001: six bytes for one */
    MAX_SWEEP_MS = 60 * 1000
};

struct memory_rooms {
    struct table *by_id;
    struct list by_use; /* the longest unused first */
    struct memory_rooms_shared shared;
    struct wheel *wheel;
    struct wheel_timer sweep;
    uint64_t ttl_ms;
    uint64_t term; /* of rooms made from now on */
};

static void forget(struct memory_rooms *rooms, struct memory_room *room)
{
    table_remove(rooms->by_id, memory_room_id(room));
    list_remove(&room->node);
    memory_room_free(room);
}

static void dispose(struct memory_rooms *rooms)
{
    wheel_cancel(rooms->wheel, &rooms->sweep);
    LIST_FOR_EACH (node, &rooms->by_use)
        forget(rooms, CONTAINER_OF(node, struct memory_room, node));

    table_free(rooms->by_id);
    memory_ids_free(rooms->shared.ids);
    buffer_dispose(&rooms->shared.entry);
    buffer_dispose(&rooms->shared.returning);
    free(rooms);
}

void memory_rooms_free(struct memory_rooms *rooms)
{
    if (rooms)
        dispose(rooms);
}

static void touch(struct memory_rooms *rooms, struct memory_room *room, uint64_t now_ms)
{
    room->used_ms = now_ms;
    list_remove(&room->node);
    list_append(&rooms->by_use, &room->node);
}

static void plan_sweep(struct memory_rooms *rooms)
{
    uint64_t pause_ms = rooms->ttl_ms < MAX_SWEEP_MS ? rooms->ttl_ms : MAX_SWEEP_MS;

    wheel_add(rooms->wheel, &rooms->sweep, clock_now() + pause_ms);
}

/* A room that is made again counts from 1 again, so it needs a new, larger term: nobody who
 * remembers an old position may take it for one of the new messages. */
static void next_term(struct memory_rooms *rooms)
{
    uint64_t now = clock_wall_ms();

    rooms->term = now > rooms->term ? now : rooms->term + 1;
}

static void on_sweep(struct wheel_timer *timer)
{
    struct memory_rooms *rooms = CONTAINER_OF(timer, struct memory_rooms, sweep);
    uint64_t now_ms = clock_now();

    LIST_FOR_EACH (node, &rooms->by_use) {
        struct memory_room *room = CONTAINER_OF(node, struct memory_room, node);

        if (now_ms - room->used_ms < rooms->ttl_ms)
            break;

        if (room->listening != LISTENING_NO) {
            touch(rooms, room, now_ms);
        } else {
            forget(rooms, room);
            next_term(rooms);
        }
    }

    plan_sweep(rooms);
}

struct memory_rooms *memory_rooms_new(const struct broker_memory_settings *settings)
{
    struct memory_rooms *rooms = calloc(1, sizeof *rooms);

    if (!rooms)
        return NULL;

    list_init(&rooms->by_use);
    wheel_timer_init(&rooms->sweep, on_sweep);
    rooms->wheel = settings->wheel;
    rooms->ttl_ms = settings->room_ttl_ms;
    rooms->shared.history = settings->history;
    buffer_init(&rooms->shared.entry, MAX_ENTRY);
    buffer_init(&rooms->shared.returning, MAX_RETURNING);
    next_term(rooms);

    rooms->by_id = table_new();
    rooms->shared.ids = memory_ids_new(BROKER_ID_MS, MAX_IDS);
    if (!rooms->by_id || !rooms->shared.ids || !buffer_reserve(&rooms->shared.entry, MAX_ENTRY) ||
        !buffer_reserve(&rooms->shared.returning, MAX_RETURNING)) {
        dispose(rooms);
        return NULL;
    }

    plan_sweep(rooms);

    return rooms;
}

struct memory_room *memory_rooms_find(const struct memory_rooms *rooms, struct span id)
{
    return table_get(rooms->by_id, id);
}

struct memory_room *memory_rooms_use(struct memory_rooms *rooms, struct span id)
{
    struct memory_room *room = table_get(rooms->by_id, id);

    if (!room) {
        room = memory_room_new(&rooms->shared, id, rooms->term);
        if (!room)
            return NULL;

        if (table_put(rooms->by_id, id, room) != 0) {
            memory_room_free(room);
            return NULL;
        }
    }

    touch(rooms, room, clock_now());

    return room;
}

void memory_rooms_touch(struct memory_rooms *rooms, struct memory_room *room)
{
    touch(rooms, room, clock_now());
}

size_t memory_rooms_count(const struct memory_rooms *rooms)
{
    return table_count(rooms->by_id);
}
