/* mint.h - makes tokens as a shop's backend would, and as a forger does.
 *
 * Whatever fails here ends the test. */
#ifndef TESTS_SUPPORT_MINT_H
#define TESTS_SUPPORT_MINT_H

#include "base/buffer.h"
#include "base/span.h"

#include <openssl/types.h>

#define MINT_SECRET "a-secret-of-at-least-32-bytes-for-tests"

/* Keys: "RSA", "EC" (P-256), "ED25519"; `more` is the bits of an RSA key or the name of a curve, or
 * NULL.  Ends with EVP_PKEY_free(). */
EVP_PKEY *mint_key(const char *type, const char *more);

/* Its public part in PEM, appended. */
void mint_pem(EVP_PKEY *key, struct buffer *out);

void mint_base64url(struct span bytes, struct buffer *out);

/* ---- tokens of any header and claims, written over `out`; they end with a zero behind ---- */

/* Signed with HMAC-SHA256, whatever the header says. */
const char *mint_with_secret(struct buffer *out, const char *header, const char *claims,
                             struct span secret);

/* Signed as the type of the key has it, whatever the header says. */
const char *mint_with_key(struct buffer *out, const char *header, const char *claims,
                          EVP_PKEY *key);

/* A good one of MINT_SECRET. */
const char *mint(struct buffer *out, const char *claims);

#endif
