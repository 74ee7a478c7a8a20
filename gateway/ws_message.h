/* ws_message.h - puts the pieces of one client's message together.
 *
 * libwebsockets hands on what it has read: a message comes in pieces when it is
 * fragmented, when it is larger than a read, or when the network cut it.  One that
 * comes whole, as nearly all do, is handed on where it lies; memory is only taken for
 * others, as they grow, counted (burden.h), and freed with the last piece.
 *
 * UTF-8 is checked when a text is whole: libwebsockets' own check would take a Pong
 * between two fragments for text, and miss a text that ends with an empty fragment
 * in the middle of a character. */
#ifndef GATEWAY_WS_MESSAGE_H
#define GATEWAY_WS_MESSAGE_H

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>

/* All zero: no message begun. */
struct ws_message {
    struct buffer *pieces; /* NULL: none */
};

struct ws_piece {
    struct span bytes;
    size_t remaining; /* bytes of this frame still to come: counted before they come */
    bool last;        /* of the message */
    bool text;
};

/* Takes in the next piece.
 * 1: the message is whole, in *whole, until ws_message_clear() or the piece's bytes go;
 * 0: more to come; -EMSGSIZE: it is or will be larger than `max`; -EBADMSG: a text that is
 * not UTF-8; -ENOMEM. */
int ws_message_add(struct ws_message *message, const struct ws_piece *piece, size_t max,
                   struct span *whole) MUST_USE;

/* Has a message begun that is not whole, and is kept? */
static inline bool ws_message_waits(const struct ws_message *message)
{
    return message->pieces != NULL;
}

/* Frees what was collected. */
void ws_message_clear(struct ws_message *message);

#endif
