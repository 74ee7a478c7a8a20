/* crowd.h - all viewers of a run: opens them, and reads whatever comes to any of them.
 *
 * Viewer i is in room i % rooms.  A viewer whose connection ends unasked ends the run, for
 * a server that loses viewers is not measured; crowd_forgive() for tasks that count them. */
#ifndef BENCH_CROWD_H
#define BENCH_CROWD_H

#include "base/attributes.h"
#include "bench/plan.h"
#include "bench/viewer.h"

#include <stdbool.h>
#include <stdint.h>

struct crowd {
    struct sights sights;
    struct sights sights_apart; /* of viewers below `apart`, who are expected to be late */
    uint32_t in;   /* viewers that are in their rooms, or stand before the step to wait at */
    uint64_t lost; /* connections that ended unasked, when that is forgiven */
    uint64_t lost_apart;
    uint32_t apart;  /* so many, from 0, are counted by themselves */
    uint32_t size;   /* viewers there may be */
    uint32_t opened; /* viewers that were begun */

    const struct plan *plan;
    struct viewer *viewers;
    char (*rooms)[32];
    uint32_t rooms_count;
    unsigned stop_before; /* a step */
    int poller;
    bool forgiving;
};

/* Borrows the plan.  Nobody is connected yet.  `stop_before`: a step, UINT_MAX for none. */
void crowd_start(struct crowd *crowd, const struct plan *plan, unsigned stop_before);

void crowd_forgive(struct crowd *crowd);

/* Begins connections while fewer than `window` are on their way and there are fewer than
 * `enough`; call crowd_turn() to go on. */
void crowd_open(struct crowd *crowd, uint32_t enough, uint32_t window);

/* Opens up to `enough`, and returns when all are in. */
void crowd_fill(struct crowd *crowd, uint32_t enough, uint32_t window);

/* Begins viewer `i` anew, in that room; what it had is closed. */
void crowd_reopen(struct crowd *crowd, uint32_t i, uint32_t room);

/* Viewer `i`, who is in, goes to that room by its connection. */
void crowd_move(struct crowd *crowd, uint32_t i, uint32_t room);

/* Viewer `i`, who is in, says so; a viewer that cannot be told is lost. */
void crowd_say(struct crowd *crowd, uint32_t i, const char *text);

bool crowd_is_in(const struct crowd *crowd, uint32_t i);

/* Lets viewers take the step they were stopped before, which is then forgotten. */
void crowd_release(struct crowd *crowd);
void crowd_proceed(struct crowd *crowd, uint32_t i);

/* Waits up to `us` for something to read, and reads it.  Viewers that had something. */
unsigned crowd_turn(struct crowd *crowd, uint64_t us);

/* Takes turns until nothing has come for that long, at most `max_us`. */
void crowd_settle(struct crowd *crowd, uint64_t quiet_us, uint64_t max_us);

/* Wakes crowd_turn() when this socket has something to read, which the caller reads. */
void crowd_watch(struct crowd *crowd, int fd);
void crowd_unwatch(struct crowd *crowd, int fd);

/* Stops and resumes reading of a viewer. */
void crowd_pause(struct crowd *crowd, uint32_t i);
void crowd_resume(struct crowd *crowd, uint32_t i);

/* The next message of each room is this one, for all. */
void crowd_expect(struct crowd *crowd, uint64_t number);

const char *crowd_room(const struct crowd *crowd, uint32_t room);

void crowd_end(struct crowd *crowd);

#endif
