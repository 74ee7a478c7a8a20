/* msgpack.h - messages that backends publish as MessagePack become JSON here, once,
 * when they arrive; all that follows knows JSON only.
 *
 * Counts are checked against the bytes left before the library sees them (five
 * bytes could otherwise ask for gigabytes), depth by JSON_MAX_DEPTH; bin and ext
 * types, keys that are not strings, invalid UTF-8, NaN and infinities are refused,
 * as the Redis function does. */
#ifndef SCHEMA_MSGPACK_H
#define SCHEMA_MSGPACK_H

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/span.h"

#include <stdbool.h>

/* True when the first byte is that of a map: how a payload tells its encoding. */
bool msgpack_is_map(struct span payload);

/* Appends the JSON of one map.  0, -EBADMSG, -E2BIG (depth), -ENOMEM or -EMSGSIZE (buffer). */
int msgpack_to_json(struct span payload, struct buffer *json) MUST_USE;

#endif
