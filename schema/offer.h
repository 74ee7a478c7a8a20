/* offer.h - a message as a publisher hands it over, judged from its size to its room:
 * what every broker does before it counts and stores one.
 *
 * The order is that of schema/vectors/README.md and the same in the Redis function:
 * size, form, doubled fields, kind, the kind's rules, room. */
#ifndef SCHEMA_OFFER_H
#define SCHEMA_OFFER_H

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/span.h"
#include "schema/message.h"
#include "schema/refusal.h"

#include <stdbool.h>
#include <stddef.h>

struct offer {
    struct span payload; /* JSON or msgpack; its first byte tells */
    struct span room;    /* it is published to */
    size_t max_bytes;    /* of the payload */
    bool summed;         /* a gateway added up likes (entry flag s) */
};

/* What JSON needs at most that was made of `size` bytes of msgpack: a control character
 * is one byte there and six here. */
#define OFFER_JSON_MAX(size) (6 * (size) + 16)

/* Reads and checks.  `message` borrows the payload, or of msgpack the JSON that is
 * written into the empty buffer `json`.  REFUSAL_NONE; TOO_BIG, MALFORMED or UNKNOWN with
 * `fault`; INTERNAL (out of memory). */
enum refusal offer_check(const struct offer *offer, struct message *message, struct buffer *json,
                         struct message_fault *fault) MUST_USE;

#endif
