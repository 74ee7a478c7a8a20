/* frame.h - the bytes around a payload that a server sends (RFC 6455 5.2).
 *
 * A server's frames are not masked, so one frame serves every client of a room;
 * we never fragment, so FIN is always set.  Pure. */
#ifndef GATEWAY_FRAME_H
#define GATEWAY_FRAME_H

#include "gateway/ws.h"
#include "schema/refusal.h"

#include <stddef.h>

#define FRAME_HEAD_MAX 10
#define FRAME_CONTROL_MAX 125 /* bytes of a control frame's payload */

/* Writes the head of a frame whose payload follows.  Its size: 2, 4 or 10. */
size_t frame_head(unsigned char out[FRAME_HEAD_MAX], enum ws_opcode opcode, size_t payload);

/* Writes the payload of a Close frame: `code`, then `reason` (NULL: the text of the
 * table of close codes), cut between characters when it is too long.  Its size. */
size_t frame_close_body(unsigned char out[FRAME_CONTROL_MAX], enum close_code code,
                        const char *reason);

#endif
