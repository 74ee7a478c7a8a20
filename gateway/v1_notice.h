/* v1_notice.h - what v1 clients are told of a room that is no message: that this gateway's way to
 * the broker is cut, that the room is whole again, and what its settings are now.
 *
 * It lies in the room's stream: a client that reads `"degraded":false` with a position has been
 * sent every message up to there. */
#ifndef GATEWAY_V1_NOTICE_H
#define GATEWAY_V1_NOTICE_H

#include "base/buffer.h"
#include "gateway/dialect.h"

struct hub_room;

/* The `encode_notice` of the v1 dialects (dialect.h): in JSON, in msgpack. */
void v1_notice_write(const struct hub_room *room, enum room_notice notice, struct buffer *out);
void v1_notice_write_packed(const struct hub_room *room, enum room_notice notice,
                            struct buffer *out);

#endif
