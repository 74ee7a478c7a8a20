/* moderator.h - does what moderation asks of clients: keeps the banned out, takes out who must go,
 * and silences the muted.
 *
 * A viewer is known by the uid that counts for it (pass.h): what its token proves, or, where there
 * is none, the name it claims.  Who must go is told as its dialect can be told.  Clients of the old
 * dialects cannot: closed, they would come back within seconds, again and again until they have no
 * tries left, so they stay connected, in no room, with their heartbeats answered. */
#ifndef GATEWAY_MODERATOR_H
#define GATEWAY_MODERATOR_H

#include "base/attributes.h"
#include "base/span.h"
#include "relay/relay.h"
#include "schema/kinds.h"
#include "schema/refusal.h"

struct hub;
struct membership;
struct resume;
struct session;

/* May one of this uid enter the room?  REFUSAL_NONE when that is not known yet: then it is taken
 * out again, before it is answered or counted. */
enum refusal moderator_admit(const struct hub *hub, struct span room, struct span uid) MUST_USE;

/* Counts that it may not enter, and tells it as it can be told; `resume` is its join's, or NULL,
 * and stays the caller's, with the join answered. */
void moderator_refuse(struct session *session, struct resume *resume, enum refusal refusal);

/* May it say something of this kind now?  In slow mode that takes its turn.  `uid` is whom the
 * message claims to be of.  A banned one is still here who came without that name. */
enum refusal moderator_judge(struct membership *membership, enum message_kind kind, struct span uid)
    MUST_USE;

/* May that have taken its turn (turn.h), which is to be given back if nothing comes of it? */
bool moderator_gave_turn(const struct membership *membership, enum message_kind kind);

/* relay.h's on_removed; the owner is the hub's room. */
void moderator_on_removed(void *room_owner, const struct presence *viewer, enum removal removal);

#endif
