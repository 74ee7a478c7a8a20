/* v1_sent_away.h - v1 clients that may not come into a room, or must go.
 *
 * One whose only room it was, or who is to be nowhere, is closed with 4430: it must not reconnect.
 * One that is in other rooms too is told which of them it has lost. */
#ifndef GATEWAY_V1_SENT_AWAY_H
#define GATEWAY_V1_SENT_AWAY_H

#include "relay/relay.h"
#include "schema/refusal.h"

struct membership;
struct resume;
struct session;

/* The `tell_refused` and `tell_removed` of the v1 dialects (dialect.h). */
void v1_tell_refused(struct session *session, struct resume *resume, enum refusal refusal);
void v1_tell_removed(struct membership *membership, enum removal removal);

#endif
