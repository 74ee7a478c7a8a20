/* viewer.h - one connection of the load: connects, takes the steps of its protocol, then
 * checks that the bench's messages all come, in order and once, and how late they are.
 *
 * Nothing here waits: viewer_ready() goes on when the socket allows. */
#ifndef BENCH_VIEWER_H
#define BENCH_VIEWER_H

#include "bench/frame.h"
#include "bench/histogram.h"
#include "bench/protocol.h"

#include <stdbool.h>
#include <stdint.h>

enum viewer_state {
    VIEWER_GONE,
    VIEWER_CONNECTING,
    VIEWER_GREETING, /* the handshake of TLS */
    VIEWER_UPGRADING,
    VIEWER_STEPPING,
    VIEWER_IN
};

struct ssl_st;

#define VIEWER_ANY UINT64_MAX

struct viewer {
    int fd;
    struct ssl_st *secret; /* NULL: plain; owned */
    enum viewer_state state;
    unsigned step; /* that it is at */
    uint32_t index;
    uint64_t next; /* number of the message expected next, or VIEWER_ANY */
    char *rest;    /* the beginning of a frame that is not complete; owned */
    size_t rest_size;
    const char *room; /* borrowed */
};

/* What viewers have seen, all together. */
struct sights {
    struct histogram latency; /* from when a message was due */
    uint64_t messages;
    uint64_t wrong;  /* missing before one that came, twice, or out of order */
    uint64_t others; /* frames that are no message of the bench */
    uint64_t bytes;
};

/* Begins to connect from 127.0.0.(2 + index % 200), by TLS if `secure`.  0, or a negative errno. */
int viewer_open(struct viewer *viewer, uint32_t index, uint16_t port, const char *room,
                bool secure);

/* Goes on: the socket is connected, or has something to read.  `stop_before` is the step it
 * must not take yet.  0, or a negative errno: -EPIPE when the server has closed. */
int viewer_ready(struct viewer *viewer, const struct protocol *protocol, unsigned stop_before,
                 struct sights *sights);

/* Takes the steps it was stopped before.  0, or a negative errno. */
int viewer_proceed(struct viewer *viewer, const struct protocol *protocol, unsigned stop_before);

/* One who was in asks to enter that room instead, by the last step of its protocol; what comes
 * before the answer counts as nothing.  0, or a negative errno. */
int viewer_move(struct viewer *viewer, const struct protocol *protocol, const char *room);

/* Sends a whole message.  0, or a negative errno: -EAGAIN when the socket is full. */
int viewer_say(const struct viewer *viewer, enum opcode opcode, const char *text, size_t size);

void viewer_close(struct viewer *viewer);

#endif
