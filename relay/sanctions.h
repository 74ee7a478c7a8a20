/* sanctions.h - who is banned and who is muted, and until when; in a room or everywhere.
 *
 * Most rooms have none and cost nothing but the struct.  Times are by clock_now(). */
#ifndef RELAY_SANCTIONS_H
#define RELAY_SANCTIONS_H

#include "base/attributes.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct table;

enum sanction { SANCTION_BAN, SANCTION_MUTE, SANCTION_COUNT };

#define SANCTION_FOR_EVER UINT64_MAX

/* What one uid has. */
struct sanctioned {
    uint64_t until[SANCTION_COUNT]; /* 0: not at all */
    size_t uid_size;
    char uid[];
};

/* Zeroed before its first use. */
struct sanctions {
    struct table *uids; /* NULL while there are none */
};

void sanctions_dispose(struct sanctions *sanctions);

/* Replaces what there was of its kind.  0, or -ENOMEM (as it was). */
int sanctions_impose(struct sanctions *sanctions, enum sanction kind, struct span uid,
                     uint64_t until_ms) MUST_USE;

/* False when it was not there (any more). */
bool sanctions_lift(struct sanctions *sanctions, enum sanction kind, struct span uid,
                    uint64_t now_ms);

bool sanctions_hold(const struct sanctions *sanctions, enum sanction kind, struct span uid,
                    uint64_t now_ms);

/* Is it among them, perhaps with what has ended? */
bool sanctions_know(const struct sanctions *sanctions, struct span uid);

/* Lets go of what has ended. */
void sanctions_forget_ended(struct sanctions *sanctions, uint64_t now_ms);

size_t sanctions_count(const struct sanctions *sanctions);

/* One after the other, in no order; `*cursor` starts as 0.  NULL at the end. */
const struct sanctioned *sanctions_next(const struct sanctions *sanctions, size_t *cursor);

/* How long it has to go, 0 for SANCTION_FOR_EVER.  It has not ended. */
uint64_t sanction_left(uint64_t until_ms, uint64_t now_ms);

/* When it ends; 0 of `left_ms` is never. */
uint64_t sanction_until(uint64_t left_ms, uint64_t now_ms);

#endif
