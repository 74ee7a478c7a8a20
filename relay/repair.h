/* repair.h - how an open room gets what it lacks: its state at first, later what was lost on the
 * way from the broker.
 *
 * Two things may be wanted, the room's state (a snapshot) and its history after the room's
 * position.  One request is under way at a time, however much waits for it: what arrives out of
 * order is held meanwhile, in order of arrival, and handed on when what is before it is there.
 * A message is in the log before it is published, so one reading brings all that is missing;
 * what it does not bring Redis has lost, and what was held is handed on without it.
 *
 * The last message of a quiet room has no successor that would show its loss.  So the room asks
 * for what is newer now and then (audit.h), and at
 * once when the connection was renewed.
 *
 * When history does not reach back the room says so (relay_events.on_missed), and goes on with what
 * there is: its state, and the messages that the history still has. */
#ifndef RELAY_REPAIR_H
#define RELAY_REPAIR_H

#include "base/attributes.h"
#include "base/span.h"
#include "base/wheel.h"
#include "relay/audit.h"
#include "relay/backoff.h"
#include "relay/held.h"
#include "schema/entry.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REPAIR_PATIENCE_MS 30000 /* held no longer than that, whatever is missing */
#define REPAIR_PAGE 64           /* messages read, and handed on in one turn of the loop */

struct relay_room;

enum want { WANT_NOTHING = 0, WANT_STATE = 1, WANT_HISTORY = 2 };

struct repair {
    unsigned wants;            /* of enum want */
    enum want asked;           /* under way … */
    unsigned opening;          /* … since this opening of the room … */
    struct position after;     /* … the room being here … */
    size_t held_before;        /* … so many having been held … */
    bool asked_doubt;          /* … and doubt being there */
    bool doubt;                /* a message of an earlier term came: is that the term now? */
    bool skip;                 /* history does not reach back: go on from what it has */
    bool missed;               /* to be told with the state */
    bool loaded;               /* the state was read and is yet to be told */
    struct position former;    /* the room's in the term before */
    struct position went_back; /* the broker's, since it has lost messages */
    struct held held;
    size_t counted; /* bytes held, in the metrics */
    struct wheel_timer retry;
    struct wheel_timer patience;
    struct audit audit;
    struct backoff backoff;
};

/* For a room that lives in its `repair`. */
void repair_init(struct relay_room *room);

/* All is forgotten; only the answer under way will still come. */
void repair_stop(struct relay_room *room);

/* Something is wanted: of enum want; at once, or after a pause because it failed. */
void repair_want(struct relay_room *room, unsigned wants);
void repair_want_later(struct relay_room *room, unsigned wants);

/* Copies an entry that cannot be handed on yet, and asks for what is before it. */
void repair_hold(struct relay_room *room, struct span bytes);

/* Takes in what was held; of the first `due` the past has been asked for in vain, so they are
 * handed on whatever is missing before them.  0, or -ECANCELED: the room was closed meanwhile. */
int repair_drain(struct relay_room *room, size_t due) MUST_USE;

/* Something was held, or is no longer. */
void repair_account(struct relay_room *room);

/* A message of an earlier term came: has the broker lost its count, or is it just late? */
void repair_doubt(struct relay_room *room);

/* The room goes on in another term, with the message in this place. */
void repair_on_term(struct relay_room *room, struct position position);

/* Something was handed on although what is before it is lost. */
void repair_missed(struct relay_room *room);

/* The broker can be used again. */
void repair_on_broker_up(struct relay_room *room);

/* A request is under way whose answer will change what a joiner is shown. */
bool repair_in_sight(const struct relay_room *room);

/* Nothing is missing as far as the broker has told. */
bool repair_is_idle(const struct relay_room *room);

#endif
