/* ws_response.h - the response that makes a connection a WebSocket (RFC 6455 4.2.2). */
#ifndef GATEWAY_WS_RESPONSE_H
#define GATEWAY_WS_RESPONSE_H

#include "base/buffer.h"
#include "gateway/upgrade.h"

/* Appends it: the status 101, the proof that the key was read, the subprotocol if one was agreed
 * on.  No extension (buffer.h's sticky failure). */
void ws_response_write(const struct upgrade *upgrade, struct buffer *out);

#endif
