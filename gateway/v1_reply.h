/* v1_reply.h - what one v1 client alone is told: answers to its commands, in its encoding.
 *
 * A client that cannot be told for lack of memory is closed; it comes back and asks again. */
#ifndef GATEWAY_V1_REPLY_H
#define GATEWAY_V1_REPLY_H

#include "base/span.h"
#include "schema/entry.h"
#include "schema/refusal.h"

#include <stdint.h>

struct session;

/* Nothing is said for NO_ACK: the client did not ask. */
void v1_reply_ack(struct session *session, int64_t ack, struct span id, struct position position);

/* The same for a message that was left out. */
void v1_reply_dropped(struct session *session, int64_t ack);

/* `detail` (may be NULL) replaces the refusal's text. */
void v1_reply_error(struct session *session, int64_t ack, enum refusal refusal, const char *detail);

/* The same; but one that goes on regardless of being told that it sends too much is closed. */
void v1_reply_refusal(struct session *session, int64_t ack, enum refusal refusal,
                      const char *detail);

/* It is out of this room, and why: "kicked" or "banned". */
void v1_reply_removed(struct session *session, struct span room, const char *code);

/* This gateway stops: connect to another one `after_ms` from now. */
void v1_reply_reconnect(struct session *session, uint64_t after_ms);

/* That its token has expired; it has a grace (pass.h). */
void v1_reply_expired(struct session *session);

#endif
