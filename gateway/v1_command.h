/* v1_command.h - the commands of v1 clients, each of which is answered: done, or refused.
 *
 * The dialect reads a frame into a wish (dialect_v1.c); here it is judged and carried out. */
#ifndef GATEWAY_V1_COMMAND_H
#define GATEWAY_V1_COMMAND_H

#include "base/span.h"
#include "gateway/session.h"
#include "schema/entry.h"
#include "schema/message.h"
#include "schema/refusal.h"

#include <stdbool.h>
#include <stdint.h>

/* What the client wants, taken from its frame. */
struct v1_wish {
    struct session *session;
    struct message *message;
    int64_t ack;
    struct span room;   /* as named; empty: not named */
    enum pong pong;     /* in its encoding */
    bool goes_on;       /* the next two say from where */
    struct position at; /* the last it has */
};

/* Carries out a message that is checked. */
void v1_obey(struct v1_wish *wish);

/* Answers a heartbeat, which may bring a fresh token. */
void v1_ping(struct v1_wish *wish);

/* Counts and tells why not; `detail` (may be NULL) replaces the refusal's text. */
void v1_refuse(const struct v1_wish *wish, enum refusal refusal, const char *detail);

/* The same, naming the field that is at fault. */
void v1_refuse_fault(const struct v1_wish *wish, enum refusal refusal,
                     const struct message_fault *fault);

#endif
