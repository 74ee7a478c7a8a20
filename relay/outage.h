/* outage.h - when it is worth telling viewers that the way to the broker is cut: not at once, for
 * most links are back and their gaps repaired before anybody notices, and not often, so that a
 * link that comes and goes does not fill the screens.
 *
 * One for all rooms of a relay; belongs to its worker's thread. */
#ifndef RELAY_OUTAGE_H
#define RELAY_OUTAGE_H

#include "base/wheel.h"

#include <stdint.h>

#define OUTAGE_TOLD_AFTER_MS 1000
#define OUTAGE_TOLD_EACH_MS 10000 /* at most */

struct outage {
    struct wheel *wheel; /* borrowed */
    struct wheel_timer timer;
    void (*on_due)(struct outage *outage);
    uint64_t next_ms; /* not told again before */
};

/* There is none. */
void outage_init(struct outage *outage, struct wheel *wheel, void (*on_due)(struct outage *outage));

/* The broker cannot be used: on_due comes once if that lasts.  Idempotent. */
void outage_begin(struct outage *outage);
void outage_end(struct outage *outage);

#endif
