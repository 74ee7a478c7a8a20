/* refusal.h - everything a client or publisher can be refused with, and every close
 * code, in two tables.  The documentation is made from them. */
#ifndef SCHEMA_REFUSAL_H
#define SCHEMA_REFUSAL_H

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/span.h"

#include <stdbool.h>
#include <stdint.h>

/*   constant       code on the wire   HTTP  retry  text */
#define REFUSALS(X)                                                                     \
    X(MALFORMED, "malformed", 400, false, "the message is malformed")                   \
    X(UNKNOWN, "unknown", 400, false, "no such msg_type")                               \
    X(TOO_BIG, "too_big", 413, false, "the message is too big")                         \
    X(UNAUTHORIZED, "unauthorized", 401, false, "a valid token is needed")              \
    X(NOT_ALLOWED, "not_allowed", 403, false, "you may not do that")                    \
    X(NOT_FOUND, "not_found", 404, false, "there is no such thing")                     \
    X(NOT_IN_HISTORY, "not_in_history", 404, false, "the history has no such message")  \
    X(METHOD, "method_not_allowed", 405, false, "not with this method")                 \
    X(MEDIA_TYPE, "unsupported_media_type", 415, false, "neither JSON nor msgpack")     \
    X(UPGRADE, "upgrade_required", 426, false, "WebSocket version 13 is needed")        \
    X(BANNED, "banned", 403, false, "you are banned here")                              \
    X(MUTED, "muted", 403, false, "you may not speak here")                             \
    X(ROOM_MUTED, "room_muted", 403, false, "nobody may speak in this room now")        \
    X(SLOW_MODE, "slow_mode", 429, true, "wait before the next message")                \
    X(NOT_JOINED, "not_joined", 409, false, "join the room first")                      \
    X(SHELF_FULL, "shelf_full", 409, false, "the shelf holds 500 items")                \
    X(TOO_MANY, "too_many", 429, true, "too many requests, slow down")                  \
    X(UNAVAILABLE, "unavailable", 503, true, "the broker cannot be reached, try again") \
    X(TIMEOUT, "timeout", 503, true, "no answer in time, try again with the same id")   \
    X(INTERNAL, "internal", 500, true, "an internal error")

enum refusal {
    REFUSAL_NONE = -1,
#define X(constant, code, http, retry, text) REFUSAL_##constant,
    REFUSALS(X)
#undef X
        REFUSAL_COUNT
};

struct refusal_traits {
    const char *code;
    int http_status;
    bool retry; /* the same request may succeed later */
    const char *text;
};

/* RFC 6455 7.4 and our own from 4400.
 *   constant   code   the client may come back   text in the Close frame */
#define CLOSE_CODES(X)                                                 \
    X(NORMAL, 1000, true, "")                                          \
    X(GOING_AWAY, 1001, true, "going away")                            \
    X(PROTOCOL, 1002, false, "protocol error")                         \
    X(UNACCEPTABLE, 1003, false, "this kind of frame is not accepted") \
    X(NOT_UTF8, 1007, false, "not UTF-8")                              \
    X(POLICY, 1008, false, "too many fragments")                       \
    X(TOO_BIG, 1009, false, "message too big")                         \
    X(INTERNAL, 1011, true, "internal error")                          \
    X(RESTART, 1012, true, "restart, reconnect")                       \
    X(TRY_LATER, 1013, true, "try again later")                        \
    X(MALFORMED, 4400, false, "too many malformed messages")           \
    X(TOKEN, 4401, false, "a valid token is needed")                   \
    X(NOT_ALLOWED, 4403, false, "not allowed")                         \
    X(TOO_SLOW, 4408, true, "too slow")                                \
    X(REPLACED, 4409, false, "replaced by a newer connection")         \
    X(TOO_MANY, 4429, true, "too many requests")                       \
    X(KICKED, 4430, false, "removed, do not reconnect")

enum close_code {
#define X(constant, code, retry, text) CLOSE_##constant = (code),
    CLOSE_CODES(X)
#undef X
};

struct close_traits {
    enum close_code code;
    bool may_return;
    const char *text;
};

const struct refusal_traits *refusal_traits(enum refusal refusal);

/* NULL when it is none of ours. */
const struct close_traits *close_traits(uint16_t code);

/* Appends {"code":…,"message":…}; `detail` (may be NULL) replaces the table's text. */
void refusal_write(enum refusal refusal, const char *detail, struct buffer *out);

#endif
