#include "relay/repair.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "relay/intake.h"
#include "relay/position.h"
#include "relay/relay_room.h"
#include "relay/repair_inside.h"
#include "relay/snapshot.h"

#include <errno.h>
#include <sys/types.h>

static void ask(struct relay_room *room);

void repair_count(const struct relay_room *room, enum metric metric)
{
    metrics_add(room->relay->settings.metrics, metric, 0, 1);
}

/* ---- answers ---- */

bool repair_answered(struct relay_room *room, const struct broker_status *status)
{
    struct repair *repair = &room->repair;
    enum want asked = repair->asked;

    repair->asked = WANT_NOTHING;
    relay_room_wake(room);
    if (room->relay->ending || !room->open)
        return false;

    if (repair->opening != room->opening) {
        ask(room); /* it was closed and opened again: what is wanted now? */
        return false;
    }

    if (status->refusal == REFUSAL_NONE)
        return true;

    repair->doubt |= asked == WANT_HISTORY && repair->asked_doubt;
    repair_want_later(room, asked);
    if (room->snapshot)
        (void)!repair_drain(room, 0); /* those that waited just for the state */

    return false;
}

int repair_tell_missed(struct relay_room *room)
{
    const struct relay_events *events = room->relay->events;
    unsigned opening = room->opening;

    if (room->repair.missed && events->on_missed)
        events->on_missed(room->owner);

    if (room->opening != opening)
        return -ECANCELED;

    room->repair.missed = false;

    return 0;
}

/* The state that was read is what a joiner is shown from now on, unless some of it has still to be
 * handed on.  0, or -ECANCELED. */
static int tell(struct relay_room *room)
{
    struct repair *repair = &room->repair;
    unsigned opening = room->opening;

    if (!repair->loaded || repair->skip || position_compare(room->cut, room->position) > 0)
        return 0;

    repair->loaded = false;
    room->shown = true;
    relay_room_let_count(room);
    if (repair_tell_missed(room) != 0)
        return -ECANCELED;

    room->relay->events->on_snapshot(room->owner);

    return room->opening == opening ? 0 : -ECANCELED;
}

void repair_go_on(struct relay_room *room, size_t due)
{
    wheel_cancel(room->relay->settings.wheel, &room->repair.patience); /* it was rewarded */
    if (tell(room) == 0 && repair_drain(room, due) == 0 && tell(room) == 0) {
        ask(room);
        relay_room_on_repair(room);
    }
}

/* ---- the state ---- */

void repair_catch_up_likes(struct relay_room *room, uint64_t likes)
{
    if (likes <= snapshot_likes(room->snapshot))
        return;

    snapshot_count_likes(room->snapshot, likes);
    likes_arrived(&room->likes, 0, likes);
}

/* 0, or -ENOMEM (as it was). */
static int load(struct relay_room *room, const struct broker_snapshot *read)
{
    struct repair *repair = &room->repair;
    bool first = !room->snapshot;
    struct snapshot *snapshot = first ? snapshot_new() : room->snapshot;

    if (!snapshot)
        return -ENOMEM;

    if (!first)
        repair_catch_up_likes(room, read->likes);

    if (snapshot_load(snapshot, read) != 0) {
        if (first)
            snapshot_free(snapshot);
        return -ENOMEM;
    }

    room->snapshot = snapshot;
    room->cut = read->position;
    repair->loaded = true;
    census_heard(&room->census, read->online);
    if (first) {
        room->position = room->cut; /* nobody here has seen anything yet */
        audit_restart(&repair->audit);
    } else if (position_compare(room->cut, room->position) > 0) {
        repair->wants |= WANT_HISTORY; /* between the two */
        return 0;
    } else if (position_compare(room->position, repair->after) != 0) {
        repair->wants |= WANT_STATE; /* it may lack what was handed on meanwhile */
    }
    repair->skip = false;

    return 0;
}

static void on_state(void *arg, const struct broker_status *status,
                     const struct broker_snapshot *read)
{
    struct relay_room *room = arg;

    if (!repair_answered(room, status))
        return;

    if (load(room, read) != 0) {
        repair_want_later(room, WANT_STATE);
        return;
    }

    backoff_reset(&room->repair.backoff);
    repair_go_on(room, 0);
}

/* ---- asking ---- */

/* The state first: without it nothing can be handed on. */
static void ask(struct relay_room *room)
{
    struct repair *repair = &room->repair;
    bool possible = room->listening && !room->relay->ending &&
                    room->relay->broker->state == BROKER_UP && !wheel_pending(&repair->retry);

    if (repair->wants == WANT_NOTHING || repair->asked != WANT_NOTHING || !possible)
        return;

    repair->asked = repair->wants & WANT_STATE ? WANT_STATE : WANT_HISTORY;
    repair->wants &= ~(unsigned)repair->asked;
    repair->opening = room->opening;
    repair->after = room->position;
    if (repair->asked == WANT_HISTORY) {
        repair_ask_history(room);
    } else {
        repair_count(room, METRIC_ROOM_READS);
        broker_snapshot(room->relay->broker, relay_room_id(room), on_state, room);
    }
}

void repair_want(struct relay_room *room, unsigned wants)
{
    room->repair.wants |= wants;
    if (!room->draining)
        ask(room);
}

void repair_want_later(struct relay_room *room, unsigned wants)
{
    struct repair *repair = &room->repair;

    repair->wants |= wants;
    if (!wheel_pending(&repair->retry))
        wheel_add(room->relay->settings.wheel, &repair->retry,
                  clock_now() + backoff_next(&repair->backoff));
}

void repair_doubt(struct relay_room *room)
{
    room->repair.doubt = true;
    repair_want(room, WANT_HISTORY);
}

void repair_missed(struct relay_room *room)
{
    repair_count(room, METRIC_MISSED);
    room->repair.missed = true;
    repair_want(room, WANT_STATE);
}

bool repair_in_sight(const struct relay_room *room)
{
    const struct repair *repair = &room->repair;

    return room->relay->broker->state == BROKER_UP &&
           (repair->asked == WANT_STATE || (repair->loaded && repair->asked != WANT_NOTHING));
}

bool repair_is_idle(const struct relay_room *room)
{
    const struct repair *repair = &room->repair;

    return repair->wants == WANT_NOTHING && repair->asked == WANT_NOTHING &&
           repair->held.count == 0;
}

/* ---- timers ---- */

static void on_retry(struct wheel_timer *timer)
{
    ask(CONTAINER_OF(timer, struct relay_room, repair.retry));
}

static void on_patience_over(struct wheel_timer *timer)
{
    struct relay_room *room = CONTAINER_OF(timer, struct relay_room, repair.patience);

    LOG_LIMITED(WARN, 10, 60000, "waited long enough for what is missing, going on without",
                LOG_SPAN("room", relay_room_id(room)), LOG_UINT("held", room->repair.held.count));
    if (repair_drain(room, room->repair.held.count) == 0)
        ask(room);
}

static void on_audit_due(struct audit *audit)
{
    struct relay_room *room = CONTAINER_OF(audit, struct relay_room, repair.audit);

    if (room->repair.asked != WANT_NOTHING)
        return;

    repair_count(room, METRIC_AUDITS);
    repair_want(room, WANT_HISTORY);
}

/* ---- its life ---- */

void repair_on_broker_up(struct relay_room *room)
{
    wheel_cancel(room->relay->settings.wheel, &room->repair.retry);
    backoff_reset(&room->repair.backoff);
    ask(room);
}

void repair_init(struct relay_room *room)
{
    struct repair *repair = &room->repair;

    held_init(&repair->held);
    repair->went_back = repair_nowhere;
    wheel_timer_init(&repair->retry, on_retry);
    wheel_timer_init(&repair->patience, on_patience_over);
    audit_init(&repair->audit, room->relay->settings.wheel, on_audit_due);
}

void repair_stop(struct relay_room *room)
{
    struct wheel *wheel = room->relay->settings.wheel;
    enum want asked = room->repair.asked;

    wheel_cancel(wheel, &room->repair.retry);
    audit_stop(&room->repair.audit);
    held_clear(&room->repair.held);
    repair_account(room);
    room->repair = (struct repair){.asked = asked, .opening = room->repair.opening};
    repair_init(room);
}
