/* reader.h - a client that checks what it is told.
 *
 * Backends number their chat messages in each room: {"content":"17"}.  Whatever happens, a client
 * gets those of its room in order, none twice and none left out, from the one its join's
 * answer ends with.  In v1 the same is checked of all sequenced messages, by position, and that
 * each command is answered once. */
#ifndef TESTS_FUZZ_READER_H
#define TESTS_FUZZ_READER_H

#include "base/span.h"
#include "gateway/dialect.h"
#include "tests/fuzz/stage_ws.h"

#include <stdbool.h>
#include <stdint.h>

enum { READER_ROOMS = 3, READER_NUMBERS = 1024, READER_ACKS = 256 };

/* The numbers of a room that were taken, by all readers' knowledge. */
struct numbers {
    bool taken[READER_NUMBERS]; /* the broker has taken it */
    unsigned last;              /* given out */
};

/* What a reader knows of a room. */
struct told {
    bool whole;      /* answered: from here on nothing may be missing */
    bool numbered;   /* `number` is the last one it has */
    unsigned number; /* 0: none yet */
    bool placed;     /* v1: `seq` is the last one it has */
    int64_t term, seq;
};

struct reader {
    struct stage_reader base;      /* first, so that the two pointers convert */
    const struct numbers *numbers; /* of each room */
    enum dialect_id dialect;
    struct ws *ws; /* NULL: not connected */
    struct told rooms[READER_ROOMS];
    int n_acks;               /* asked for; numbered from 0 */
    int answers[READER_ACKS]; /* to each */
};

/* The rooms' names. */
extern const char *const reader_rooms[READER_ROOMS];

/* Not connected yet: set `ws` then. */
void reader_init(struct reader *reader, enum dialect_id dialect, const struct numbers *numbers);

/* A number for the `ack` of its next command; -1: there are none left. */
int reader_next_ack(struct reader *reader);

/* Forgets the rooms it is not in: nothing may come from them. */
void reader_follow_session(struct reader *reader);

/* It is up to date: it has the last message of each of its rooms, and all its commands are
 * answered. */
void reader_check_complete(const struct reader *reader);

#endif
