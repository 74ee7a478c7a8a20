/* redis_stream.h - the bytes of one connection to Redis, plain or through TLS: what libevent's
 * bufferevent leaves to do.
 *
 * A plain one reads 4 KB at a time by itself.  Under load there is far more, and what is
 * read together is handed on together, so the rest is read from the socket.  One with TLS
 * takes what there is. */
#ifndef RELAY_REDIS_STREAM_H
#define RELAY_REDIS_STREAM_H

#include "base/attributes.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct bufferevent;
struct event_base;
struct redis_tls;

/* On a connection being made; BEV_EVENT_CONNECTED comes when it is, and with `tls` (else NULL) when
 * `host` has proven to be that.  Takes fd.  NULL when out of memory. */
struct bufferevent *redis_stream_new(struct event_base *loop, struct redis_tls *tls, int fd,
                                     const char *host) MUST_USE;

/* What has been received, in the stream's read callback.  An end or an error is told to the event
 * callback. */
ssize_t redis_stream_read(struct bufferevent *stream, char *bytes, size_t size) MUST_USE;

/* Is there more to read in this turn?  What the stream has already taken from its socket there is,
 * for nothing calls again for that; what may still be in the socket only if that is `wanted`. */
bool redis_stream_goes_on(struct bufferevent *stream, bool wanted);

/* Why it failed, a static text; `error` is the errno at that moment. */
const char *redis_stream_why(struct bufferevent *stream, int error);

/* Sends at once what is waiting, as far as the socket takes it: for a last word. */
void redis_stream_flush(struct bufferevent *stream);

#endif
