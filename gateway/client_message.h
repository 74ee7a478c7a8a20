/* client_message.h - what a client says becomes a message of its room.
 *
 * The client's own bytes go on as they came, unless they hold what nobody else may see
 * (client_id, token) or lack the name its join gave: then they are put together anew
 * around its members.  Ids of clients are scoped, so that no viewer can occupy a
 * backend's id.  What cannot be published is refused: v1 tells its client, the old
 * dialects have no errors to tell, so there it is dropped and counted by reason. */
#ifndef GATEWAY_CLIENT_MESSAGE_H
#define GATEWAY_CLIENT_MESSAGE_H

#include "base/attributes.h"
#include "base/span.h"
#include "schema/json.h"
#include "schema/message.h"
#include "schema/refusal.h"

#include <stdbool.h>

struct command;
struct membership;
struct session;

/* Publishes a message the client wrote, to its one room; checked here. */
void client_message_publish(struct session *session, struct message *message);

/* The same to the room of `membership` (NULL: refused), for a client that is told what becomes of
 * it: `message` is checked and of that room.  `command` is answered once if this gives
 * REFUSAL_NONE, and stays the caller's otherwise. */
enum refusal client_message_submit(struct membership *membership, const struct message *message,
                                   struct command *command) MUST_USE;

/* Publishes a text the client typed as a chat message that it prints itself.  `raw` is the inside
 * of a JSON string; `flags` are ENTRY_…; with `as_data` the message carries it as `data` too. */
void client_message_say(struct session *session, struct span raw, unsigned flags, bool as_data);

/* What a refused message is counted as: DROP_… */
unsigned client_message_drop_reason(enum refusal refusal);

/* Counts a frame of a client that is accepted and goes nowhere; reasons are DROP_…, `kind` may be
 * KIND_UNKNOWN. */
void client_message_drop(struct session *session, unsigned reason, enum message_kind kind);

#endif
