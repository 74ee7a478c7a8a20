/* recent_ids.h - the ids of a room's last sequenced messages, to know a publisher's retry by.
 *
 * Redis knows the ids of five minutes and publishes none twice.  But one that dies may have
 * published a message and lost it, id and all: the publisher's retry then gets a new position, in
 * a new term.  Who was shown the first must not be shown the second.  So an id is a repetition
 * only in another term than it was seen in (or when a term long left is read again), and within
 * the time that Redis would have known it.
 *
 * Hashes, not ids; a quiet room keeps few.  Belongs to one worker's thread. */
#ifndef RELAY_RECENT_IDS_H
#define RELAY_RECENT_IDS_H

#include "base/attributes.h"
#include "schema/entry.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECENT_IDS_MAX 1024

struct recent_id {
    uint64_t hash;
    struct position position;
    int64_t ts;
};

/* Zeroed before its first use. */
struct recent_ids {
    struct recent_id *ring;
    size_t first;
    size_t count;
    size_t capacity;
    size_t alike; /* so many of the newest are of one term */
};

/* Empty, and with no memory. */
void recent_ids_dispose(struct recent_ids *ids);

/* Was this message seen before, in another term or in this very place?  If not it is remembered
 * (without memory for it, instead of the oldest). */
bool recent_ids_repeat(struct recent_ids *ids, const struct entry *entry);

#endif
