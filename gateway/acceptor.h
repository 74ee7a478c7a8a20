/* acceptor.h - accepts connections on one address, not faster than it may.
 *
 * Binds with SO_REUSEPORT: each worker has one of its own on the same address.  What
 * is more than the pace allows, or than one turn of the loop should be busy with,
 * waits in the backlog; so does all while there are no descriptors.
 *
 * Belongs to one worker's thread. */
#ifndef GATEWAY_ACCEPTOR_H
#define GATEWAY_ACCEPTOR_H

#include "base/attributes.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct acceptor;
struct event_base;
struct metrics;
struct wheel;

struct acceptor_settings {
    struct event_base *loop;     /* borrowed */
    struct wheel *wheel;         /* borrowed */
    struct metrics *metrics;     /* borrowed */
    const char *address;         /* host:port, [v6]:port; borrowed for the call */
    uint16_t port;               /* instead of the address's own; 0: that one */
    uint32_t accepts_per_second; /* 0: no limit */
    bool first; /* of this process there: -EADDRINUSE if another one listens, even if it shares */

    /* A connection from `peer`; gives fd. */
    void (*on_accepted)(void *owner, int fd, const struct sockaddr *peer);
    void *owner;
};

/* 0; -EADDRINUSE and the like (nothing is made). */
int acceptor_new(struct acceptor **acceptor, const struct acceptor_settings *settings) MUST_USE;

/* NULL is allowed. */
void acceptor_free(struct acceptor *acceptor);

void acceptor_change_pace(struct acceptor *acceptor, uint32_t accepts_per_second);

/* The port bound, for address "…:0". */
uint16_t acceptor_port(const struct acceptor *acceptor);

#endif
