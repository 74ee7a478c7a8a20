/* secret.h - TLS of a viewer: one context for all, which believes whatever certificate it is
 * shown, for it is the server's work that is measured. */
#ifndef BENCH_SECRET_H
#define BENCH_SECRET_H

#include <stddef.h>
#include <sys/types.h>

struct ssl_st; /* OpenSSL's SSL */

/* Gives the viewer's end of a connection on `fd`; ends the program without memory. */
struct ssl_st *secret_new(int fd);

/* NULL is allowed. */
void secret_free(struct ssl_st *secret);

/* Goes on with the handshake: 0 when it is done, -EAGAIN, or -EPROTO. */
int secret_greet(struct ssl_st *secret);

/* All of it or nothing: 0, -EAGAIN or -EPIPE. */
int secret_send(struct ssl_st *secret, const void *data, size_t size);

/* What there is of all records: bytes, -EAGAIN, or -EPIPE. */
ssize_t secret_receive(struct ssl_st *secret, void *data, size_t max);

#endif
