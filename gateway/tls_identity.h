/* tls_identity.h - who the gateway is to clients that speak TLS: its certificate with the
 * chain, its key, and what it agrees to: TLS 1.2 and 1.3, forward secrecy and authenticated
 * ciphers only, ALPN http/1.1, no renegotiation, tickets with which a client that comes back
 * resumes its session.
 *
 * The keys of those tickets are made with the identity, in memory.  All workers share one,
 * so a ticket of one is good at the others; with the next identity they end.
 *
 * Does not change once it is made; any thread may use it. */
#ifndef GATEWAY_TLS_IDENTITY_H
#define GATEWAY_TLS_IDENTITY_H

#include "base/attributes.h"
#include "base/buffer.h"

#include <stdbool.h>
#include <stdint.h>

struct ssl_st; /* OpenSSL's SSL */
struct tls_identity;

/* Gives up a reference.  NULL is allowed. */
void tls_identity_release(struct tls_identity *identity);

/* Reads PEM files: the gateway's own certificate first, then those that vouch for it, and its
 * private key, not encrypted.  Gives one with its first reference; NULL where `certificate` and
 * `key` are both "".  Blocks: not for a worker's loop.
 * 0; -ENOMEM; or -EINVAL with one line in `error` that names the setting. */
int tls_identity_read(const char *certificate, const char *key, struct tls_identity **identity,
                      struct buffer *error) MUST_USE;

/* NULL is allowed. */
struct tls_identity *tls_identity_share(struct tls_identity *identity);

/* Made of the same bytes? */
bool tls_identity_same(const struct tls_identity *a, const struct tls_identity *b);

/* When the first certificate of the chain ends: seconds since 1970. */
int64_t tls_identity_not_after(const struct tls_identity *identity);

/* What is wrong with the certificate's time at `now` (seconds since 1970), or NULL: "has expired",
 * "is not valid yet", "expires within 14 days". */
const char *tls_identity_fault(const struct tls_identity *identity, int64_t now);

/* Logs until when the certificate is good, as a warning if that is not long. */
void tls_identity_log(const struct tls_identity *identity);

/* Gives OpenSSL's end of a new connection on `fd`, which stays the caller's.  NULL when out of
 * memory. */
struct ssl_st *tls_identity_accept(const struct tls_identity *identity, int fd) MUST_USE;

#endif
