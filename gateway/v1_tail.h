/* v1_tail.h - the end of `joined`: the shelf and the last chat messages of a room, which look
 * the same to all who join it in one dialect at one position, so they are encoded once for each
 * state. */
#ifndef GATEWAY_V1_TAIL_H
#define GATEWAY_V1_TAIL_H

#include "base/attributes.h"
#include "base/bytes.h"
#include "base/span.h"
#include "gateway/ws.h"
#include "schema/entry.h"

#include <stdbool.h>
#include <stdint.h>

struct snapshot;

/* All zero: not made yet. */
struct v1_tail {
    struct bytes *bytes; /* what follows the other members of `joined`, to its end */
    bool is_framed;      /* as all fragments but the first: it is long */
    uint64_t chat_version;
    uint64_t shelf_version;
    struct position until; /* what is newer is not in it */
};

/* What a room keeps in one encoding. */
struct v1_tails {
    struct v1_tail whole;
    struct v1_tail part; /* for where somebody came back last: many do so at once */
};

#define V1_TAIL_WHOLE ((struct position){UINT64_MAX, UINT64_MAX})

/* Makes it without what is newer than `until`, in JSON for WS_TEXT, else in msgpack, if it is not
 * that already.  0, or -ENOMEM (as it was). */
int v1_tail_refresh(struct v1_tail *tail, struct span room, const struct snapshot *snapshot,
                    struct position until, enum ws_opcode opcode) MUST_USE;

void v1_tail_clear(struct v1_tail *tail);

#endif
