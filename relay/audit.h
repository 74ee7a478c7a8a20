/* audit.h - when to look whether the last message of a quiet room was lost: 1, 2, 4 … 60 s after
 * the last one that came, then about each minute.
 *
 * Costs nothing while messages come: the timer is left alone and looks for itself. */
#ifndef RELAY_AUDIT_H
#define RELAY_AUDIT_H

#include "base/wheel.h"

#include <stdint.h>

#define AUDIT_FIRST_MS 1000
#define AUDIT_LAST_MS 60000

struct audit {
    struct wheel *wheel; /* borrowed */
    struct wheel_timer timer;
    void (*on_due)(struct audit *audit);
    unsigned done; /* since the last message */
    uint64_t last_ms;
};

/* Stopped. */
void audit_init(struct audit *audit, struct wheel *wheel, void (*on_due)(struct audit *audit));

/* A message came, or the first may. */
void audit_restart(struct audit *audit);
void audit_stop(struct audit *audit);

#endif
