/* answer.h - the long part of the answer to a join, on its way to one session.
 *
 * The chat and the shelf of a room look the same to all who join it, so their frames are
 * made once and shared.  A session holds its place in them and nothing else, however
 * large they are and however slowly it reads. */
#ifndef GATEWAY_ANSWER_H
#define GATEWAY_ANSWER_H

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>

#define ANSWER_PARTS 2

/* All zero: nothing is left to send. */
struct answer {
    struct bytes *parts[ANSWER_PARTS]; /* frames; those sent are gone */
    size_t at;                         /* in the first */
};

/* Shares `frames`, to go out behind what is there; at most ANSWER_PARTS.  Empty ones are left
 * out. */
void answer_add(struct answer *answer, struct bytes *frames);

static inline bool answer_is_sent(const struct answer *answer)
{
    return !answer->parts[0];
}

/* Is the client in the middle of a message, whose next fragment has to come first? */
bool answer_is_amid_message(const struct answer *answer);

/* Appends frames to `block` (block.h) up to WS_MAX_WRITE in all, one at least to an empty one.
 * Number of frames; or -ENOMEM. */
int answer_read(struct answer *answer, struct buffer *block) MUST_USE;

/* Forgets what need not be sent any more: all but the fragments of a message that has begun. */
void answer_cut_short(struct answer *answer);

void answer_dispose(struct answer *answer);

#endif
