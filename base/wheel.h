/* wheel.h - many timers for little: a hierarchical timer wheel.
 *
 * A session has several deadlines that nearly always move or vanish before they
 * are due (ping, handshake, grace), so adding and cancelling must cost nothing
 * that grows with their number.  Both are O(1); a timer that does wait long is
 * moved once per level, of which a day needs four.
 *
 * Time is cut into ticks.  A timer never expires early, and late by less than a
 * tick plus however late wheel_advance is called.  Timers of one tick expire in
 * the order they were added.
 *
 * Timers live inside the objects they belong to; nothing is allocated after
 * wheel_new.  Belongs to one thread. */
#ifndef BASE_WHEEL_H
#define BASE_WHEEL_H

#include "base/attributes.h"
#include "base/list.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wheel;

struct wheel_timer {
    struct list_node node; /* unlinked: not pending */
    uint64_t due;          /* in ticks of its wheel */
    void (*expire)(struct wheel_timer *timer);
};

/* Frees the wheel; timers still in it are forgotten.  NULL is allowed. */
void wheel_free(struct wheel *wheel);

/* A wheel whose time stands at now_ms and whose ticks last tick_ms (1 or more).
 * NULL when out of memory. */
struct wheel *wheel_new(uint64_t tick_ms, uint64_t now_ms) OWNER_CALLS(wheel_free);

/* Before the first use of a timer.  `expire` finds its object with CONTAINER_OF. */
void wheel_timer_init(struct wheel_timer *timer, void (*expire)(struct wheel_timer *timer));

static inline bool wheel_pending(const struct wheel_timer *timer)
{
    return list_node_linked(&timer->node);
}

/* Lets the timer expire at due_ms; a pending one is moved.  What is due already
 * expires with the next tick.  Borrows the timer until it expires or is
 * cancelled. */
void wheel_add(struct wheel *wheel, struct wheel_timer *timer, uint64_t due_ms);

/* The timer will not expire; harmless when it is not pending. */
void wheel_cancel(struct wheel *wheel, struct wheel_timer *timer);

/* Moves time on to now_ms and calls `expire` of all timers due by then, which
 * are no longer pending.  A callback may add and cancel any timer and free its
 * own object; what it adds expires in a later wheel_advance.  It may not
 * advance or free the wheel.  Number of timers expired. */
size_t wheel_advance(struct wheel *wheel, uint64_t now_ms);

/* When wheel_advance next has something to do: no timer is due before that, and
 * often one is due just then.  UINT64_MAX when no timer is pending. */
uint64_t wheel_next_due(const struct wheel *wheel);

/* Number of pending timers. */
size_t wheel_count(const struct wheel *wheel);

#endif
