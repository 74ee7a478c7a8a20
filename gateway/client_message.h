/* client_message.h - what a client says becomes a message of its room.
 *
 * The client's own bytes go on as they came, unless they hold what nobody else may see
 * (client_id, token) or lack the name its join gave: then they are put together anew
 * around its members.  Ids of clients are scoped, so that no viewer can occupy a
 * backend's id.  What cannot be published is dropped and counted by reason: the old
 * dialects have no errors to tell. */
#ifndef GATEWAY_CLIENT_MESSAGE_H
#define GATEWAY_CLIENT_MESSAGE_H

#include "base/attributes.h"
#include "base/span.h"
#include "schema/json.h"
#include "schema/message.h"

#include <stdbool.h>

struct session;

/* Publishes a message the client wrote; checked here. */
void client_message_publish(struct session *session, struct message *message);

/* Publishes a text the client typed as a chat message that it prints itself.  `raw` is the inside
 * of a JSON string; `flags` are ENTRY_…; with `as_data` the message carries it as `data` too. */
void client_message_say(struct session *session, struct span raw, unsigned flags, bool as_data);

/* Counts a frame of a client that is accepted and goes nowhere; reasons are DROP_… */
void client_message_drop(struct session *session, unsigned reason);

#endif
