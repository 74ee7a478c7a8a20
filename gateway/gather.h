/* gather.h - what one session has to get next, put together as a block of whole frames.
 *
 * First what only it is told: replies, then the answer to a join that is under way.  Then
 * for each of its rooms the frames from its cursor on - without the droppable kinds while
 * it lags far behind - and the answer to a join there that is due. */
#ifndef GATEWAY_GATHER_H
#define GATEWAY_GATHER_H

#include "base/attributes.h"
#include "base/buffer.h"
#include "schema/kinds.h"

#include <stdbool.h>
#include <stddef.h>

struct session;

struct gathering {
    struct buffer *block;             /* block.h; overwritten */
    size_t frames;                    /* in it */
    size_t skipped[KIND_UNKNOWN + 1]; /* left out because it lags, by kind */
    bool no_answers;                  /* none is to be begun now */
};

/* Is there anything that could be sent to it now? */
bool gather_has_more(const struct session *session);

/* Is there so much that it is spared what may be dropped, or has it fallen off a room's log? */
bool gather_is_far_behind(const struct session *session);

/* Has it everything, and nothing is being looked for? */
bool gather_is_complete(const struct session *session);

/* Its socket takes no more: notes what it has of its rooms, should it fall off their logs. */
void gather_note_places(const struct session *session);

/* Gathers up to WS_MAX_WRITE bytes, or one frame that is larger; with nothing to send after all
 * the block stays empty.  0; -EPIPE: it has fallen off a log and cannot be repaired; -ENOMEM. */
int gather_next(struct session *session, struct gathering *gathering) MUST_USE;

#endif
