/* upgrade.h - judges a WebSocket upgrade request (RFC 6455 4.2.1, RFC 9112), which
 * libwebsockets never sees.
 *
 * It would close the connection without a word when a client offers unknown
 * subprotocols, and let versions, bodies and odd methods through; we are kinder to
 * the first and stricter with the rest.  Pure: no I/O. */
#ifndef GATEWAY_UPGRADE_H
#define GATEWAY_UPGRADE_H

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/span.h"
#include "gateway/forwarded.h"
#include "schema/message.h"
#include "schema/room.h"

#include <stdbool.h>
#include <stddef.h>

struct address_count;
struct token;

#define UPGRADE_MAX_BYTES 16384 /* whatever the operator allows */
#define UPGRADE_MAX_PROTOCOL 64
#define UPGRADE_MAX_DIALECT 16

/* What the operator allows; texts are borrowed. */
struct upgrade_policy {
    size_t max_bytes; /* of a request; at most UPGRADE_MAX_BYTES, and 0: that */
    const char *const
        *protocols; /* subprotocols we know, ends with NULL; the first one offered wins */
    const char *const
        *origins; /* allowed Origin headers, ends with NULL; NULL: any.  Absent passes */
    const struct ip_ranges *trusted; /* proxies, whose word is read; NULL: none; borrowed */
    bool cookies; /* tokens in cookies are read: only pages of `origins` can send them */
    const char *const *dialects; /* values of dialect= we know, ends with NULL; NULL: any */
};

/* A good request: owned copies, but for `shown`. */
struct upgrade {
    char key[24];                            /* Sec-WebSocket-Key */
    char protocol[UPGRADE_MAX_PROTOCOL + 1]; /* the one to echo; "": none */
    char dialect[UPGRADE_MAX_DIALECT + 1];   /* query dialect=; "": not said */
    char room[ROOM_ID_MAX + 1];    /* query room_id=, else /rooms/{id}; decoded, valid; "": none */
    char uid[MESSAGE_MAX_UID + 1]; /* query from_uid=; decoded, UTF-8; "": none */
    char path[256];                /* decoded, without the query, cut to fit */
    struct span shown; /* a token, not verified, in the bytes of the request; SPAN_NONE: none */
    struct forwarded
        forwarded; /* who is behind trusted proxies: true only if one of them sent it */
    struct address_count *count; /* of its address, the listener's to give; NULL: not counted */
    struct token *token;         /* verified, by the listener, which owns it; NULL: none */
};

/* HTTP statuses a request is refused with. */
enum upgrade_verdict {
    UPGRADE_ACCEPTED = 0,
    UPGRADE_INCOMPLETE = 1, /* read more */
    UPGRADE_BAD_REQUEST = 400,
    UPGRADE_UNAUTHORIZED = 401, /* a token that is not good; said by the listener */
    UPGRADE_FORBIDDEN = 403,    /* Origin */
    UPGRADE_NOT_FOUND = 404,    /* an invalid room id */
    UPGRADE_METHOD = 405,
    UPGRADE_TIMEOUT = 408,  /* said by the listener when the rest did not come */
    UPGRADE_REQUIRED = 426, /* not WebSocket 13 */
    UPGRADE_TOO_MANY = 429, /* from one address; said by the listener */
    UPGRADE_TOO_LARGE = 431,
    UPGRADE_UNAVAILABLE = 503 /* said by the listener */
};

/* Judges what has been read so far, at most UPGRADE_MAX_BYTES.  When accepted, `*used` is the
 * length of the request: frames may follow it. */
enum upgrade_verdict upgrade_judge(const struct upgrade_policy *policy, struct span request,
                                   struct upgrade *upgrade, size_t *used) MUST_USE;

/* Appends the response of a refusal, with the headers its status asks for (buffer.h's sticky
 * failure).  That of a good request is ws_response.h's. */
void upgrade_write_refusal(enum upgrade_verdict verdict, struct buffer *out);

#endif
