/* memory_shelf.h - the goods now on a room's shelf.
 *
 * Changes may arrive late and out of order, so they can carry a version: an older
 * one changes nothing.  That must hold for an item taken off, too, or a late "on"
 * would bring it back; what was taken off leaves its version behind, a tombstone,
 * for a day.  Without a version a change always applies.
 *
 * Times are clock_now()'s, in ms. */
#ifndef RELAY_MEMORY_SHELF_H
#define RELAY_MEMORY_SHELF_H

#include "base/attributes.h"
#include "base/bytes.h"
#include "base/span.h"
#include "relay/broker.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Tombstones kept at most; then the oldest goes. */
#define MEMORY_SHELF_TOMBSTONES 1000

struct memory_shelf;

struct shelf_change {
    struct span goods_id;
    bool on;
    bool has_version;
    int64_t version;
};

/* NULL is allowed. */
void memory_shelf_free(struct memory_shelf *shelf);

/* NULL when out of memory. */
struct memory_shelf *memory_shelf_new(void) OWNER_CALLS(memory_shelf_free);

/* May the change be made?  0, -ESTALE (the item has a newer version), -ENOSPC (the
 * shelf is full). */
int memory_shelf_judge(struct memory_shelf *shelf, const struct shelf_change *change,
                       uint64_t now_ms) MUST_USE;

/* Makes a change that was judged good.  Shares `entry`, shown from now on if the item
 * is on the shelf.  0, or -ENOMEM (nothing changed). */
int memory_shelf_make(struct memory_shelf *shelf, const struct shelf_change *change,
                      struct bytes *entry, uint64_t now_ms) MUST_USE;

/* Number of entries on the shelf, put into `entries` in the order they were made;
 * borrowed until the next change. */
size_t memory_shelf_list(const struct memory_shelf *shelf, struct span entries[BROKER_MAX_SHELF]);

#endif
