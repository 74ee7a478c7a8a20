/* v1_degraded.h - what v1 clients are told when this gateway's way to the broker is cut, and when
 * the room is whole again.
 *
 * It lies in the room's stream: a client that reads `"degraded":false` with a position has been
 * sent every message up to there. */
#ifndef GATEWAY_V1_DEGRADED_H
#define GATEWAY_V1_DEGRADED_H

#include "base/attributes.h"
#include "base/buffer.h"

#include <stdbool.h>

struct hub_room;

/* The `encode_degraded` of the v1 dialects (dialect.h): in JSON, in msgpack. */
void v1_degraded_write(const struct hub_room *room, bool degraded, struct buffer *out);
void v1_degraded_write_packed(const struct hub_room *room, bool degraded, struct buffer *out);

#endif
