/* held.h - what arrives for a room whose state is still being read waits here, in order.
 *
 * Bounded in number and bytes.  When it overflows (or there is no memory) all of it is
 * dropped and it says so: then the state must be read again. */
#ifndef RELAY_HELD_H
#define RELAY_HELD_H

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>

#define HELD_MAX_COUNT 10000
#define HELD_MAX_BYTES ((size_t)8 * 1024 * 1024)

struct held {
    struct buffer entries; /* each as its size and its bytes */
    size_t count;
    bool overflowed;
    size_t lost; /* since then */
};

void held_init(struct held *held);

/* Empty, and not overflowed, and with no memory. */
void held_clear(struct held *held);

/* Copies an entry. */
void held_add(struct held *held, struct span bytes);

/* Moves all to `to`, which is not initialized; nothing is held any more. */
void held_take(struct held *held, struct held *to);

/* The entry at `*at`, which starts as 0; borrowed.  False at the end. */
bool held_next(const struct held *held, size_t *at, struct span *bytes);

#endif
