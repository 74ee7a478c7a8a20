/* admit.h - may they?  Every question of rights that a client raises, answered here.
 *
 * Where there are keys, a client is who its token says (schema/token.h): it may be in
 * the rooms the token opens and publish the kinds of message that its role may
 * (schema/kinds.h).  One without a token may watch if the operator lets it, or wait for
 * a moment until it shows one in a join.  What a message says of its sender grants
 * nothing: is_anchor is a word like any other.
 *
 * Where there are none, all is open on a loopback address or if the operator says so,
 * and elsewhere clients only watch.
 *
 * How often is the last question of all, so that only what is let through counts.
 *
 * Rights are told apart from who is asking for them (pass.h), and from what moderation takes away
 * from one viewer (moderator.h), which is asked next. */
#ifndef GATEWAY_ADMIT_H
#define GATEWAY_ADMIT_H

#include "base/attributes.h"
#include "base/span.h"
#include "gateway/allowance.h"
#include "schema/kinds.h"
#include "schema/refusal.h"
#include "schema/token.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct session;

/* What a client without a token may do, in the order of the setting's choices. */
enum anonymous { ANONYMOUS_NONE, ANONYMOUS_VIEWER };

/* Texts and keys are borrowed. */
struct admit_settings {
    const struct token_keys *keys; /* NULL: no tokens */
    const char *audience;          /* of tokens; NULL: any */
    enum anonymous anonymous;
    bool open;            /* without keys: clients may send */
    bool single_session;  /* with keys: a viewer's newest session in a room ends the others */
    uint64_t patience_ms; /* with keys: for a token to come */
    struct allowance_limits allowances;
    size_t max_rooms;               /* that a session may be in; 0: no limit */
    struct bucket_rate room_budget; /* of a room's clients here together: messages of CLASS_CHAT */
};

/* Verifies a token with the keys in force, by the clock. */
enum token_fault admit_token(const struct admit_settings *settings, struct span text,
                             struct token **token) MUST_USE;

/* May it enter, or stay in, this room?  REFUSAL_UNAUTHORIZED: not without a token. */
enum refusal admit_room(const struct session *session, struct span room) MUST_USE;

/* May it do so once more now?  Counts it if it may; REFUSAL_TOO_MANY, counted as a drop of its
 * kind, if not. */
enum refusal admit_once_more(struct session *session, enum message_kind kind) MUST_USE;

/* May it publish one more message of this kind in a room it is in? */
enum refusal admit_message(struct session *session, enum message_kind kind) MUST_USE;

#endif
