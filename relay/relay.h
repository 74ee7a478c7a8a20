/* relay.h - one worker's rooms: listens to their channels, orders what comes, keeps
 * each room's state, and counts who is there.
 *
 * The gateway opens a room when its first viewer comes and closes it when the last
 * one has gone.  Opening subscribes first and then reads the room's snapshot, so
 * that nothing falls between; messages that arrive meanwhile wait.  From then on the
 * snapshot is kept up to date by the messages applied to it, so a joiner is answered
 * from memory: Redis is read once per room, not once per join.  What pub/sub loses, repeats
 * or reorders is repaired here, unseen (repair.h).
 *
 * Knows nothing of WebSockets or dialects.  Belongs to one worker's thread. */
#ifndef RELAY_RELAY_H
#define RELAY_RELAY_H

#include "base/attributes.h"
#include "base/span.h"
#include "relay/broker.h"
#include "relay/moderation.h"
#include "schema/entry.h"
#include "schema/message.h"

#include <stdbool.h>
#include <stdint.h>

struct event_base;
struct metrics;
struct presence;
struct relay;
struct relay_room;
struct snapshot;
struct wheel;

/* A message applied to a room.  Everything is borrowed for the call. */
struct relayed {
    const struct entry *entry;
    const struct message *message; /* checked; JSON, whatever it was published as */
    uint64_t online_num;           /* for join and leave */
    uint64_t like_num;             /* for like: the total … */
    uint64_t delta;                /* … and what this frame adds (several messages are summed) */
    uint64_t subscribe_num;        /* for subscribe */
    uint64_t sender;               /* the session of this worker that published it; 0: another's */
};

/* Why a viewer must go. */
enum removal { REMOVAL_KICK, REMOVAL_KICK_EVERYWHERE, REMOVAL_BAN, REMOVAL_BAN_EVERYWHERE };

struct relay_events {
    /* In the room's order, each exactly once. */
    void (*on_message)(void *room_owner, const struct relayed *relayed);

    /* The room's state was read from the broker, for the first time or again because the broker
     * has lost it: answers made from the older one are stale.  What is newer than it follows. */
    void (*on_snapshot)(void *room_owner);

    /* Messages were lost to the viewers of this worker: the broker lost them, or its history does
     * not reach back to the last one handed on.  The snapshot is the state to go on from; it may be
     * ahead of relay_position(), and then what is between follows.  May be NULL. */
    void (*on_missed)(void *room_owner);

    /* A viewer whose sessions are still here has come into the room on another worker, and is
     * counted there.  May be NULL. */
    void (*on_taken)(void *room_owner, struct span uid);

    /* The broker has been away for a while: what is published comes late (true).  Or it is back and
     * the room is whole: all up to relay_position() was handed on (false).  Of an outage
     * that is short nothing is said.  May be NULL. */
    void (*on_degraded)(void *room_owner, bool degraded);

    /* All visits of this viewer must end, entered or not: those whose `presence` it is.  May be
     * NULL. */
    void (*on_removed)(void *room_owner, const struct presence *viewer, enum removal removal);

    /* What relay_room_settings() says has changed.  May be NULL. */
    void (*on_settings)(void *room_owner);
};

struct relay_settings {
    struct event_base *loop; /* borrowed */
    struct wheel *wheel;     /* borrowed */
    struct metrics *metrics; /* borrowed */
    const char *region;      /* borrowed; with worker it makes the origin of our messages */
    const char *worker;      /* borrowed; unique among all processes and threads */
    uint64_t leave_grace_ms;
    uint64_t refresh_ms; /* counts are told again so often, or the broker forgets them; 0: never */
    uint64_t tick_ms;    /* likes and, in big rooms, joins are summed this long (crowd.h) */
    uint32_t big_room;   /* joins and leaves of rooms with more viewers than this are merged */
};

/* Takes `broker` and starts it.  NULL when out of memory (broker is freed). */
struct relay *relay_new(const struct relay_settings *settings, struct broker *broker,
                        const struct relay_events *events) MUST_USE;

/* All rooms are closed before.  NULL is allowed. */
void relay_free(struct relay *relay);

/* For /readyz and logs; `why` is a static text. */
enum broker_state relay_state(const struct relay *relay, const char **why);

struct relay_limits {
    uint64_t leave_grace_ms;
    uint32_t big_room;
    uint64_t tick_ms;
};

/* These count from now on. */
void relay_change_limits(struct relay *relay, const struct relay_limits *limits);

/* ---- rooms ---- */

/* Begins to listen.  NULL when out of memory. */
struct relay_room *relay_open(struct relay *relay, struct span room, void *room_owner) MUST_USE;

/* No visits are left.  What the census still has to do for the room (viewers away in their
 * grace) goes on inside the relay. */
void relay_close(struct relay_room *room);

/* What the room's state is now; valid until control returns to the loop.
 * NULL until it has been read for the first time. */
const struct snapshot *relay_snapshot(const struct relay_room *room);

/* Of the last message handed on; mostly the snapshot's, which may be read ahead of what is told. */
struct position relay_position(const struct relay_room *room);

/* What on_degraded() said last. */
bool relay_degraded(const struct relay_room *room);

/* How many viewers the room has over all workers, as it was last heard: by the answer to a viewer
 * who entered here, or by a join or leave that was told. */
uint64_t relay_online(const struct relay_room *room);

/* ---- publishing; the room need not be open here ---- */

struct relay_publish {
    struct span room;
    struct span message;
    struct span id;   /* scoped by the gateway for clients; empty: the message's own */
    struct span uid;  /* verified, of the one who publishes; empty: not known (broker.h) */
    uint64_t session; /* the publishing session of this worker; 0: a backend by HTTP */
    unsigned flags;   /* ENTRY_… */
};

/* Answered exactly once, never from inside the call (broker.h). */
void relay_publish(struct relay *relay, const struct relay_publish *publish,
                   broker_on_published *done, void *arg);

/* Adds taps; they go out summed, once per room and tick, the first at once. */
void relay_like(struct relay_room *room, uint32_t count);

/* The state of any room, for the internal API. */
void relay_read(struct relay *relay, struct span room, broker_on_snapshot *done, void *arg);

/* What was published in any room after a position (broker.h). */
void relay_read_history(struct relay *relay, struct span room, struct position after, size_t limit,
                        broker_on_history *done, void *arg);

/* ---- moderation (relay_moderation.c) ---- */

/* Is it banned from `room`, which is open (NULL: it is not), or everywhere?  No uid is not. */
bool relay_bans(const struct relay *relay, const struct relay_room *room, struct span uid);

/* May it not speak there? */
bool relay_mutes(const struct relay_room *room, struct span uid);

struct room_settings relay_room_settings(const struct relay_room *room);

/* Changes who may come and speak in any room, or in all of them (broker.h). */
void relay_moderate(struct relay *relay, const struct broker_moderate *moderate,
                    broker_on_moderated *done, void *arg);

/* What is in force there (broker.h). */
void relay_read_sanctions(struct relay *relay, struct span room, broker_on_sanctions *done,
                          void *arg);

#endif
