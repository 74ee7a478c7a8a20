/* protocol.h - how a viewer of each server gets into its room: a table, for the load is the
 * same for all.
 *
 * After the upgrade a viewer takes the steps in order: it says something, and waits for a
 * frame that holds what the step expects.  Behind the last one it is in its room. */
#ifndef BENCH_PROTOCOL_H
#define BENCH_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>

enum { PROTOCOL_MAX_STEPS = 4, PROTOCOL_MAX_SAID = 512 };

/* Who speaks. */
struct speaker {
    unsigned index; /* of the viewer */
    const char *room;
};

struct step {
    /* Writes what is said, at most PROTOCOL_MAX_SAID bytes; NULL: nothing.  Its size. */
    size_t (*say)(char *out, const struct speaker *speaker);
    const char *expects; /* NULL: nothing, go on */
    size_t expects_size;
};

struct protocol {
    const char *name;
    const char *subprotocol; /* to offer; NULL: none */
    const char *path;        /* with %R where the room goes */
    struct step steps[PROTOCOL_MAX_STEPS];
    unsigned steps_count;
    bool binary;             /* what is said */
    bool batches;            /* a frame may hold several messages */
    bool uncertain;          /* in its room only some time after the last step */
    const char *ping, *pong; /* what keeps the connection alive, beside WebSocket's own */

    /* Writes a message to its room, by its own connection; NULL: viewers cannot. */
    size_t (*tell)(char *out, const struct speaker *speaker, const char *message, size_t size);
};

/* NULL when there is none of that name. */
const struct protocol *protocol_find(const char *name);

/* Writes the upgrade request into `out`, a string.  Its size, or 0 when it does not fit. */
size_t protocol_request(const struct protocol *protocol, const struct speaker *speaker, char *out,
                        size_t max);

#endif
