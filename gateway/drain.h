/* drain.h - how a worker lets go of its clients, so that each reconnects once and not all
 * of them at the same moment.
 *
 *     drain_begin()   the gateway says that it is not ready, and serves on: for `delay_ms`
 *                     those who send it new clients learn that they should not.
 *     on_closing      no client is taken any more.  Clients that can be told to move (v1)
 *                     are told when, each at a moment of its own, and go by themselves; the
 *                     others are closed with 1012, spread evenly over `spread_ms`, in the
 *                     order of dialect.h's drain_turn: who has few tries last.
 *     on_done         all are gone, or have had DRAIN_GOODBYE_MS for it since the last was
 *                     closed.
 *
 * So it ends within delay_ms + spread_ms + DRAIN_GOODBYE_MS whatever clients do, and as soon
 * as nobody is left.  Who was told to move and has not is closed in its turn.
 *
 * Belongs to one worker's thread; its time is that of the wheel. */
#ifndef GATEWAY_DRAIN_H
#define GATEWAY_DRAIN_H

#include "base/attributes.h"

#include <stdbool.h>
#include <stdint.h>

#define DRAIN_GOODBYE_MS 2000

struct drain;
struct hub;
struct wheel;

struct drain_settings {
    struct wheel *wheel; /* borrowed */
    struct hub *hub;     /* borrowed */
    uint64_t delay_ms;
    uint64_t spread_ms;
    void (*on_closing)(void *owner); /* take no more clients */
    void (*on_done)(void *owner);    /* once */
    void *owner;
};

/* NULL is allowed. */
void drain_free(struct drain *drain);

/* Nothing happens yet.  NULL when out of memory. */
struct drain *drain_new(const struct drain_settings *settings) OWNER_CALLS(drain_free);

/* Other times than at first; a drain that has begun keeps those it has. */
void drain_set_times(struct drain *drain, uint64_t delay_ms, uint64_t spread_ms);

/* Once; does nothing afterwards. */
void drain_begin(struct drain *drain);

/* Somebody is in a hurry: all who are left are closed now, without delay.  Begins it if it has not
 * begun. */
void drain_hasten(struct drain *drain);

/* Has it begun? */
bool drain_begun(const struct drain *drain);

#endif
