/* live_frame.h - how a room's messages and its state look in the dialect `live`:
 * JSON objects with the names that published clients read.
 *
 * The publisher's members are copied as they are; counters and banner texts are
 * added where old clients expect them; what is a gateway's or a client's own
 * (client_id, token, term, seq …) is left out. */
#ifndef GATEWAY_LIVE_FRAME_H
#define GATEWAY_LIVE_FRAME_H

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/span.h"
#include "schema/banner.h"
#include "schema/entry.h"

#include <stdbool.h>
#include <stdint.h>

struct relayed;
struct snapshot;

/* Appends one room message as an object; with `data` a chat message carries its text under that
 * name too (for who offered `protocol1`). */
void live_frame_write(const struct banners *banners, const struct relayed *relayed, bool data,
                      struct buffer *out);

/* Appends the chat of a snapshot as an array of {"name","content","from_name","id"}, oldest first;
 * without what is newer than `until`.
 * 0, or the failure of `out`; -ENOMEM also when there was none to read a message. */
int live_frame_write_chat(const struct banners *banners, const struct snapshot *snapshot,
                          struct position until, struct buffer *out) MUST_USE;

/* Appends the items of a snapshot's shelf, each framed as an on_off_shelf message.  As above. */
int live_frame_write_shelf(const struct snapshot *snapshot, struct buffer *out) MUST_USE;

/* What a joiner is told of the room. */
struct live_welcome {
    struct span join; /* what the joiner said of itself, a JSON object */
    uint64_t online_num;
    uint64_t like_num;
    uint64_t subscribe_num;
};

/* Appends the joiner's own join message up to `"message_list":`, its last member: what
 * live_frame_write_chat() writes comes next, and the closing brace. */
void live_frame_begin_welcome(const struct banners *banners, const struct live_welcome *welcome,
                              struct buffer *out);

#endif
