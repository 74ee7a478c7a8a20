/* fanout.h - the end of a loop turn: one write per session with all it has to get.
 *
 * Whatever arrived in this turn is pending in room logs, in sessions' replies and in
 * answers they are owed; here it goes out, in blocks of up to 64 KB.  Members that keep
 * up share one block per room and dialect, put together once; a session with something
 * of its own to get is served before, with that and its room's frames in one block.  A
 * session whose socket is full waits for it and then catches up from its cursor, without
 * the droppable kinds while it lags far behind; it has so much time for that (laggards.h). */
#ifndef GATEWAY_FANOUT_H
#define GATEWAY_FANOUT_H

#include "base/attributes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event_base;
struct fanout;
struct hub_room;
struct metrics;
struct pressure;
struct session;
struct wheel;

void fanout_free(struct fanout *fanout);

struct fanout_settings {
    struct event_base *loop; /* borrowed */
    struct wheel *wheel;     /* borrowed */
    struct metrics *metrics; /* borrowed */
    uint64_t slow_ms;        /* who stays behind for longer is closed */
    size_t memory_limit;     /* see pressure.h */
    bool first;              /* worker of the process */
};

/* NULL when out of memory. */
struct fanout *fanout_new(const struct fanout_settings *settings) OWNER_CALLS(fanout_free);

/* Other values of what its settings call so, from now on. */
void fanout_change(struct fanout *fanout, uint64_t slow_ms, size_t memory_limit);

/* Borrowed from it: what clients who are behind make us hold. */
const struct pressure *fanout_pressure(const struct fanout *fanout);

/* The room's log has grown, the session has a reply: send at the end of this turn. */
void fanout_room(struct fanout *fanout, struct hub_room *room);
void fanout_session(struct fanout *fanout, struct session *session);

/* The session's socket takes bytes again. */
void fanout_catch_up(struct fanout *fanout, struct session *session);

/* Sends what the session has to get now, if its socket takes it. */
void fanout_relieve(struct fanout *fanout, struct session *session);

/* Sends what is pending, so that it may leave the log of a room for the frame of a message that is
 * arriving.  The room's state has that message already, so no answer to a join is made from it
 * now: the frame would repeat what it shows. */
void fanout_make_space(struct fanout *fanout);

#endif
