/* snapshot.h - what a joiner is shown of a room: the last chat messages, the shelf,
 * the counters, all as of one position.
 *
 * Read from the broker once and then kept by the messages applied to it, in order.
 * Entries stay as they came, but that MessagePack has become JSON; who shows them
 * encodes them in its own dialect. */
#ifndef RELAY_SNAPSHOT_H
#define RELAY_SNAPSHOT_H

#include "base/attributes.h"
#include "base/span.h"
#include "relay/broker.h"
#include "schema/entry.h"
#include "schema/message.h"

#include <stddef.h>
#include <stdint.h>

#define SNAPSHOT_CHAT 50
#define SNAPSHOT_SHELF 500

struct snapshot;

void snapshot_free(struct snapshot *snapshot);

/* NULL when out of memory. */
struct snapshot *snapshot_new(void) OWNER_CALLS(snapshot_free);

/* Becomes what the broker read; entries that cannot be read are left out.
 * 0, or -ENOMEM (as it was). */
int snapshot_load(struct snapshot *snapshot, const struct broker_snapshot *read) MUST_USE;

/* Applies one message in its turn: chat, shelf, likes, follows, position; a recall takes out of the
 * chat what it recalls; what is not sequenced changes likes only.  `bytes` is the whole entry with
 * its payload in JSON, copied. 0, or -ENOMEM (it lacks the message and must be read again). */
int snapshot_apply(struct snapshot *snapshot, const struct entry *entry,
                   const struct message *message, struct span bytes) MUST_USE;

/* The broker has counted so many by now; fewer than are known are old news. */
void snapshot_count_likes(struct snapshot *snapshot, uint64_t likes);

/* The message in this place changes nothing: it is unreadable. */
void snapshot_pass(struct snapshot *snapshot, struct position position);

struct position snapshot_position(const struct snapshot *snapshot);
uint64_t snapshot_likes(const struct snapshot *snapshot);
uint64_t snapshot_follows(const struct snapshot *snapshot);

/* Each grows with every change of the chat, of the shelf: for who keeps them encoded. */
uint64_t snapshot_chat_version(const struct snapshot *snapshot);
uint64_t snapshot_shelf_version(const struct snapshot *snapshot);

/* Entries: chat oldest first, the shelf in order of position.  Borrowed until the next change. */
size_t snapshot_chat_count(const struct snapshot *snapshot);
struct span snapshot_chat(const struct snapshot *snapshot, size_t i);
size_t snapshot_shelf_count(const struct snapshot *snapshot);
struct span snapshot_shelf(const struct snapshot *snapshot, size_t i);

#endif
