/* http_room_answer.h - what the answers about one room have in common.
 *
 * For the handlers behind http.c only. */
#ifndef GATEWAY_HTTP_ROOM_ANSWER_H
#define GATEWAY_HTTP_ROOM_ANSWER_H

#include "base/attributes.h"
#include "base/buffer.h"
#include "schema/entry.h"

#include <stdbool.h>

struct broker_status;
struct http_call;

/* Appends the members `term` and `seq`. */
void http_write_position(struct buffer *out, struct position position);

/* Begins call->body: an object with its room's id, open for more.  False: the broker has refused,
 * and so was the call. */
bool http_begin_room_answer(struct http_call *call, const struct broker_status *status) MUST_USE;

#endif
