/* viewer.h - one connection of the load: opens a WebSocket, then counts the frames that
 * come and checks that the bench's messages are all there, in order.
 *
 * A bench message carries its number, ten digits, at the start of its content. */
#ifndef BENCH_VIEWER_H
#define BENCH_VIEWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct viewer {
    int fd;
    uint64_t next;       /* number of the message expected next */
    uint64_t received;   /* bench messages */
    uint64_t others;     /* frames of other kinds: greetings, answers */
    uint64_t wrong;      /* out of order, missing or twice */
    unsigned char *rest; /* the beginning of a frame not yet complete; owned */
    size_t rest_size;
};

/* Connects from 127.0.0.(2 + index % 200), sends `request` and reads the answer's head.
 * 0, or a negative errno. */
int viewer_open(struct viewer *viewer, unsigned index, uint16_t port, const char *request);

/* Reads what is there.  Number of bench messages in it; -EPIPE when the connection ended. */
int viewer_read(struct viewer *viewer);

void viewer_close(struct viewer *viewer);

#endif
