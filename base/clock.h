/* clock.h - what time it is; the only place that asks the system.
 *
 * Cheap (no system call), so it may be read for each message.  Tests move the
 * time instead of waiting for it.  Any thread; the functions for tests change
 * the time for all threads. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds since some fixed moment; never runs backwards.  For deadlines
 * and durations. */
uint64_t clock_now(void);

/* The same in microseconds. */
uint64_t clock_now_us(void);

/* Milliseconds since 1970, UTC; may jump.  For people and for other machines. */
uint64_t clock_wall_ms(void);

/* Stops the time at now_ms: clock_now() gives it until it is moved. */
void clock_set_for_test(uint64_t now_ms);

/* Moves the time on, first stopping it where it is; the wall clock moves along. */
void clock_advance_for_test(uint64_t ms);

/* Lets the time run again. */
void clock_real_for_test(void);

#endif
