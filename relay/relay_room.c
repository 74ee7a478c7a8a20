#include "relay/relay_room.h"

#include "base/table.h"
#include "relay/intake.h"
#include "relay/snapshot.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

/* What is in force in a room is read again about so often. */
#define RECHECK_MS 60000

struct relay_room *relay_room_new(struct relay *relay, struct span id)
{
    struct relay_room *room = calloc(1, sizeof *room + id.size);

    if (!room)
        return NULL;

    room->relay = relay;
    room->id_size = id.size;
    memcpy(room->id, id.data, id.size);
    list_node_init(&room->woken);
    repair_init(room);
    likes_init(&room->likes, relay->settings.wheel, relay->settings.tick_ms, &room_likes_events);
    census_init(&room->census, &relay->census, relay_room_id(room));
    moderation_init(&room->moderation, relay->broker, relay->settings.wheel,
                    &room_moderation_events, relay_room_id(room));
    room->moderation.recheck_ms = RECHECK_MS;

    return room;
}

void relay_room_free(struct relay_room *room)
{
    list_remove(&room->woken);
    repair_stop(room);
    census_dispose(&room->census);
    moderation_dispose(&room->moderation);
    likes_dispose(&room->likes);
    recent_ids_dispose(&room->recent);
    snapshot_free(room->snapshot);
    free(room);
}

int relay_room_open(struct relay_room *room, void *owner)
{
    if (broker_listen(room->relay->broker, relay_room_id(room), room) != 0)
        return -ENOMEM;

    room->owner = owner;
    room->open = true;
    room->opening++;
    room->census.paused = true; /* until relay_room_let_count() */

    return 0;
}

/* As it was before it was opened; what is not the gateway's business stays. */
void relay_room_close(struct relay_room *room)
{
    broker_unlisten(room->relay->broker, relay_room_id(room));
    repair_stop(room);
    likes_close(&room->likes);
    moderation_forget(&room->moderation);
    recent_ids_dispose(&room->recent);
    snapshot_free(room->snapshot);
    room->snapshot = NULL;
    room->position = (struct position){0, 0};
    room->cut = (struct position){0, 0};
    room->listening = false;
    room->shown = false;
    room->draining = false;
    room->degraded = false;
    room->census.paused = false;
    room->owner = NULL;
    room->open = false;
    room->opening++;
    relay_room_wake(room);
}

void relay_room_wake(struct relay_room *room)
{
    struct relay *relay = room->relay;

    if (relay->ending || list_node_linked(&room->woken))
        return;

    list_append(&relay->woken, &room->woken);
    event_active(relay->soon, EV_TIMEOUT, 0);
}

/* ---- what the broker tells ---- */

void relay_room_on_listening(struct relay_room *room)
{
    /* Where nothing has a position yet, there are but the counters to be missed. */
    bool from_here = room->snapshot && room->position.seq > 0;

    room->listening = true;
    room->cut_off = false;
    repair_want(room, from_here ? WANT_HISTORY : WANT_STATE);
    moderation_read(&room->moderation);
}

void relay_room_on_entry(struct relay_room *room, struct span bytes)
{
    if (moderation_take(&room->moderation, bytes))
        return;

    if (!room->snapshot)
        repair_hold(room, bytes);
    else
        (void)!intake_entry(room, bytes, INTAKE_LIVE); /* it sees to what it could not take in */
}

void relay_room_on_broker(struct relay_room *room, enum broker_state state)
{
    census_on_broker(&room->census, state);
    if (state == BROKER_UP)
        repair_on_broker_up(room);
    else
        room->cut_off = true;
}

static void tell_degraded(struct relay_room *room, bool degraded)
{
    const struct relay_events *events = room->relay->events;

    room->degraded = degraded;
    if (events->on_degraded)
        events->on_degraded(room->owner, degraded);
}

void relay_room_on_outage(struct relay_room *room)
{
    if (room->open && room->snapshot && room->cut_off && !room->degraded)
        tell_degraded(room, true);
}

void relay_room_on_repair(struct relay_room *room)
{
    if (room->degraded && !room->cut_off && repair_is_idle(room))
        tell_degraded(room, false);
}

/* ---- what had to wait ---- */

/* A viewer that comes while the state is read again gets the newer one, if that does not
 * take long. */
static bool can_answer(const struct relay_room *room)
{
    return room->snapshot && relay_room_knows_moderation(room) && !repair_in_sight(room);
}

static void answer_visits(struct relay_room *room)
{
    struct list_node *node;

    while (can_answer(room) && (node = list_pop(&room->census.ready))) {
        struct visit *visit = CONTAINER_OF(node, struct visit, node);

        visit->on_entered(visit, census_online(&room->census));
    }
}

void relay_room_attend(struct relay_room *room)
{
    census_attend(&room->census);
    answer_visits(room);
    if (room->open || room->repair.asked != WANT_NOTHING || room->moderation.asking ||
        !likes_idle(&room->likes) || !census_idle(&room->census))
        return;

    (void)table_remove(room->relay->rooms, relay_room_id(room));
    relay_room_free(room);
}
