/* jwk.h - keys written as JSON (RFC 7517, 7518 section 6, 8037), read one by one.
 *
 * RSA, EC on P-256, OKP on Ed25519, and oct for HS256. */
#ifndef SCHEMA_JWK_H
#define SCHEMA_JWK_H

#include "base/attributes.h"
#include "base/span.h"
#include "schema/token_key.h"

#include <stddef.h>

#define JWK_SET_MAX 65536 /* bytes */

/* A JWK set being read. */
struct jwk_set {
    struct span keys; /* the array; borrowed */
    size_t at;
};

/* Borrows `json` until the last key was read.  0, or -EINVAL. */
int jwk_set_open(struct jwk_set *set, struct span json) MUST_USE;

/* Gives the next key; NULL for one that is not for us: of another type, for encryption, for
 * another algorithm.
 * 0; -ENOENT at the end; -EINVAL with a static text in `*why`; -ENOMEM. */
int jwk_set_next(struct jwk_set *set, struct token_key **key, const char **why) MUST_USE;

#endif
