/* repair_inside.h - what repair.c and repair_history.c share. */
#ifndef RELAY_REPAIR_INSIDE_H
#define RELAY_REPAIR_INSIDE_H

#include "base/attributes.h"
#include "base/metrics.h"
#include "relay/broker.h"
#include "relay/relay_room.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* No broker is there: it has not gone back. */
extern const struct position repair_nowhere;

void repair_count(const struct relay_room *room, enum metric metric);

/* The request under way has ended.  False: there is nothing to be had from its answer. */
bool repair_answered(struct relay_room *room, const struct broker_status *status);

/* After something was read: goes on as far as possible, and asks for what is still missing. */
void repair_go_on(struct relay_room *room, size_t due);

/* If something was, that it was missed.  0, or -ECANCELED. */
int repair_tell_missed(struct relay_room *room) MUST_USE;

/* The broker counts so many by now.  Those that were lost on the way are in no history: who watches
 * is shown the total without what was added, for that may come yet. */
void repair_catch_up_likes(struct relay_room *room, uint64_t likes);

/* Asks for what is newer than the room's position. */
void repair_ask_history(struct relay_room *room);

#endif
