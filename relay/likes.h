/* likes.h - the likes of one room, summed both ways: the taps of this worker's viewers
 * on their way to the broker, and what arrives from it on its way to the viewers.
 *
 * Each way the first goes out at once; what follows within a tick goes out as one
 * when the tick is over, and so on until a tick passes without any.  On their way to
 * many viewers the ticks are longer (crowd.h).  Taps that the broker refuses are kept
 * for the next tick; what could not be kept is counted. */
#ifndef RELAY_LIKES_H
#define RELAY_LIKES_H

#include "base/attributes.h"
#include "base/wheel.h"
#include "schema/refusal.h"

#include <stdbool.h>
#include <stdint.h>

#define LIKES_MAX_KEPT 1000000 /* taps */

struct likes;

struct likes_events {
    /* To be published as one like; answered by likes_published(), not from inside.
     * False: not now, they are offered again. */
    bool (*on_taps)(struct likes *likes, uint64_t taps);

    /* To be shown to the viewers. */
    void (*on_arrived)(struct likes *likes, uint64_t delta, uint64_t total);

    /* How many are there to be shown it by this worker? */
    uint64_t (*viewers)(struct likes *likes);
};

struct likes {
    const struct likes_events *events;
    struct wheel *wheel;
    uint64_t tick_ms;
    struct wheel_timer out_tick;
    uint64_t taps;  /* not yet published */
    uint64_t asked; /* being published; 0: no request is under way */
    struct wheel_timer in_tick;
    uint64_t delta; /* not yet shown */
    uint64_t total;
};

/* Borrows `wheel`.  The owner embeds it and is found by CONTAINER_OF. */
void likes_init(struct likes *likes, struct wheel *wheel, uint64_t tick_ms,
                const struct likes_events *events);

/* Ticks are so long from the next one on. */
void likes_change_tick(struct likes *likes, uint64_t tick_ms);

/* The room is closed: nobody is shown anything until it is opened again.  Taps still go out. */
void likes_close(struct likes *likes);

/* Forgets all. */
void likes_dispose(struct likes *likes);

/* Taps of a viewer here.  Number of taps that were too many to keep. */
uint64_t likes_tap(struct likes *likes, uint64_t taps);

/* How the publishing ended.  Number of taps that are lost: too many to keep; or, after a
 * timeout, counted by the broker perhaps and therefore not sent again. */
uint64_t likes_published(struct likes *likes, enum refusal refusal);

/* A like arrived; `total` is what is known after it, 0 where nobody has counted any yet (likes by
 * plain PUBLISH are not).  With a delta of 0 it is but the total that is news. */
void likes_arrived(struct likes *likes, uint64_t delta, uint64_t total);

/* Is nothing left to be published, or under way? */
bool likes_idle(const struct likes *likes);

#endif
