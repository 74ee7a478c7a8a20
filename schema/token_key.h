/* token_key.h - a key that tokens are verified with, and the one algorithm it is for.
 *
 * A key knows its algorithm from the configuration, never from a token: a public key
 * cannot be made a secret by a token that says HS256.  Weak keys are refused when they
 * are read.  After that a key does not change: any thread may use it. */
#ifndef SCHEMA_TOKEN_KEY_H
#define SCHEMA_TOKEN_KEY_H

#include "base/attributes.h"
#include "base/span.h"

#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>

#define TOKEN_SECRET_MIN 32 /* bytes; RFC 7518 3.2 */
#define TOKEN_RSA_MIN 2048  /* bits; RFC 7518 3.3 */

/*   constant  name in a token */
#define TOKEN_ALGORITHMS(X) \
    X(HS256, "HS256")       \
    X(RS256, "RS256")       \
    X(ES256, "ES256")       \
    X(EDDSA, "EdDSA")

enum token_algorithm {
#define X(constant, name) TOKEN_##constant,
    TOKEN_ALGORITHMS(X)
#undef X
        TOKEN_ALGORITHM_COUNT
};

struct token_key;

/* By its exact name.  0, or -ENOENT. */
int token_algorithm_from_name(struct span name, enum token_algorithm *algorithm) MUST_USE;

/* NULL is allowed.  A secret is wiped. */
void token_key_free(struct token_key *key);

/* HS256.  `kid` may be SPAN_NONE.  0, -EINVAL (`*why`: a static text), -ENOMEM. */
int token_key_from_secret(struct token_key **key, struct span kid, struct span secret,
                          const char **why) MUST_USE;

/* A public RSA key (RS256), one on P-256 (ES256) or an Ed25519 key (EdDSA).  Takes `public_key`,
 * whatever the outcome.  As above. */
int token_key_from_public(struct token_key **key, struct span kid, EVP_PKEY *public_key,
                          const char **why) MUST_USE;

enum token_algorithm token_key_algorithm(const struct token_key *key);

/* SPAN_NONE: it has none. */
struct span token_key_id(const struct token_key *key);

/* Is `signature` this key's for `text`?  Takes as long for whatever wrong one of that size. */
bool token_key_verifies(const struct token_key *key, struct span text, struct span signature);

#endif
