/* presence.h - one viewer in one room: where it is, and where the broker was told it is.
 *
 * The difference of the two says what must be told next, so nothing needs a queue of
 * its own: whatever happens while a call is under way or the broker is down, the
 * newest state is told once it can be, and what came and went unheard is never told.
 *
 * Kept small: there are as many as viewers.  Shared by all sockets here of one uid.  Without a uid
 * each socket has its own. */
#ifndef RELAY_PRESENCE_H
#define RELAY_PRESENCE_H

#include "base/attributes.h"
#include "base/bytes.h"
#include "base/list.h"
#include "base/span.h"
#include "base/wheel.h"
#include "relay/broker.h"
#include "relay/visit.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct census;

/* All but NOWHERE count. */
enum standing {
    STANDING_NOWHERE,
    STANDING_HERE,
    STANDING_AWAY,   /* lost a moment ago, perhaps to return */
    STANDING_UNKNOWN /* only of what was told: the broker may have heard it or not */
};

static inline unsigned standing_counts(enum standing standing)
{
    return standing != STANDING_NOWHERE;
}

/* In its census's roster. */
enum place {
    PLACE_QUIET,   /* there is nothing to tell of it */
    PLACE_TO_TELL, /* in the line for the next call */
    PLACE_IN_CALL  /* in the call under way */
};

#define PLACES (PLACE_IN_CALL + 1)

struct presence {
    struct list_node node; /* in its place */
    struct list waiting;   /* visits to be answered when the broker knows of it */
    struct list visits;    /* all that are here */
    struct census *census;
    struct wheel_timer grace; /* pending while AWAY */
    struct bytes *join;       /* what it said of itself, to announce it with; NULL: silently */
    struct bytes *leave;      /* made of that while it is said */
    uint64_t session;         /* of the newest socket */
    uint64_t echo; /* the session whose entering is to come back through the channel: what others
                    * announce before that is older, what comes after it is newer; 0: none */
    uint64_t asked_ms;
    uint32_t sockets;
    uint32_t uid_size;
    enum place place : 8;
    enum standing is : 8;
    enum standing told : 8;   /* taken as done while the call is under way … */
    enum standing before : 8; /* … and if it fails, this */
    bool aloud;               /* the call announces it */
    bool known; /* others were told it is here: it is news when it leaves, not when it comes */
    bool maybe_taken; /* another worker announced its return before our echo */
    bool join_said;   /* it has been announced, or never will be */
    char uid[];
};

/* What to tell the broker of a presence. */
enum words { WORDS_NONE, WORDS_JOIN, WORDS_LEAVE };

struct telling {
    bool needed;
    enum census_verb verb;
    enum words words;
};

/* Nowhere, and told so.  NULL when out of memory. */
struct presence *presence_new(struct census *census, const struct visitor *visitor,
                              void (*on_grace_over)(struct wheel_timer *timer)) MUST_USE;

/* It is in no list and its timer is not pending.  NULL is allowed. */
void presence_free(struct presence *presence);

/* A (further) socket came: what it says of itself is used from now on. */
void presence_renew(struct presence *presence, const struct visitor *visitor);

static inline struct span presence_uid(const struct presence *presence)
{
    return span_make(presence->uid, presence->uid_size);
}

struct telling presence_telling(const struct presence *presence);

/* Is there a text that goes with it? */
bool presence_speaks(const struct presence *presence, enum words words);

/* That text, valid until the call is over; SPAN_NONE: none, or no memory to make it. */
struct span presence_words(struct presence *presence, enum words words);

/* It is being told: `told` becomes `is`. */
void presence_begin_telling(struct presence *presence, bool aloud, uint64_t now_ms);

/* How the call ended. */
enum told { TOLD_DONE, TOLD_DONE_RETURNING, TOLD_REFUSED, TOLD_PERHAPS };

/* The call is over.  True when another worker has it now. */
bool presence_end_telling(struct presence *presence, enum told how) MUST_USE;

/* What was told does not count any more, and what is being told will not. */
void presence_forget_told(struct presence *presence);

/* Our entering, by `session`, has come back through the channel. */
void presence_on_echo(struct presence *presence, uint64_t session);

/* Another worker announced its return.  True when it has it now. */
bool presence_on_taken(struct presence *presence, uint64_t now_ms) MUST_USE;

/* It has been announced, or never will be. */
void presence_hush_join(struct presence *presence);

#endif
