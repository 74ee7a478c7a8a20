/* block.h - whole frames that go out in one write: a buffer whose first bytes are the
 * headroom that libwebsockets wants before them. */
#ifndef GATEWAY_BLOCK_H
#define GATEWAY_BLOCK_H

#include "base/buffer.h"
#include "gateway/ws.h"

/* Empties `block`, headroom apart.  Its failure sticks (buffer.h). */
static inline void block_clear(struct buffer *block)
{
    buffer_clear(block);

    if (buffer_reserve(block, WS_HEADROOM))
        buffer_commit(block, WS_HEADROOM);
}

static inline size_t block_size(const struct buffer *block)
{
    return block->size > WS_HEADROOM ? block->size - WS_HEADROOM : 0;
}

static inline unsigned char *block_frames(const struct buffer *block)
{
    return block->data + WS_HEADROOM;
}

#endif
