/* publisher.h - connections that publish the bench's messages by one way, and count what was
 * answered.
 *
 * What is published gathers in a buffer until publisher_flush(), so that a pipelining
 * publisher costs the load one system call for many messages. */
#ifndef BENCH_PUBLISHER_H
#define BENCH_PUBLISHER_H

#include "base/attributes.h"
#include "bench/mark.h"
#include "bench/way.h"

#include <stdbool.h>
#include <stdint.h>

struct publisher {
    const struct way *way;
    int fd;
    uint64_t sent;
    uint64_t answered;        /* as many as sent, for a way without answers */
    char *out;                /* to send; owned */
    size_t out_size, out_max; /* out_size > 0 after a flush: the socket is full */
    char *in;                 /* an answer not yet complete; owned */
    size_t in_size;
};

/* Connects to that port of the loopback address.  0, or a negative errno. */
int publisher_open(struct publisher *publisher, const struct way *way, uint16_t port);

/* Publishes a whole message with the next flush. */
void publisher_add(struct publisher *publisher, const char *room, const char *message, size_t size);

/* Sends what the socket takes; the rest goes with the next flush.  0, or a negative errno. */
int publisher_flush(struct publisher *publisher);

/* Reads the answers that are there.  0, or a negative errno: -EPROTO when a message was
 * refused, -EPIPE when the connection ended. */
int publisher_drain(struct publisher *publisher);

void publisher_close(struct publisher *publisher);

#endif
