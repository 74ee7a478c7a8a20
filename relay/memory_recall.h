/* memory_recall.h - takes a message of the memory broker back, as functions/recall.lua does.
 *
 * In the room's log a tombstone takes its place, so that no position is missing; in the chat there
 * is no need of one.  And that it was recalled is the room's next message, which all who listen
 * hear in its turn and all who do not find in the history. */
#ifndef RELAY_MEMORY_RECALL_H
#define RELAY_MEMORY_RECALL_H

#include "base/attributes.h"
#include "base/span.h"
#include "schema/refusal.h"

struct memory_room;

/* What is wrong with how a recall was asked for; NULL: nothing. */
const char *memory_recall_fault(struct span room, struct span id);

/* Takes back all messages of this id, which is without fault.  `*entry` is for the listeners, until
 * the room changes; none: they were taken back before. REFUSAL_NONE; NOT_IN_HISTORY; MALFORMED,
 * with `*detail` (else NULL); INTERNAL (no memory): nothing has changed.  What can be recalled is
 * said in schema/kinds.h. */
enum refusal memory_recall(struct memory_room *room, struct span id, struct span *entry,
                           const char **detail) MUST_USE;

#endif
