/* turn.h - somebody's turn to speak in a room in slow mode (slow_mode.h).
 *
 * It is taken when a message is judged, and spent when that is published: what is left out, or
 * refused by the broker, gives it back.  So who is told to try again may do so.
 *
 * Belongs to one worker. */
#ifndef GATEWAY_TURN_H
#define GATEWAY_TURN_H

#include "base/attributes.h"
#include "base/span.h"
#include "relay/broker.h"

#include <stdbool.h>
#include <stdint.h>

struct membership;

/* May this member speak?  False: the pause of `pause_s` after it did so last is not over. */
bool turn_take(struct membership *membership, uint32_t pause_s) MUST_USE;

/* Nothing came of what it wanted to say.  Does nothing if it had not taken one. */
void turn_give_back(const struct membership *membership);

/* One that was taken for what is being published. */
struct turn;

/* Of this member, who may be gone when the broker answers `done` with `arg` (borrowed).  NULL when
 * out of memory: then it is spent in any case. */
struct turn *turn_new(const struct membership *membership, broker_on_published *done, void *arg)
    MUST_USE;

/* The broker's answer, for broker_publish(): `arg`, a turn, is freed, and the answer handed on. */
void turn_on_published(void *arg, const struct broker_status *status,
                       const struct broker_published *published);

#endif
