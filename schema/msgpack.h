/* msgpack.h - MessagePack at the edges: what backends and clients send so becomes JSON
 * here, once, when it arrives, and what goes to clients that speak it is made of JSON
 * here, once, for all of them.  All between knows JSON only.
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

/* Appends the msgpack of any JSON text: integers from -2^63 to 2^64-1 as such, other numbers as
 * doubles (infinity for what no double holds), members in their order.  Read back, it is the text
 * that msgpack_to_json() would have written.
 * 0, -EBADMSG, -E2BIG (depth), -ENOMEM or -EMSGSIZE (buffer; after these part of it is there). */
int msgpack_from_json(struct span json, struct buffer *out) MUST_USE;

#endif
