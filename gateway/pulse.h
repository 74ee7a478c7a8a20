/* pulse.h - turns the timer wheel of a loop, and measures how late it does.
 *
 * Belongs to one worker's thread. */
#ifndef GATEWAY_PULSE_H
#define GATEWAY_PULSE_H

#include "base/attributes.h"

#include <stdint.h>

struct event_base;
struct metrics;
struct pulse;
struct wheel;

/* The wheel turns this often; its ticks are as long. */
#define PULSE_MS UINT64_C(20)

/* NULL is allowed. */
void pulse_free(struct pulse *pulse);

/* Beats from now on whenever the loop runs; borrows all.  NULL when out of memory. */
struct pulse *pulse_new(struct event_base *loop, struct wheel *wheel, struct metrics *metrics)
    OWNER_CALLS(pulse_free);

#endif
