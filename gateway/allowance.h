/* allowance.h - how often one client may do what.
 *
 * Counted by groups of commands, each with a rate and a burst: a client that was silent
 * may send for --command-burst at once, for clients keep what they want to say until they
 * are connected.  Heartbeats are in no group.  Rates come from the settings and may change
 * while clients are connected; what is kept for each is a few bytes. */
#ifndef GATEWAY_ALLOWANCE_H
#define GATEWAY_ALLOWANCE_H

#include "base/attributes.h"
#include "base/bucket.h"
#include "schema/kinds.h"

#include <stdbool.h>
#include <stdint.h>

enum allowed {
    ALLOWED_MESSAGES, /* chat and follows */
    ALLOWED_LIKES,
    ALLOWED_JOINS,
    ALLOWED_COMMANDS, /* the shop's: shelf, buy, x_* */
    ALLOWED_REFUSALS, /* of the others to one that is told of them */
    ALLOWED_COUNT
};

struct allowance_limits {
    struct bucket_rate rates[ALLOWED_COUNT]; /* all zero: no limits */
};

struct allowance {
    struct bucket buckets[ALLOWED_COUNT];
};

void allowance_init(struct allowance *allowance);

/* May it send one more message of this kind?  Counts it if it may. */
bool allowance_take(struct allowance *allowance, const struct allowance_limits *limits,
                    enum message_kind kind) MUST_USE;

/* May it be refused once more for having sent too many? */
bool allowance_forgive(struct allowance *allowance, const struct allowance_limits *limits) MUST_USE;

#endif
