/* token.h - who somebody is and what he may do, as a JWT says it (RFC 7519, 7515).
 *
 * Made by the shop's backend, verified here: compact form, at most 4 KiB, signed with
 * one of our keys by the algorithm that key is for.  What a header says of other keys
 * (jwk, jku, x5u, x5c), of extensions (crit, b64) or of no algorithm at all is refused,
 * whatever the signature.  Claims that we know must be of their type.
 *
 * Pure: keys and time are handed in.  A verified token does not change; shared by
 * reference, within one thread. */
#ifndef SCHEMA_TOKEN_H
#define SCHEMA_TOKEN_H

#include "base/attributes.h"
#include "base/span.h"
#include "schema/json.h"
#include "schema/token_keys.h"

#include <stdbool.h>
#include <stdint.h>

#define TOKEN_MAX_BYTES 4096
#define TOKEN_LEEWAY_S 30 /* clocks differ */

/*   constant  claim `role` */
#define TOKEN_ROLES(X)  \
    X(VIEWER, "viewer") \
    X(ANCHOR, "anchor") \
    X(ADMIN, "admin")   \
    X(BACKEND, "backend")

enum token_role {
#define X(constant, name) ROLE_##constant,
    TOKEN_ROLES(X)
#undef X
        ROLE_COUNT
};

/* Why a token is not good.  In the order of base/metrics_table.h, METRIC_SET_TOKEN_FAULT.
 *   constant   label        text for who sent it */
#define TOKEN_FAULTS(X)                                               \
    X(MALFORMED, "malformed", "the token is malformed")               \
    X(UNKNOWN_KEY, "unknown_key", "no key here is for such a token")  \
    X(SIGNATURE, "signature", "the token's signature is not good")    \
    X(CLAIM, "claim", "a claim is missing or not of its type")        \
    X(EXPIRED, "expired", "the token has expired")                    \
    X(EARLY, "early", "the token is not valid yet")                   \
    X(AUDIENCE, "audience", "the token is for another audience")      \
    X(SOMEBODY_ELSE, "somebody_else", "the token is somebody else's") \
    X(NO_MEMORY, "no_memory", "the token cannot be read now")

enum token_fault {
    TOKEN_GOOD = -1,
#define X(constant, label, text) TOKEN_##constant,
    TOKEN_FAULTS(X)
#undef X
        TOKEN_FAULT_COUNT
};

struct token {
    enum token_role role;
    int64_t expires_s;      /* since 1970, without the leeway */
    struct span uid;        /* claim `sub`: 1 to MESSAGE_MAX_UID bytes, no control characters;
                             * SPAN_NONE: it names nobody */
    struct json_value name; /* claim `name`: a string of 1 to MESSAGE_MAX_NAME; or JSON_NONE */
    struct span rooms;      /* claim `rooms`: an array of room ids and "*"; SPAN_NONE: absent */
};

struct token_rules {
    const char *audience; /* that a token must be for; NULL: any; borrowed */
    int64_t now_s;        /* since 1970 */
};

/* Verifies `text` and gives a token with its first reference, if it is good. */
enum token_fault token_verify(struct token **token, struct span text, const struct token_keys *keys,
                              const struct token_rules *rules) MUST_USE;

/* NULL is allowed. */
void token_release(struct token *token);

struct token *token_share(struct token *token);

/* May its holder be in this room?  Without `rooms` in none. */
bool token_opens(const struct token *token, struct span room);

const char *token_fault_text(enum token_fault fault);

#endif
