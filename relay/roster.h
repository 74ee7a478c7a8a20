/* roster.h - the presences of one room, each in one of three places, and found by uid. */
#ifndef RELAY_ROSTER_H
#define RELAY_ROSTER_H

#include "base/attributes.h"
#include "base/list.h"
#include "base/span.h"
#include "relay/presence.h"

#include <stdbool.h>
#include <stddef.h>

struct table;

struct roster {
    struct list places[PLACES];
    size_t n_to_tell;
    struct table *uids; /* NULL while there are none */
};

void roster_init(struct roster *roster);

/* Frees all presences; their timers are not pending. */
void roster_dispose(struct roster *roster);

/* NULL when it is not there. */
struct presence *roster_find(const struct roster *roster, struct span uid);

/* Takes `presence`, which goes to PLACE_QUIET.  0, or -ENOMEM (it is still the caller's). */
int roster_add(struct roster *roster, struct presence *presence) MUST_USE;

/* Puts it behind those that are there; one that is there keeps its place in the line. */
void roster_move(struct roster *roster, struct presence *presence, enum place place);

/* The first one there, or NULL. */
struct presence *roster_first(const struct roster *roster, enum place place);

/* It is not found by its uid any more. */
void roster_forget_uid(struct roster *roster, const struct presence *presence);

/* Gives it back to the caller. */
void roster_remove(struct roster *roster, struct presence *presence);

bool roster_empty(const struct roster *roster);

#endif
