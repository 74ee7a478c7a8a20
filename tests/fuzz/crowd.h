/* crowd.h - a client of each dialect in the room "a" of a stage, who see that whatever they are
 * told is well-formed and that nobody's secrets are in it. */
#ifndef TESTS_FUZZ_CROWD_H
#define TESTS_FUZZ_CROWD_H

#include "gateway/dialect.h"
#include "tests/fuzz/stage.h"
#include "tests/fuzz/stage_ws.h"

#include <stdbool.h>

#define CROWD_ROOM "a"

struct listener {
    struct stage_reader base; /* first, so that the two pointers convert */
    enum dialect_id dialect;
    bool asks;     /* its commands are answered: it may be told of an `ack` */
    struct ws *ws; /* NULL: its connection is gone */
};

/* Comes in by its URL. */
void listener_connect(struct listener *listener, struct stage *stage, enum dialect_id dialect);

struct crowd {
    struct listener listeners[DIALECT_COUNT];
};

void crowd_connect(struct crowd *crowd, struct stage *stage);

/* Nobody has lost its connection. */
void crowd_check(const struct crowd *crowd);

#endif
