/* client_socket.h - a client's connection until it is a WebSocket: a socket that takes no
 * time, plain or with TLS on it.
 *
 * A value: who has it owns both parts, until it is given away or closed.
 *
 * Belongs to one worker's thread. */
#ifndef GATEWAY_CLIENT_SOCKET_H
#define GATEWAY_CLIENT_SOCKET_H

#include "base/attributes.h"
#include "base/metrics.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>

struct address_count;
struct farewell;
struct ssl_st; /* OpenSSL's SSL */

struct client_socket {
    int fd;
    struct ssl_st *tls;          /* NULL: plain */
    struct address_count *count; /* of its address (addresses.h); borrowed; NULL: it has none */
};

/* What one record of TLS holds at most. */
#define CLIENT_SOCKET_RECORD 16384

enum client_greeting {
    GREETING_DONE,  /* may be read and written */
    GREETING_READS, /* goes on when there is something to read, */
    GREETING_WRITES,
    GREETING_FAILED /* what had to be said of it was said */
};

/* Goes on with the handshake of TLS.  `*failure` is why it failed. */
enum client_greeting client_socket_greet(const struct client_socket *socket,
                                         enum tls_failure *failure) MUST_USE;

/* After the handshake: has it gone on with a session of before? */
bool client_socket_resumed(const struct client_socket *socket);

/* Reads at most `max` bytes that are there.  True if some were, or will be (*size 0). */
bool client_socket_read(const struct client_socket *socket, char *bytes, size_t max, size_t *size);

/* How many bytes have been read off the socket already and wait: it will not tell of them. */
size_t client_socket_pending(const struct client_socket *socket);

/* Sends what a new socket takes at once: one that does not take it is closed all the same. */
void client_socket_send(const struct client_socket *socket, struct span bytes);

/* Goes on without TLS: for a client that did not speak it. */
void client_socket_strip(struct client_socket *socket);

/* Closes it without a word. */
void client_socket_close(const struct client_socket *socket);

/* Says that nothing more will come, and closes it in peace (farewell.h). */
void client_socket_leave(const struct client_socket *socket, struct farewell *farewell);

#endif
