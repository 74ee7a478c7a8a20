/* census.h - who is in one room on this worker, and telling the broker.
 *
 * One call to the broker is under way at a time; what happens meanwhile is told in the
 * next, all at once.  In a big room (more viewers everywhere than `big_room`) there is a
 * round of calls per tick instead, nobody waits for it, and of all who came and of all
 * who left only the last is announced, with the number that is right for all; the
 * announcement of who came says for how many it speaks (`count`).  With thousands of
 * viewers a round takes several ticks, up to a second: each announcement goes to them all.
 *
 * A viewer lost is counted as away for the grace.  Lives on after its room has been
 * closed, until all that is told: see census_idle(). */
#ifndef RELAY_CENSUS_H
#define RELAY_CENSUS_H

#include "base/attributes.h"
#include "base/list.h"
#include "base/span.h"
#include "base/wheel.h"
#include "relay/backoff.h"
#include "relay/broker.h"
#include "relay/presence.h"
#include "relay/roster.h"
#include "relay/visit.h"
#include "relay/voices.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CENSUS_MAX_ITEMS 64

struct buffer;
struct census;
struct origin;

/* What the censuses of all rooms share. */
struct census_settings {
    struct broker *broker;       /* borrowed */
    struct wheel *wheel;         /* borrowed */
    struct origin *origin;       /* borrowed; of this worker */
    struct buffer *announcement; /* borrowed; for one that speaks for several */
    uint64_t leave_grace_ms;
    uint64_t refresh_ms; /* 0: never */
    uint64_t tick_ms;
    uint32_t big_room;
    /* There is something for census_attend() to do, or `ready` was added to; soon, but not
     * from inside, somebody has to look. */
    void (*on_change)(struct census *census);
    /* Another worker has `uid` now, of which sockets are still here. */
    void (*on_taken)(struct census *census, struct span uid);
    /* A call failed in a way that the next try may not mend. */
    void (*on_refused)(struct census *census, const struct broker_status *status);
};

struct census {
    const struct census_settings *settings;
    struct span room;  /* borrowed */
    struct list ready; /* visits that need not wait for the census any more */
    struct roster roster;
    uint64_t count;       /* viewers here or away */
    uint64_t told_count;  /* as the broker knows it when the call under way is done */
    uint64_t asked_count; /* in that call */
    uint64_t written;     /* in the last call that succeeded */
    uint64_t others;      /* viewers of other workers, as last heard */
    bool asking;
    bool stale;               /* it was told long ago */
    bool paused;              /* nothing is told until the room can hear: the owner's to set */
    bool muted;               /* the broker refuses our announcements: without them */
    size_t round;             /* how many are still to be told before `later` */
    unsigned came;            /* told of in this round, and not announced themselves */
    struct voices voices;     /* of this round, as far as they have not spoken */
    bool unvoiced;            /* one of them has left: another one may speak */
    struct wheel_timer later; /* pending: do not begin a round */
    struct wheel_timer refresh;
    struct backoff backoff;
};

/* Borrows `settings` and `room`.  The owner embeds it and is found by CONTAINER_OF. */
void census_init(struct census *census, const struct census_settings *settings, struct span room);

/* No call is under way. */
void census_dispose(struct census *census);

/* As visit_enter(): the visit comes into `ready` when it has been told.  0, or -ENOMEM. */
int census_enter(struct census *census, struct visit *visit, const struct visitor *visitor)
    MUST_USE;

/* As visit_leave(); its presence is let go of. */
void census_leave(struct visit *visit, enum leaving leaving);

/* Another worker announced the return of `uid`: it is counted there from now on. */
void census_let_go(struct census *census, struct span uid);

/* This worker's own announcement of `uid`, by `session`, came back through the channel. */
void census_on_echo(struct census *census, struct span uid, uint64_t session);

/* Another worker announced that `uid` left.  If sockets of it have stayed here, they count now. */
void census_take_back(struct census *census, struct span uid);

/* What was heard of the number of viewers, over all workers. */
void census_heard(struct census *census, uint64_t online);

/* The best that is known of it. */
uint64_t census_online(const struct census *census);

/* The broker has come up (our count is written again), or gone (nobody waits for it).  It is not
 * told again which viewers we have: if it has lost that, it learns of each with its next change. */
void census_on_broker(struct census *census, enum broker_state state);

/* Tells the broker what there is to tell, if it can be told now. */
void census_attend(struct census *census);

/* Is nobody here or away, and all of it told? */
bool census_idle(const struct census *census);

#endif
