#include "relay/intake.h"

#include "base/log.h"
#include "base/metrics.h"
#include "relay/arrival.h"
#include "relay/origin.h"
#include "relay/position.h"
#include "relay/snapshot.h"

#include <errno.h>

/* ---- order ---- */

enum step {
    STEP_HAND_ON,
    STEP_DROP,
    STEP_HOLD, /* until history has told what is before it */
    STEP_DOUBT /* not for now: history will bring it if the broker has gone back to its term */
};

/* The one place that decides about order: what is done with a sequenced message?  By whether the
 * history before it has been read, and by how it follows the room's position. */
static const enum step steps[2][ORDERS] = {
    [false] = {[ORDER_NEXT] = STEP_HAND_ON,
               [ORDER_DUPLICATE] = STEP_DROP,
               [ORDER_GAP] = STEP_HOLD,
               [ORDER_NEW_TERM] = STEP_HOLD,
               [ORDER_OLD_TERM] = STEP_DOUBT},
    [true] = {[ORDER_NEXT] = STEP_HAND_ON,
              [ORDER_DUPLICATE] = STEP_DROP,
              [ORDER_GAP] = STEP_HAND_ON,
              [ORDER_NEW_TERM] = STEP_HAND_ON,
              [ORDER_OLD_TERM] = STEP_DROP},
};

static const char *const order_names[ORDERS] = {"next", "duplicate", "gap", "new_term", "old_term"};

static void tell_order(const struct relay_room *room, enum order order, struct position arrived)
{
    metrics_add(room->relay->settings.metrics, METRIC_SEQUENCED, order, 1);
    if (order == ORDER_NEXT)
        return;

    LOG_LIMITED(INFO, 10, 60000, "a message out of order", LOG_SPAN("room", relay_room_id(room)),
                LOG_TEXT("order", order_names[order]), LOG_UINT("seen_term", room->position.term),
                LOG_UINT("seen_seq", room->position.seq), LOG_UINT("term", arrived.term),
                LOG_UINT("seq", arrived.seq));
}

static enum step judge(struct relay_room *room, const struct entry *entry, enum intake how)
{
    enum order order = position_order(room->position, entry->position);
    bool past_is_read = how == INTAKE_DUE || how == INTAKE_REPAIR;

    if (how == INTAKE_LIVE)
        tell_order(room, order, entry->position);
    else if (how == INTAKE_DUE && steps[true][order] == STEP_HAND_ON && order != ORDER_NEXT &&
             !position_leads_to(room->position, entry, true))
        repair_missed(room);

    /* The state that is being read has to have all that was handed on. */
    if (order == ORDER_NEXT && how == INTAKE_LIVE && room->repair.asked == WANT_STATE)
        return STEP_HOLD;

    return steps[past_is_read][order];
}

/* False: it is not handed on, or not now. */
static bool take_place(struct relay_room *room, const struct arrival *arrival, struct span bytes,
                       enum intake how)
{
    struct position arrived = arrival->entry.position;

    if (arrived.seq == 0)
        return true; /* not sequenced: it has no place */

    switch (judge(room, &arrival->entry, how)) {
    case STEP_DROP:
        return false;
    case STEP_HOLD:
        repair_hold(room, bytes);
        return false;
    case STEP_DOUBT:
        repair_doubt(room);
        return false;
    case STEP_HAND_ON:
        break;
    }

    if (arrived.term != room->position.term)
        repair_on_term(room, arrived);
    room->position = arrived;
    audit_restart(&room->repair.audit);
    if (how == INTAKE_REPAIR)
        metrics_add(room->relay->settings.metrics, METRIC_REPAIRED, 0, 1);

    return true;
}

/* ---- what it means ---- */

static void skip(const struct relay_room *room, const struct arrival *arrival)
{
    metrics_add(room->relay->settings.metrics, METRIC_ENTRIES_SKIPPED, 0, 1);
    LOG_LIMITED(
        WARN, 10, 60000, "an entry that cannot be read, skipping it",
        LOG_SPAN("room", relay_room_id(room)), LOG_UINT("term", arrival->entry.position.term),
        LOG_UINT("seq", arrival->entry.position.seq), LOG_UINT("bytes", arrival->bytes.size));
}

/* A publisher's retry, whose first try was shown here by a Redis that lost it. */
static bool is_repeated(struct relay_room *room, const struct arrival *arrival)
{
    if (arrival->entry.position.seq == 0 || !recent_ids_repeat(&room->recent, &arrival->entry))
        return false;

    metrics_add(room->relay->settings.metrics, METRIC_REPEATED, 0, 1);

    return true;
}

static void apply(struct relay_room *room, const struct arrival *arrival)
{
    struct position position = arrival->entry.position;
    bool is_in_it = position.seq > 0 && position_compare(position, room->cut) <= 0;

    if (!is_in_it &&
        snapshot_apply(room->snapshot, &arrival->entry, &arrival->message, arrival->bytes) != 0)
        repair_want_later(room, WANT_STATE);
}

/* A join or leave that a census announced: does it concern a viewer whom this worker knows?  One
 * who returned at another worker (nobody saw it go) is not here any more; one who left there may
 * have stayed here. */
static void compare_viewers(struct relay_room *room, const struct arrival *arrival)
{
    struct census *census = &room->census;
    char text[MESSAGE_MAX_UID];
    int size = message_id_text(&arrival->message, FIELD_FROM_UID, text, sizeof text);
    struct span uid = span_make(text, size > 0 ? (size_t)size : 0);
    bool is_leave = arrival->message.kind == KIND_LEAVE;
    uint64_t session;

    if (uid.size == 0)
        return;

    if (origin_is_ours(room->relay->origin, arrival->entry.origin, &session)) {
        if (!is_leave)
            census_on_echo(census, uid, session);
    } else if (is_leave) {
        census_take_back(census, uid);
    } else if (arrival->entry.flags & ENTRY_RETURNING) {
        census_let_go(census, uid);
    }
}

static bool tells_online(const struct arrival *arrival)
{
    return (arrival->message.kind == KIND_JOIN || arrival->message.kind == KIND_LEAVE) &&
           arrival->entry.total >= 0;
}

/* The counter that goes out with its kind.  No other is looked at: among thousands of rooms each is
 * a cache line from far away. */
static void count(const struct relay_room *room, struct relayed *relayed)
{
    enum message_kind kind = relayed->message->kind;
    int64_t total = relayed->entry->total;

    if (kind == KIND_JOIN || kind == KIND_LEAVE)
        relayed->online_num = total >= 0 ? (uint64_t)total : census_online(&room->census);
    else if (kind == KIND_FOLLOW)
        relayed->subscribe_num = total >= 0 ? (uint64_t)total : snapshot_follows(room->snapshot);
}

static void deliver(struct relay_room *room, const struct arrival *arrival)
{
    const struct entry *entry = &arrival->entry;
    struct relayed relayed = {.entry = entry, .message = &arrival->message};

    if (arrival->message.kind == KIND_LIKE) {
        likes_arrived(&room->likes, arrival->taps, snapshot_likes(room->snapshot));
        return;
    }

    count(room, &relayed);
    (void)origin_is_ours(room->relay->origin, entry->origin, &relayed.sender);
    room->relay->events->on_message(room->owner, &relayed);
}

static void hand_on(struct relay_room *room, const struct arrival *arrival)
{
    if (tells_online(arrival)) {
        if (!room->draining) /* what was held may be older than we know */
            census_heard(&room->census, (uint64_t)arrival->entry.total);
        compare_viewers(room, arrival);
    }

    if (!(arrival->entry.flags & ENTRY_RETURNING))
        deliver(room, arrival);
}

int intake_entry(struct relay_room *room, struct span bytes, enum intake how)
{
    struct arrival arrival;
    int unreadable;

    /* What is next, while this is read. */
    __builtin_prefetch(room->owner);
    __builtin_prefetch(room->id);

    unreadable = arrival_read(&arrival, bytes, &room->relay->scratch);
    if (unreadable == -ENOMEM) {
        repair_want_later(room, WANT_HISTORY);
        return -ENOMEM;
    }

    if (!take_place(room, &arrival, bytes, how))
        return 0;

    if (arrival.entry.position.seq > 0)
        snapshot_pass(room->snapshot, arrival.entry.position);
    if (unreadable || !message_room_matches(&arrival.message, relay_room_id(room))) {
        skip(room, &arrival);
        return 0;
    }

    apply(room, &arrival);
    if (!is_repeated(room, &arrival))
        hand_on(room, &arrival);

    return 0;
}
