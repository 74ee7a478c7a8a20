/* arrival.h - one payload of a room's channel or lists, taken apart: its head, and its
 * message, read and checked.
 *
 * What a backend published as MessagePack becomes JSON here, once; all that follows
 * sees JSON only. */
#ifndef RELAY_ARRIVAL_H
#define RELAY_ARRIVAL_H

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/span.h"
#include "schema/entry.h"
#include "schema/message.h"
#include "schema/payload.h"

#include <stdint.h>

/* A scratch buffer for this: any message that may be published has room in it as JSON. */
#define ARRIVAL_SCRATCH_MAX ((size_t)ENTRY_MAX_HEAD + PAYLOAD_JSON_MAX(MESSAGE_MAX_BYTES))

struct arrival {
    struct span bytes; /* the whole entry, its payload in JSON */
    struct entry entry;
    struct message message;
    uint64_t taps; /* of a like */
};

/* Borrows `bytes`, and `scratch` (which it may overwrite), for as long as `arrival` is used.
 * 0; -EBADMSG: it cannot be read, but `entry.position` tells what place it took (if any);
 * -ENOMEM. */
int arrival_read(struct arrival *arrival, struct span bytes, struct buffer *scratch) MUST_USE;

#endif
