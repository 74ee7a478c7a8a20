#include "relay/relay_room.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/table.h"
#include "relay/intake.h"
#include "relay/position.h"
#include "relay/snapshot.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

static void on_retry(struct wheel_timer *timer);

struct relay_room *relay_room_new(struct relay *relay, struct span id)
{
    struct relay_room *room = calloc(1, sizeof *room + id.size);

    if (!room)
        return NULL;

    room->relay = relay;
    room->id_size = id.size;
    memcpy(room->id, id.data, id.size);
    list_node_init(&room->woken);
    held_init(&room->held);
    wheel_timer_init(&room->retry, on_retry);
    likes_init(&room->likes, relay->settings.wheel, relay->settings.tick_ms, &room_likes_events);
    census_init(&room->census, &relay->census, relay_room_id(room));

    return room;
}

void relay_room_free(struct relay_room *room)
{
    list_remove(&room->woken);
    wheel_cancel(room->relay->settings.wheel, &room->retry);
    census_dispose(&room->census);
    likes_dispose(&room->likes);
    held_clear(&room->held);
    snapshot_free(room->snapshot);
    free(room);
}

int relay_room_open(struct relay_room *room, void *owner)
{
    if (broker_listen(room->relay->broker, relay_room_id(room)) != 0)
        return -ENOMEM;

    room->owner = owner;
    room->open = true;
    room->opening++;
    room->census.paused = true; /* who is counted can hear what is published from then on */

    return 0;
}

/* As it was before it was opened; what is not the gateway's business stays. */
void relay_room_close(struct relay_room *room)
{
    broker_unlisten(room->relay->broker, relay_room_id(room));
    wheel_cancel(room->relay->settings.wheel, &room->retry);
    backoff_reset(&room->backoff);
    likes_close(&room->likes);
    held_clear(&room->held);
    snapshot_free(room->snapshot);
    room->snapshot = NULL;
    room->position = (struct position){0, 0};
    room->listening = false;
    room->read_again = false;
    room->fresh = false;
    room->draining = false;
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

/* ---- reading the room's state ---- */

static void on_read(void *arg, const struct broker_status *status,
                    const struct broker_snapshot *snapshot);

static void read_state(struct relay_room *room)
{
    room->fresh = false;
    if (room->reading) {
        room->read_again = true;
        return;
    }

    if (room->relay->broker->state == BROKER_DOWN)
        return; /* when it is up */

    wheel_cancel(room->relay->settings.wheel, &room->retry);
    room->reading = true;
    room->read_again = false;
    metrics_add(room->relay->settings.metrics, METRIC_ROOM_READS, 0, 1);
    broker_snapshot(room->relay->broker, relay_room_id(room), on_read, room);
}

static void on_retry(struct wheel_timer *timer)
{
    read_state(CONTAINER_OF(timer, struct relay_room, retry));
}

static void read_later(struct relay_room *room)
{
    room->fresh = false;
    wheel_add(room->relay->settings.wheel, &room->retry,
              clock_now() + backoff_next(&room->backoff));
}

/* 0, or -ENOMEM (as it was). */
static int load(struct relay_room *room, const struct broker_snapshot *read)
{
    struct snapshot *snapshot = room->snapshot ? room->snapshot : snapshot_new();

    if (!snapshot)
        return -ENOMEM;

    if (snapshot_load(snapshot, read) != 0) {
        if (!room->snapshot)
            snapshot_free(snapshot);
        return -ENOMEM;
    }

    /* Nobody here has seen anything yet; or a Redis that lost its count goes on from here. */
    if (!room->snapshot || position_compare(read->position, room->position) < 0)
        room->position = read->position;
    room->snapshot = snapshot;
    room->cut = read->position;
    census_heard(&room->census, read->online);

    return 0;
}

/* Takes in what was held: all of it is newer than the subscription, part of it is in the
 * snapshot already.  0, -ENOMEM, or -ECANCELED: the room was closed meanwhile. */
static int drain(struct relay_room *room)
{
    unsigned opening = room->opening;
    struct held held;
    struct span bytes;
    size_t at = 0;
    int error = 0;

    room->draining = true;
    held_take(&room->held, &held);
    while (room->opening == opening && held_next(&held, &at, &bytes)) {
        if (intake_entry(room, bytes) != 0)
            error = -ENOMEM;
    }

    held_clear(&held);
    if (room->opening != opening)
        return -ECANCELED;

    room->draining = false;

    return error;
}

/* What was published while the link was away and is not in anybody's hands here. */
static void skip_to_cut(struct relay_room *room)
{
    if (position_compare(room->position, room->cut) >= 0)
        return;

    metrics_add(room->relay->settings.metrics, METRIC_SEQUENCED, ORDER_GAP, 1);
    LOG_LIMITED(WARN, 10, 60000, "messages missed while the broker was away",
                LOG_SPAN("room", relay_room_id(room)), LOG_UINT("seen_seq", room->position.seq),
                LOG_UINT("seq", room->cut.seq));
    room->position = room->cut;
}

static void take(struct relay_room *room, const struct broker_snapshot *read)
{
    int error = load(room, read);

    if (error == 0)
        error = drain(room);
    if (error == -ECANCELED)
        return;

    if (error != 0) {
        read_later(room);
        return;
    }

    skip_to_cut(room);
    backoff_reset(&room->backoff);
    room->fresh = true;
    room->census.paused = false;
    room->relay->events->on_snapshot(room->owner);
}

static void drop_overflow(struct relay_room *room)
{
    metrics_add(room->relay->settings.metrics, METRIC_DROPS, DROP_OVERLOAD,
                (int64_t)room->held.lost);
    LOG_LIMITED(WARN, 10, 60000, "too much arrived while a room was read, reading it again",
                LOG_SPAN("room", relay_room_id(room)), LOG_UINT("dropped", room->held.lost));
    held_clear(&room->held);
    read_later(room);
}

static void on_read(void *arg, const struct broker_status *status,
                    const struct broker_snapshot *snapshot)
{
    struct relay_room *room = arg;

    room->reading = false;
    relay_room_wake(room);
    if (!room->listening || room->relay->ending)
        return; /* closed; or opened again, and this is too old */

    if (room->read_again)
        read_state(room);
    else if (status->refusal != REFUSAL_NONE)
        read_later(room);
    else if (room->held.overflowed)
        drop_overflow(room);
    else
        take(room, snapshot);
}

/* ---- what the broker tells ---- */

void relay_room_on_listening(struct relay_room *room)
{
    room->listening = true;
    read_state(room);
}

void relay_room_on_entry(struct relay_room *room, struct span bytes)
{
    unsigned opening = room->opening;

    if (!room->fresh)
        held_add(&room->held, bytes);
    else if (intake_entry(room, bytes) != 0 && room->opening == opening)
        read_state(room);
}

void relay_room_on_broker(struct relay_room *room, enum broker_state state)
{
    census_on_broker(&room->census, state);
    if (state == BROKER_UP && room->listening && !room->fresh) {
        backoff_reset(&room->backoff);
        read_state(room);
    }
}

/* ---- what had to wait ---- */

/* A viewer that comes while the state is read again gets the newer one, if that does not
 * take long. */
static bool can_answer(const struct relay_room *room)
{
    bool worth_waiting = room->reading && room->relay->broker->state == BROKER_UP;

    return room->snapshot && (room->fresh || !worth_waiting);
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
    if (room->open || room->reading || !likes_idle(&room->likes) || !census_idle(&room->census))
        return;

    (void)table_remove(room->relay->rooms, relay_room_id(room));
    relay_room_free(room);
}
