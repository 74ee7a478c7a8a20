/* redis_tls.h - Redis behind TLS (rediss://): who answers must prove that it is meant.
 *
 * TLS 1.2 or newer.  The certificate must be of an authority we know (a file's, else
 * the system's), valid now, and for the very name or address that was asked for.
 *
 * One for all links of a worker; belongs to its thread. */
#ifndef RELAY_REDIS_TLS_H
#define RELAY_REDIS_TLS_H

#include "base/attributes.h"

struct bufferevent;
struct event_base;
struct redis_tls;

/* NULL is allowed. */
void redis_tls_free(struct redis_tls *tls);

/* Trusts the authorities in `ca_file` (PEM); with NULL or "" the system's.
 * NULL when the file cannot be read as that, or when out of memory. */
struct redis_tls *redis_tls_new(const char *ca_file) OWNER_CALLS(redis_tls_free);

/* A stream on a connection being made, which begins with the handshake: BEV_EVENT_CONNECTED comes
 * when `host` has proven to be that.  Takes fd, but not when it fails: NULL, out of memory. */
struct bufferevent *redis_tls_stream(struct redis_tls *tls, struct event_base *loop, int fd,
                                     const char *host) MUST_USE;

/* Why a stream failed, a static text; NULL: not for a reason of TLS. */
const char *redis_tls_why(struct bufferevent *stream);

/* Sends at once what is waiting, as far as the socket takes it; its output must be unfrozen. */
void redis_tls_flush(struct bufferevent *stream);

#endif
