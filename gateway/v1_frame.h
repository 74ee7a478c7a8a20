/* v1_frame.h - how everything looks in the dialect `livegate.v1.json`; its msgpack twin is made
 * of the same JSON.
 *
 * A room's message begins with what the gateway knows of it - msg_type, room_id, id, ts and its
 * position - then counters, then its publisher's members as they came.  There are no banners. */
#ifndef GATEWAY_V1_FRAME_H
#define GATEWAY_V1_FRAME_H

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/span.h"
#include "schema/entry.h"
#include "schema/json.h"
#include "schema/refusal.h"

#include <stdbool.h>
#include <stdint.h>

struct relayed;
struct snapshot;

/* Appends one message of `room`. */
void v1_frame_write(struct span room, const struct relayed *relayed, struct buffer *out);

/* The same in msgpack. */
void v1_frame_write_packed(struct span room, const struct relayed *relayed, struct buffer *out);

/* The same for one that lies in a room's history: `bytes` is its entry.
 * 0; -EBADMSG: it cannot be read and is left out, as it would be had it arrived; -ENOMEM. */
int v1_frame_write_entry(struct span room, struct span bytes, struct buffer *out) MUST_USE;

/* What a joiner is told of a room, but for its shelf and chat. */
struct v1_joined {
    struct span room;
    struct position position; /* what follows is newer than this */
    bool resumed;
    bool degraded;
    bool muted;
    uint32_t slow_mode_s; /* 0: none */
    uint64_t online_num;
    uint64_t like_num;
    uint64_t subscribe_num;
};

/* How many members `joined` has in all. */
unsigned v1_joined_members(const struct v1_joined *joined);

/* Appends the first of them as an object; the last two are the lists. */
void v1_frame_write_joined(const struct v1_joined *joined, struct buffer *out);

/* Appends the items of the shelf, the last chat messages, each as an array of room messages.  Left
 * out is what is newer than `until`.  0, or -ENOMEM. */
int v1_frame_write_shelf(struct span room, const struct snapshot *snapshot, struct position until,
                         struct buffer *out) MUST_USE;
int v1_frame_write_chat(struct span room, const struct snapshot *snapshot, struct position until,
                        struct buffer *out) MUST_USE;

/* Appends that the gateway does not hear the room for now, or is whole again up to a position. */
void v1_frame_write_degraded(struct span room, bool degraded, struct position position,
                             struct buffer *out);

/* Appends what the settings of a room are now. */
void v1_frame_write_settings(struct span room, bool muted, uint32_t slow_mode_s,
                             struct buffer *out);

/* Appends that the client was taken out of a room, and why: "kicked" or "banned". */
void v1_frame_write_removed(struct span room, const char *code, struct buffer *out);

/* The number a client gave its command; not negative. */
#define NO_ACK INT64_C(-1)

/* Appends the answer to a message that was good, but left out to keep its room within its budget.
 */
void v1_frame_write_dropped(int64_t ack, struct buffer *out);

/* Appends the answer to a command that was done. */
void v1_frame_write_ack(int64_t ack, struct span id, struct position position, struct buffer *out);

/* Appends the answer to one that was not, or to a frame that was not understood.  `detail` (may be
 * NULL) replaces the refusal's text. */
void v1_frame_write_error(int64_t ack, enum refusal refusal, const char *detail,
                          struct buffer *out);

/* Appends the request to connect to another gateway `after_ms` from now, for this one stops. */
void v1_frame_write_reconnect(uint64_t after_ms, struct buffer *out);

#endif
