/* evening.h - a room's evening on real brokers: relays of one or two workers on one loop, whose
 * time is the real one. */
#ifndef TESTS_RELAY_EVENING_H
#define TESTS_RELAY_EVENING_H

#include "base/clock.h"
#include "relay/relay.h"
#include "relay/visit.h"
#include "tests/support/unit.h"

#include <stdbool.h>
#include <stdint.h>

#define ROOM "room"

enum { EVENING_WORKERS = 2, EVENING_PATIENCE_MS = 10000, EVENING_GRACE_MS = 300 };

/* A worker, with its relay and what that told. */
struct host {
    struct evening *evening;
    struct relay *relay;
    struct relay_room *room; /* NULL: not open */
    int told[KIND_COUNT];
    struct relayed last; /* only its numbers are good later */
    int snapshots;
    int published;
};

struct evening {
    struct event_base *loop;
    struct wheel *wheel;
    struct metrics *metrics;
    struct host hosts[EVENING_WORKERS];
};

struct guest {
    struct visit visit;
    struct evening *evening;
    bool entered;
    uint64_t online; /* as it was answered */
};

void evening_begin(struct evening *evening);

/* Takes `broker`. */
void evening_add(struct evening *evening, int worker, struct broker *broker);
void evening_end(struct evening *evening);

void evening_turn(struct evening *evening);

#define UNTIL(evening, condition)                                   \
    do {                                                            \
        uint64_t patience_ends = clock_now() + EVENING_PATIENCE_MS; \
        while (!(condition)) {                                      \
            evening_turn(evening);                                  \
            assert_true(clock_now() < patience_ends);               \
        }                                                           \
    } while (0)

void host_open(struct host *host);

/* Publishes and waits for the answer, a good one. */
void host_publish(struct host *host, const char *message);

/* Waits for the answer. */
void guest_enter(struct guest *guest, struct host *host, const char *uid);

#endif
