/* memory_moderation.h - the memory broker's bans, mutes and settings, of all rooms.
 *
 * Beside the rooms and not in them: a room that is forgotten when nobody has used it for long does
 * not let the banned back in. */
#ifndef RELAY_MEMORY_MODERATION_H
#define RELAY_MEMORY_MODERATION_H

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/span.h"
#include "relay/broker.h"
#include "schema/refusal.h"

#include <stdbool.h>

struct memory_moderation;

/* How a change went. */
struct memory_moderated {
    const char *detail; /* of a refused one; NULL: none */
    bool changed;
    struct span entry; /* to be told to who listens; valid until the next call */
};

/* NULL is allowed. */
void memory_moderation_free(struct memory_moderation *moderation);

/* NULL when out of memory. */
struct memory_moderation *memory_moderation_new(void) OWNER_CALLS(memory_moderation_free);

/* REFUSAL_NONE: it was done. */
enum refusal memory_moderation_change(struct memory_moderation *moderation,
                                      const struct broker_moderate *change,
                                      struct memory_moderated *moderated) MUST_USE;

/* What is in force in a room; valid until the next call.  REFUSAL_NONE, or REFUSAL_INTERNAL without
 * memory to say it. */
enum refusal memory_moderation_read(struct memory_moderation *moderation, struct span id,
                                    struct broker_sanctions *sanctions) MUST_USE;

#endif
