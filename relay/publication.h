/* publication.h - what somebody wants published, checked.
 *
 * The same judgement as the Redis function's (functions/message.lua), for a broker
 * that has no Redis to judge for it: size, encoding, kind, fields, room and id. */
#ifndef RELAY_PUBLICATION_H
#define RELAY_PUBLICATION_H

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/span.h"
#include "relay/broker.h"
#include "relay/memory_shelf.h"
#include "schema/message.h"
#include "schema/refusal.h"

#include <stdint.h>

/* Large: keep one and use it again.  Spans borrow from what was published and from
 * the struct itself. */
struct publication {
    const struct broker_publish *publish;
    struct message message;
    struct span id;            /* the one that counts; empty: none was given */
    uint64_t taps;             /* of a like */
    struct shelf_change shelf; /* of an on_off_shelf */
    char id_text[MESSAGE_MAX_ID];
    char goods_id[MESSAGE_MAX_GOODS_ID];
    char detail[160];   /* why it was refused; empty: the refusal says it all */
    struct buffer json; /* of a msgpack message */
};

void publication_init(struct publication *publication);
void publication_dispose(struct publication *publication);

/* REFUSAL_NONE; or why not, with `detail`. */
enum refusal publication_check(struct publication *publication,
                               const struct broker_publish *publish) MUST_USE;

#endif
