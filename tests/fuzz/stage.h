/* stage.h - a whole worker without sockets: the real sessions, dialects, hub, fan-out and relay,
 * over a memory broker whose link can be cut.  Its clients' connections are made up (stage_ws.h),
 * the time stands until it is moved, and nothing happens but in stage_step(). */
#ifndef TESTS_FUZZ_STAGE_H
#define TESTS_FUZZ_STAGE_H

#include "gateway/allowance.h"
#include "gateway/hub.h"

#include <stddef.h>
#include <stdint.h>

struct stage_settings {
    size_t room_log;         /* frames; 0: 256 */
    size_t memory_limit;     /* 0: none */
    uint64_t leave_grace_ms; /* 0: none */
    bool impatient;          /* who is behind is closed at once */
    struct allowance_limits allowances;
};

struct stage {
    struct event_base *loop;
    struct wheel *wheel;
    struct metrics *metrics;
    struct fanout *fanout;
    struct hub *hub;
    struct relay *relay;
    struct broker *broker; /* the relay's: see cut_broker.h */
    struct list sockets;   /* see stage_ws.h */
};

void stage_start(struct stage *stage, const struct stage_settings *settings);

/* Ends all that is connected and frees it: nothing is left. */
void stage_stop(struct stage *stage);

/* One turn of the loop. */
void stage_step(struct stage *stage);

/* Turns until nothing happens any more. */
void stage_settle(struct stage *stage);

/* Lets so much time pass, in steps that are felt. */
void stage_pass(struct stage *stage, uint64_t ms);

/* What counts and links must be between two turns. */
void stage_check(const struct stage *stage);

#endif
