/* resume.h - a v1 client's join on its way to its answer, and from where on it wants to
 * hear the room.
 *
 * A client that was here before names the position up to which it has everything.  If all
 * that is newer lies in the room's log, it goes on there.  Else it is given the history
 * behind that position, a piece at a time, each when the last one is on its way, until the
 * log has the rest (room_past.h).  What the relay has not applied yet is left to come by
 * itself.  Only when the past is really gone the client is told, and given the state
 * instead.
 *
 * One that is here and to whom messages were lost is told so in the same way, and goes on from
 * where the room does; so does one that falls off the log, from where it was.
 *
 * Belongs to a membership. */
#ifndef GATEWAY_RESUME_H
#define GATEWAY_RESUME_H

#include "base/attributes.h"
#include "base/bytes.h"
#include "base/list.h"
#include "base/wheel.h"
#include "gateway/room_past.h"
#include "schema/entry.h"

#include <stdbool.h>
#include <stdint.h>

struct membership;

enum resume_state {
    RESUME_IDLE,
    RESUME_ASKING,  /* for the history */
    RESUME_WAITING, /* to ask again */
    RESUME_BATCH,   /* has frames of it */
    RESUME_LOST     /* there is none */
};

struct resume {
    struct membership *membership; /* NULL: not entered yet */
    struct list_node node;         /* in its room's past, while asking */
    int64_t ack;                   /* of the join, or NO_ACK */
    bool goes_on;                  /* there is a position to go on from */
    bool lost;                     /* nobody asked: what is before `after` is lost to it */
    bool repairs;                  /* nobody asked: it fell off the log */
    bool told;                     /* joined was sent, and more of the history has to follow */
    enum resume_state state;
    struct position after; /* it has, or is being sent, all up to here */
    struct position until; /* of the batch */
    struct bytes *batch;   /* frames; may have none */
    struct wheel_timer retry;
    unsigned tries;
};

/* NULL when out of memory. */
struct resume *resume_new(int64_t ack) MUST_USE;

/* The membership takes it.  One it has already makes way: that join is acknowledged. */
void resume_begin(struct resume *resume, struct membership *membership);

/* Messages were lost to one that is here: tells it, and goes on from where the room does. */
void resume_anew(struct membership *membership);

/* The member fell off the log: goes on from where it was when its socket was full.  0 or -ENOMEM.
 */
int resume_repair(struct membership *membership) MUST_USE;

/* Answered, or its membership ends: then a join that was not answered is refused.  NULL is
 * allowed. */
void resume_end(struct resume *resume);

enum resume_step {
    STEP_GO_ON, /* after the batch, if there is one: at *cursor in the room's log */
    STEP_MORE,  /* after the batch: ask again */
    STEP_WAIT,  /* hub_answer() comes */
    STEP_LOST   /* begin anew, with the room's state */
};

/* What is to be done next. */
enum resume_step resume_next(struct resume *resume, uint64_t *cursor);

/* What room_past.h has found for one that asked; `piece` only when PAST_FOUND. */
void resume_on_past(struct resume *resume, enum past_verdict verdict,
                    const struct past_piece *piece);

/* Something in its batch may have been recalled meanwhile, or nobody wants it any more: it would be
 * asked for again. */
void resume_forget_batch(struct resume *resume);

/* Asks for what follows the batch, which has been taken. */
void resume_ask_on(struct resume *resume);

#endif
