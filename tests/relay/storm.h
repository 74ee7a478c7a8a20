/* storm.h - viewers with several sockets wander at random between two workers whose messages take
 * their time, over the model of the census. */
#ifndef TESTS_RELAY_STORM_H
#define TESTS_RELAY_STORM_H

#include "relay/relay.h"
#include "relay/visit.h"
#include "tests/relay/census_model.h"

#include <stdbool.h>
#include <stdint.h>

struct event_base;
struct wheel;

enum { STORM_GRACE_MS = 1000, STORM_SOCKETS = 4 };

struct wanderer {
    struct visit visit; /* in no room: a free place */
    uint64_t online;    /* as it was answered */
};

struct storm {
    struct model model;
    struct event_base *loop;
    struct wheel *wheel;
    struct metrics *metrics;
    struct relay *relays[MODEL_WORKERS];
    struct relay_room *rooms[MODEL_WORKERS];
    bool down[MODEL_WORKERS];
    struct wanderer sockets[MODEL_UIDS][STORM_SOCKETS];
    struct bytes *join; /* what all say of themselves */
    uint64_t sessions;
    uint32_t random;
};

/* Zeroes it and begins; both workers are up. */
void storm_begin(struct storm *storm, uint32_t seed);

void storm_end(struct storm *storm);

/* At random, 0 to n - 1. */
unsigned storm_below(struct storm *storm, unsigned n);

/* One turn of the loop. */
void storm_turn(struct storm *storm);

void storm_pass(struct storm *storm, uint64_t ms);

/* All that can be done and delivered is. */
void storm_settle(struct storm *storm);

/* ---- what viewers do ---- */

/* By a socket that is free, if there is one. */
void storm_enter(struct storm *storm, int uid, int worker);

/* All its sockets break, but one. */
void storm_lose(struct storm *storm, int uid, const struct wanderer *but);

struct wanderer *storm_some_socket(struct storm *storm, int uid);

bool storm_is_here(const struct storm *storm, int uid);

uint64_t storm_viewers(const struct storm *storm);

/* A phone moves on: the new socket comes before the old one is seen to be dead, or after. */
void storm_wander(struct storm *storm);

/* ---- what happens to it ---- */

/* A request, an answer or a message comes through. */
void storm_move_something(struct storm *storm);

void storm_break_or_mend(struct storm *storm);

/* Everything is mended and told, and whoever is lost has been given up. */
void storm_calm(struct storm *storm);

/* One more comes and is told how many there are. */
void storm_newcomer_is_told(struct storm *storm);

#endif
