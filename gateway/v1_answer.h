/* v1_answer.h - how a join is answered in v1: `ack` where it was asked for, then `joined` with
 * the room's state as one consistent cut, then what the client has missed (resume.h). */
#ifndef GATEWAY_V1_ANSWER_H
#define GATEWAY_V1_ANSWER_H

#include "base/attributes.h"
#include "base/buffer.h"

struct membership;

/* The `answer` of the v1 dialects (dialect.h). */
int v1_answer(struct membership *membership, struct buffer *block) MUST_USE;

#endif
