/* payload.h - the message that a payload holds, whichever way it is encoded. */
#ifndef SCHEMA_PAYLOAD_H
#define SCHEMA_PAYLOAD_H

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/span.h"
#include "schema/message.h"

/* What JSON needs at most that was made of `size` bytes of msgpack: a control character is one
 * byte there and six here, and so is false with its comma. */
#define PAYLOAD_JSON_MAX(size) (6 * (size) + 16)

/* Reads a JSON object or a msgpack map (told apart by the first byte) as message_read() does.
 * The message borrows `payload`, or `scratch` where a map became JSON there; `scratch` is
 * cleared.  0, -EBADMSG with `fault` (may be NULL), -ENOMEM. */
int payload_read(struct message *message, struct span payload, struct buffer *scratch,
                 struct message_fault *fault) MUST_USE;

#endif
