/* upgrade_token.h - the token that an upgrade request shows, wherever it stands.
 *
 * In the query (`token`, else `access_token`: pages cannot set headers of a WebSocket), in
 * `Authorization: Bearer`, or in the cookie livegate_token.  The first of these counts. */
#ifndef GATEWAY_UPGRADE_TOKEN_H
#define GATEWAY_UPGRADE_TOKEN_H

#include "base/attributes.h"
#include "base/span.h"
#include "gateway/upgrade_request.h"

#include <stdbool.h>

/* As it was sent, in the bytes of the request: not verified, not decoded, perhaps empty.  Where one
 * place has two it is empty too, which no good token is.  SPAN_NONE: there is none.
 * A cookie is read only with `cookies`: browsers send it for pages of anybody. */
struct span upgrade_token_find(const struct upgrade_request *request, bool cookies);

#endif
