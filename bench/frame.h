/* frame.h - WebSocket frames, as a client reads and writes them (RFC 6455, section 5). */
#ifndef BENCH_FRAME_H
#define BENCH_FRAME_H

#include <stdbool.h>
#include <stddef.h>

enum opcode {
    FRAME_TEXT = 1,
    FRAME_BINARY = 2,
    FRAME_CLOSE = 8,
    FRAME_PING = 9,
    FRAME_PONG = 10,
};

enum { FRAME_MAX_HEAD = 14 };

struct frame {
    int opcode; /* 0: another piece of the message before */
    const unsigned char *payload;
    size_t size;
};

/* Reads the frame at the beginning of `data`, whose payload stays where it is.
 * Bytes it took, or 0 while it is not complete. */
size_t frame_read(const unsigned char *data, size_t size, struct frame *frame);

/* Writes a whole, masked message.  The mask is the same each time: it costs the server the
 * same, and the load less.  `out` has room for FRAME_MAX_HEAD + size.  Bytes written. */
size_t frame_write(unsigned char *out, enum opcode opcode, const void *payload, size_t size);

#endif
