/* memory_log.h - the last entries of a room, the oldest first.
 *
 * Grows on demand up to its maximum; then each new entry pushes the oldest out.
 * Appending cannot fail once room was reserved for it, so that who changes
 * several things at once finds out before the first whether there is memory. */
#ifndef RELAY_MEMORY_LOG_H
#define RELAY_MEMORY_LOG_H

#include "base/attributes.h"
#include "base/bytes.h"
#include "base/span.h"

#include <stddef.h>

struct memory_log {
    struct bytes **entries; /* a ring */
    size_t first;
    size_t count;
    size_t capacity;
    size_t max;
};

/* An empty log of at most `max` entries (1 or more). */
void memory_log_init(struct memory_log *log, size_t max);

void memory_log_dispose(struct memory_log *log);

/* The next append will find room.  0, or -ENOMEM (the log is as it was). */
int memory_log_reserve(struct memory_log *log) MUST_USE;

/* Room was reserved.  Shares `entry`. */
void memory_log_append(struct memory_log *log, struct bytes *entry);

/* Puts another in the place of the i-th oldest.  Shares `entry`. */
void memory_log_replace(struct memory_log *log, size_t i, struct bytes *entry);

/* Takes the i-th oldest out. */
void memory_log_remove(struct memory_log *log, size_t i);

/* The i-th oldest, i < count; borrowed until the next change. */
struct span memory_log_at(const struct memory_log *log, size_t i);

#endif
