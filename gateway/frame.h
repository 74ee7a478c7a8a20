/* frame.h - the bytes around a payload that a server sends (RFC 6455 5.2, 5.4).
 *
 * A server's frames are not masked, so one frame serves every client of a room.  A
 * message is one frame; only one whose parts are many clients' and one's own (the
 * answer to a join in a room with much to show) comes in fragments.  Pure. */
#ifndef GATEWAY_FRAME_H
#define GATEWAY_FRAME_H

#include "base/buffer.h"
#include "base/span.h"
#include "gateway/ws.h"
#include "schema/refusal.h"

#include <stdbool.h>
#include <stddef.h>

#define FRAME_HEAD_MAX 10
#define FRAME_CONTROL_MAX 125 /* bytes of a control frame's payload */

/* Writes the head of a frame whose payload follows.  Its size: 2, 4 or 10. */
size_t frame_head(unsigned char out[FRAME_HEAD_MAX], enum ws_opcode opcode, size_t payload);

/* Appends a whole message in one frame (buffer.h's sticky failure). */
void frame_write(struct buffer *out, enum ws_opcode opcode, struct span payload);

/* Appends a fragment of a message: the first one has its opcode, those behind it
 * WS_CONTINUATION. */
void frame_write_part(struct buffer *out, enum ws_opcode opcode, struct span payload, bool last);

/* Appends all of a message but its first fragment, in fragments of a bearable size. */
void frame_write_rest(struct buffer *out, struct span rest);

/* The size of a frame of ours, which is whole, with its head. */
size_t frame_size(const unsigned char *frame);

/* True for a fragment that is not the first of its message. */
static inline bool frame_continues(const unsigned char *frame)
{
    return (frame[0] & 0x0f) == WS_CONTINUATION;
}

/* Writes the payload of a Close frame: `code`, then `reason` (NULL: the text of the
 * table of close codes), cut between characters when it is too long.  Its size. */
size_t frame_close_body(unsigned char out[FRAME_CONTROL_MAX], enum close_code code,
                        const char *reason);

#endif
