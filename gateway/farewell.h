/* farewell.h - lets a peer read our last words before its socket is closed.
 *
 * A socket that is closed while bytes of the peer are unread is reset, and a reset
 * makes the peer throw away what we said last: the refusal, the Close frame.  So we
 * send FIN, discard what still comes until the peer's FIN, and close then - or after
 * a while, or when it sends too much, for this must not cost anything that matters.
 *
 * Belongs to one worker's thread. */
#ifndef GATEWAY_FAREWELL_H
#define GATEWAY_FAREWELL_H

#include "base/attributes.h"

#include <stdint.h>

#define FAREWELL_MS 2000
#define FAREWELL_MAX_BYTES 65536
#define FAREWELL_MAX_SOCKETS 1024

struct event_base;
struct farewell;

/* Closes all sockets.  NULL is allowed. */
void farewell_free(struct farewell *farewell);

/* Borrows `loop`.  NULL when out of memory. */
struct farewell *farewell_new(struct event_base *loop) OWNER_CALLS(farewell_free);

/* Takes a non-blocking socket to which the last bytes were written.  With FAREWELL_MAX_SOCKETS
 * already waiting, or without memory, it is closed at once. */
void farewell_close(struct farewell *farewell, int fd);

#endif
