/* token_keys.h - the keys that tokens are verified with: a set, shared by reference.
 *
 * Filled once, from a secret, from PEM and from a JWK set (RFC 7517), then only read:
 * any thread may.  New keys are a new set. */
#ifndef SCHEMA_TOKEN_KEYS_H
#define SCHEMA_TOKEN_KEYS_H

#include "base/attributes.h"
#include "base/span.h"
#include "schema/token_key.h"

#include <stddef.h>

#define TOKEN_KEYS_MAX 64

struct token_keys;

/* Drops one reference.  NULL is allowed. */
void token_keys_release(struct token_keys *keys);

/* An empty set; the caller holds the first reference.  NULL when out of memory. */
struct token_keys *token_keys_new(void) MUST_USE;

/* Adds a reference and returns `keys`. */
struct token_keys *token_keys_share(struct token_keys *keys);

/* ---- filling; 0, -EINVAL with a static text in `*why`, or -ENOMEM ---- */

/* Takes the key unless this fails.  A set holds TOKEN_KEYS_MAX, and no two of one algorithm and
 * id. */
int token_keys_add(struct token_keys *keys, struct token_key *key, const char **why) MUST_USE;

/* A secret for HS256, without an id. */
int token_keys_add_secret(struct token_keys *keys, struct span secret, const char **why) MUST_USE;

/* Public keys ("-----BEGIN PUBLIC KEY-----"), one or more, without ids. */
int token_keys_add_pem(struct token_keys *keys, struct span pem, const char **why) MUST_USE;

/* A JWK set: {"keys":[…]}.  Keys of other types and for other uses are passed over, as RFC 7517 5
 * has it; one at least must be good. */
int token_keys_add_jwks(struct token_keys *keys, struct span json, const char **why) MUST_USE;

/* ---- using ---- */

size_t token_keys_count(const struct token_keys *keys);

/* The keys that a token of this algorithm and `kid` (SPAN_NONE: it names none) may be signed with:
 * start with a cursor of 0; NULL at the end.  Those of that id, else those without one; a token
 * that names none may also be of the only key of its algorithm.  So few keys are tried, however
 * many there are. */
const struct token_key *token_keys_next(const struct token_keys *keys,
                                        enum token_algorithm algorithm, struct span kid,
                                        size_t *cursor);

#endif
