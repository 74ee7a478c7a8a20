/* origin.h - who published a message: region/worker/session, in an entry's head. */
#ifndef RELAY_ORIGIN_H
#define RELAY_ORIGIN_H

#include "base/attributes.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct origin;

void origin_free(struct origin *origin);

/* Of one worker.  NULL when out of memory. */
struct origin *origin_new(const char *region, const char *worker) OWNER_CALLS(origin_free);

/* The text for one of its sessions; `i` < ORIGIN_TEXTS of them are kept at a time.
 * Valid until that `i` is used again. */
#define ORIGIN_TEXTS 64
struct span origin_text(struct origin *origin, size_t i, uint64_t session);

/* Is `text` of this worker?  Then `*session` is its session, else 0. */
bool origin_is_ours(const struct origin *origin, struct span text, uint64_t *session);

#endif
