/* token_header.h - what a token says of its signature (RFC 7515 4.1), for token.c.
 *
 * Only `alg` and `kid` count.  A token that brings a key of its own or says where to
 * find one (jwk, jku, x5u, x5c), or that changes the rules (crit, b64), is refused. */
#ifndef SCHEMA_TOKEN_HEADER_H
#define SCHEMA_TOKEN_HEADER_H

#include "base/attributes.h"
#include "base/span.h"
#include "schema/token.h"
#include "schema/token_key.h"

#define TOKEN_KID_MAX 256

struct token_header {
    enum token_algorithm algorithm;
    char kid[TOKEN_KID_MAX];
    struct span id; /* in `kid`; SPAN_NONE: not named */
};

/* TOKEN_GOOD, TOKEN_MALFORMED, or TOKEN_UNKNOWN_KEY for an algorithm we do not have. */
enum token_fault token_header_read(struct token_header *header, struct span json) MUST_USE;

#endif
