/* crowd.h - how often all viewers of a room are told what is summed up for them, likes and those
 * who come and go.
 *
 * It goes to each of them, so the more there are the rarer it is, and what it costs a
 * second stays the same. */
#ifndef RELAY_CROWD_H
#define RELAY_CROWD_H

#include <stdint.h>

/* A tick; with thousands of viewers longer, up to a second. */
uint64_t crowd_tick_ms(uint64_t tick_ms, uint64_t viewers);

#endif
