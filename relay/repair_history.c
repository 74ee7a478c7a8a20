#include "base/log.h"
#include "base/metrics.h"
#include "relay/intake.h"
#include "relay/position.h"
#include "relay/relay_room.h"
#include "relay/repair_inside.h"

#include <errno.h>
#include <sys/types.h>

const struct position repair_nowhere = {UINT64_MAX, 0};

/* ---- another term, or less of one ---- */

/* The broker counts in an earlier term than this room has seen: it is another one.  What it has of
 * that term is news here, but for what was seen before. */
static void adopt(struct relay_room *room, uint64_t term)
{
    struct repair *repair = &room->repair;
    struct position seen =
        repair->former.term == term ? repair->former : (struct position){term, 0};

    LOG_LIMITED(WARN, 10, 60000, "the broker went back to an earlier term, following it",
                LOG_SPAN("room", relay_room_id(room)), LOG_UINT("seen_term", room->position.term),
                LOG_UINT("seen_seq", room->position.seq), LOG_UINT("term", term));
    repair->former = room->position;
    room->position = seen;
    room->cut = (struct position){0, 0};
    repair->wants |= WANT_STATE | WANT_HISTORY;
}

/* A broker that has lost messages has lost what they changed: so has who joins from now on. */
static void look_back(struct relay_room *room, struct position broker_is_at)
{
    struct repair *repair = &room->repair;
    bool lost_them = position_compare(broker_is_at, repair->after) < 0 ||
                     position_compare(broker_is_at, room->cut) < 0;

    struct position went_back = lost_them ? broker_is_at : repair_nowhere;

    if (position_compare(went_back, repair->went_back) != 0)
        repair->wants |= WANT_STATE; /* also when it has come forward again, perhaps another way */
    repair->went_back = went_back;
}

void repair_on_term(struct relay_room *room, struct position position)
{
    struct repair *repair = &room->repair;

    bool after_cut = position_compare(position, room->cut) > 0;

    repair->former = room->position;
    if (position.seq <= room->position.seq || (after_cut && position.seq <= room->cut.seq))
        repair->wants |= WANT_STATE; /* as above; asked for when all is handed on */
}

/* ---- what is there ---- */

/* 0, -ENOMEM (up to here), or -ECANCELED. */
static int hand_on(struct relay_room *room, const struct broker_history *past)
{
    unsigned opening = room->opening;

    for (size_t i = 0; i < past->n_entries; i++) {
        if (intake_entry(room, past->entries[i], INTAKE_REPAIR) != 0)
            return -ENOMEM;
        if (room->opening != opening)
            return -ECANCELED;
    }

    return 0;
}

/* Nothing is missing up to the last of these.  How many of those held have nothing to wait for any
 * more; or -ECANCELED. */
static ssize_t take_past(struct relay_room *room, const struct broker_history *past)
{
    int error;

    room->repair.skip = false;
    look_back(room, past->position);
    error = hand_on(room, past);
    if (error == -ECANCELED)
        return error;

    if (error != 0)
        return 0;

    /* How many came does not say whether it was the last page: what is no entry was left out. */
    if (position_compare(room->position, past->position) >= 0)
        return (ssize_t)room->repair.held_before;

    room->repair.wants |= WANT_HISTORY; /* there is more of it */

    return 0;
}

/* ---- what is gone ---- */

static void skip_to(struct relay_room *room, struct position position)
{
    LOG_LIMITED(WARN, 10, 60000, "messages missed, history does not reach back",
                LOG_SPAN("room", relay_room_id(room)), LOG_UINT("seen_term", room->position.term),
                LOG_UINT("seen_seq", room->position.seq), LOG_UINT("term", position.term),
                LOG_UINT("seq", position.seq));
    room->position = position;
    room->repair.skip = false;
}

/* The past is gone, but for the end of it perhaps.  First the state is read: who is told what was
 * missed is shown it.  Then the room goes on from just before the first message that is left.
 * As take_past(). */
static ssize_t take_rest(struct relay_room *room, const struct broker_history *past,
                         const struct entry *first)
{
    struct repair *repair = &room->repair;
    struct position before = room->cut;

    if (!repair->skip) {
        repair->skip = true;
        repair_missed(room);
        return 0;
    }

    if (first)
        before = (struct position){first->position.term, first->position.seq - 1};

    if (position_compare(before, room->cut) > 0) { /* more is gone than the state has */
        repair_want(room, WANT_STATE);
        return 0;
    }

    skip_to(room, before);
    if (repair_tell_missed(room) != 0)
        return -ECANCELED;

    return take_past(room, past);
}

/* It was asked for long ago perhaps, and what is missing there has come by itself. */
static bool leads_on(const struct relay_room *room, const struct entry *first)
{
    return first && (position_compare(first->position, room->position) <= 0 ||
                     position_leads_to(room->position, first, false));
}

static void on_history(void *arg, const struct broker_status *status,
                       const struct broker_history *past)
{
    struct relay_room *room = arg;
    struct repair *repair = &room->repair;
    struct entry entry;
    const struct entry *first = NULL;
    ssize_t due = 0;

    if (!repair_answered(room, status))
        return;

    if (past->n_entries > 0 && entry_parse(&entry, past->entries[0]) == 0)
        first = &entry;

    backoff_reset(&repair->backoff);
    repair_catch_up_likes(room, past->likes);
    if (repair->asked_doubt && past->position.seq > 0 &&
        past->position.term < room->position.term) {
        adopt(room, past->position.term);
    } else if (!past->complete && !leads_on(room, first)) {
        due = take_rest(room, past, first);
    } else {
        due = take_past(room, past);
    }

    if (due >= 0)
        repair_go_on(room, (size_t)due);
}

void repair_ask_history(struct relay_room *room)
{
    struct repair *repair = &room->repair;

    repair->held_before = repair->held.count;
    repair->asked_doubt = repair->doubt;
    repair->doubt = false;
    if (repair->held.overflowed) /* all it had is in the log by now */
        held_clear(&repair->held);
    repair_count(room, METRIC_HISTORY_READS);
    broker_history(room->relay->broker, relay_room_id(room), room->position, REPAIR_PAGE,
                   on_history, room);
}
