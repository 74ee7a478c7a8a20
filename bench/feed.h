/* feed.h - publishes numbered messages to the rooms of a crowd, and knows what its viewers
 * have still to see.
 *
 * Either so many messages are kept on their way, or they are published at a rate whether
 * the earlier ones have arrived or not: then a server that falls behind is late, and one
 * that is more than a second behind is said not to keep up. */
#ifndef BENCH_FEED_H
#define BENCH_FEED_H

#include "bench/crowd.h"
#include "bench/message.h"
#include "bench/publisher.h"

#include <stdbool.h>
#include <stdint.h>

struct feed {
    const struct plan *plan;
    struct crowd *crowd;
    struct publisher publisher;
    struct bench_message message;
    uint64_t *numbers; /* of the next message of each room; owned */
    uint64_t published;
    uint64_t expected; /* viewers' messages, in crowd->sights.messages when all have come */
    bool behind;       /* it could not keep up with the rate */
};

/* Borrows plan and crowd, whose viewers are in. */
void feed_start(struct feed *feed, const struct plan *plan, struct crowd *crowd);

/* Publishes until a message has reached all, for servers that say "joined" too early. */
void feed_prime(struct feed *feed);

/* Keeps messages on their way for that long, whatever the rate is to be. */
void feed_warm(struct feed *feed, uint64_t us);

/* As the plan says, for that long; then lets all arrive, unless it could not keep up. */
void feed_run(struct feed *feed, uint64_t us);

/* What was published and has not been seen. */
uint64_t feed_missing(const struct feed *feed);

void feed_end(struct feed *feed);

#endif
