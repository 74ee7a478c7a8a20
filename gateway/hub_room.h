/* hub_room.h - one room on this worker: who is in it, its log, and the answer to a
 * join, kept encoded.
 *
 * Members lie close together in an array with their cursors, because the fan-out
 * walks them all for every message. */
#ifndef GATEWAY_HUB_ROOM_H
#define GATEWAY_HUB_ROOM_H

#include "base/attributes.h"
#include "base/bucket.h"
#include "base/bytes.h"
#include "base/list.h"
#include "base/span.h"
#include "gateway/dialect.h"
#include "gateway/join_cache.h"
#include "gateway/lateness.h"
#include "gateway/membership.h"
#include "gateway/v1_tail.h"
#include "schema/entry.h"
#include "schema/room.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hub;
struct relay_room;
struct relayed;
struct room_frame;
struct room_log;
struct room_past;
struct session;
struct slow_mode;

/* Behind every end: not in the room's stream before it is answered. */
#define CURSOR_NONE UINT64_MAX

struct member {
    struct session *session;
    struct membership *membership;
    uint64_t cursor; /* the next frame of the log it has not been sent */
};

struct hub_room {
    struct hub *hub;
    struct relay_room *relay;
    struct room_log *log;
    struct list_node dirty;  /* has frames to send at the end of this turn */
    struct list_node by_use; /* in room_logs.h, when its log has frames */
    struct member *members;
    uint32_t n_members;
    uint32_t capacity;
    uint32_t n_memberships;           /* members, and those whose join cannot be answered yet */
    uint32_t speakers[DIALECT_COUNT]; /* of these, of each dialect */
    uint64_t common;                  /* where the cursors of all who keep up stand */
    struct lateness lateness;         /* of what goes out this turn */
    struct join_cache cache;
    struct v1_tails tails[2]; /* JSON, msgpack */
    struct room_past *past;   /* NULL until somebody asks for it; owned */
    struct bucket budget;     /* of what its clients here say */
    unsigned recalls;         /* that were heard: what was read before one is stale */
    struct slow_mode *slow;   /* who has spoken when; NULL until that counts; owned */
    char id[ROOM_ID_MAX + 1];
};

/* NULL when out of memory. */
struct hub_room *hub_room_new(struct hub *hub, struct span id, size_t max_frames, size_t max_bytes)
    MUST_USE;
void hub_room_free(struct hub_room *room);

/* Makes `membership` a member, its cursor at the end of the log, or nowhere yet if its dialect
 * answers joins.  0 or -ENOMEM. */
int hub_room_admit(struct hub_room *room, struct membership *membership) MUST_USE;

/* Takes it out again; does nothing if it is not a member. */
void hub_room_dismiss(struct hub_room *room, struct membership *membership);

/* Forgets what joiners are told alike. */
void hub_room_forget_answers(struct hub_room *room);

/* Up to where both its state and its stream reach: what a joiner is shown as of then is whole, and
 * all that is newer follows. */
struct position hub_room_position(const struct hub_room *room);

struct member *hub_room_member(struct hub_room *room, const struct membership *membership);

/* Encodes and frames a message for each dialect spoken in the room.  0, or -ENOMEM (`frame` has to
 * be disposed of all the same). */
int hub_room_encode(const struct hub_room *room, const struct relayed *relayed,
                    struct room_frame *frame) MUST_USE;

/* The same for what is no message. */
int hub_room_encode_notice(const struct hub_room *room, enum room_notice notice,
                           struct room_frame *frame) MUST_USE;

/* There was no memory for a frame: its members cannot be whole any more, so they are closed.  Those
 * who say where they were are given it when they come back, from the history: the log has to know
 * that it is missing (room_log_break). */
void hub_room_lost_frame(struct hub_room *room);

#endif
