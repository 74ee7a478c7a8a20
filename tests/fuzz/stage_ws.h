/* stage_ws.h - the connections of a stage: gateway/ws.h without libwebsockets.
 *
 * Linked in place of gateway/ws.c, and strict with those who call it.  What is written
 * is taken apart, and whole messages are handed on. */
#ifndef TESTS_FUZZ_STAGE_WS_H
#define TESTS_FUZZ_STAGE_WS_H

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/list.h"
#include "base/span.h"
#include "gateway/ws.h"
#include "gateway/ws_message.h"

#include <stdbool.h>

struct stage;

/* Whoever watches what a client is told. */
struct stage_reader {
    /* A whole message. */
    void (*on_message)(struct stage_reader *reader, enum ws_opcode opcode, struct span message);

    /* The connection is gone, and `ws` too. */
    void (*on_end)(struct stage_reader *reader);
};

struct ws {
    struct list_node node; /* among the stage's */
    struct stage_reader *reader;
    void *session;
    struct ws_message message; /* the client's, begun … */
    enum ws_opcode message_as; /* … with this */
    struct buffer told;        /* a message of which fragments have come */
    enum ws_opcode told_as;
    bool full;     /* takes the next write in part */
    bool broken;   /* … or fails with it */
    bool buffered; /* has taken one in part */
    bool wants_writable;
    bool closing; /* nothing may be written any more */
    bool gone;    /* a write has failed */
};

/* A client connects with this request target and subprotocol ("": none).  NULL: its upgrade was
 * refused.  Borrows `reader`. */
struct ws *stage_connect(struct stage *stage, const char *target, const char *protocol,
                         struct stage_reader *reader);

/* A piece of a message comes in, the first one with `opcode`. */
void stage_say(struct ws *ws, enum ws_opcode opcode, struct span bytes, bool last);

/* Something else comes in. */
void stage_sign_of_life(struct ws *ws);

/* Its socket takes bytes again, and what was kept of the last write. */
void stage_drain(struct ws *ws);

/* The client ends it, by a Close frame or (code 0) without. */
void stage_hang_up(struct stage *stage, struct ws *ws, uint16_t code, const char *reason);

/* Ends the connections that are to end, tells those that can write: once each turn. */
void stage_turn_sockets(struct stage *stage);

#endif
