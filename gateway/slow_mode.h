/* slow_mode.h - who has spoken in a room a moment ago and has to wait.
 *
 * Only those of the last pause are remembered.  Each worker counts for itself: a viewer with
 * sockets on two of them has two turns. */
#ifndef GATEWAY_SLOW_MODE_H
#define GATEWAY_SLOW_MODE_H

#include "base/attributes.h"
#include "base/span.h"

#include <stdint.h>

struct slow_mode;

/* NULL is allowed. */
void slow_mode_free(struct slow_mode *slow);

/* May `speaker` speak again after `pause_ms`?  It does so now, if it may.  Makes `*slow` when it is
 * first needed.  0; -EAGAIN: not yet; -ENOMEM (it is not remembered). */
int slow_mode_take(struct slow_mode **slow, struct span speaker, uint64_t pause_ms) MUST_USE;

/* As if `speaker` had not spoken.  `slow` may be NULL. */
void slow_mode_give_back(struct slow_mode *slow, struct span speaker);

#endif
