#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "relay/intake.h"
#include "relay/relay_room.h"
#include "relay/repair.h"

#include <errno.h>

void repair_account(struct relay_room *room)
{
    struct repair *repair = &room->repair;
    size_t size = repair->held.entries.size;

    metrics_add(room->relay->settings.metrics, METRIC_HELD_BYTES, 0,
                (int64_t)size - (int64_t)repair->counted);
    repair->counted = size;
    if (size == 0)
        wheel_cancel(room->relay->settings.wheel, &repair->patience);
    else if (room->snapshot && !wheel_pending(&repair->patience))
        wheel_add(room->relay->settings.wheel, &repair->patience, clock_now() + REPAIR_PATIENCE_MS);
}

void repair_hold(struct relay_room *room, struct span bytes)
{
    struct repair *repair = &room->repair;

    held_add(&repair->held, bytes);
    repair_account(room);
    if (repair->asked == WANT_NOTHING)
        repair_want(room, room->snapshot ? WANT_HISTORY : WANT_STATE);
}

int repair_drain(struct relay_room *room, size_t due)
{
    unsigned opening = room->opening;
    struct held held;
    struct span bytes;
    size_t at = 0;

    if (room->repair.held.overflowed) { /* what it had is in the log */
        LOG_LIMITED(WARN, 10, 60000, "too much to hold, reading it again",
                    LOG_SPAN("room", relay_room_id(room)),
                    LOG_UINT("entries", room->repair.held.lost));
        held_clear(&room->repair.held);
        repair_want(room, WANT_HISTORY);
    }

    room->draining = true;
    room->repair.held_before = 0; /* an answer that is still to come is not about what comes now */
    held_take(&room->repair.held, &held);
    for (size_t i = 0; room->opening == opening && held_next(&held, &at, &bytes); i++) {
        if (intake_entry(room, bytes, i < due ? INTAKE_DUE : INTAKE_HELD) != 0)
            due = 0; /* what could not be taken in is not lost */
    }

    held_clear(&held);
    if (room->opening != opening)
        return -ECANCELED;

    room->draining = false;
    repair_account(room);

    return 0;
}
