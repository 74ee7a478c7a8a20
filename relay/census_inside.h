/* census_inside.h - what census.c (who is there) and census_call.c (telling the broker) share. */
#ifndef RELAY_CENSUS_INSIDE_H
#define RELAY_CENSUS_INSIDE_H

#include "relay/census.h"
#include "relay/presence.h"

#include <stdbool.h>
#include <stdint.h>

#define CENSUS_UNWRITTEN UINT64_MAX /* of `written`: no count, it has to be written */

/* Somebody has to look (settings.on_change). */
void census_changed(struct census *census);

bool census_is_big(const struct census *census);

/* The visits of a presence need not wait any more. */
void census_answer(struct census *census, struct presence *presence);

/* Something about it has changed: it is queued, or need not be, or is forgotten. */
void census_review(struct census *census, struct presence *presence);

/* Another worker counts it: here it is nobody any more, though sockets of it may stay.  If that
 * is not sure the broker is told, who knows. */
void census_give_up(struct census *census, struct presence *presence, bool sure);

#endif
