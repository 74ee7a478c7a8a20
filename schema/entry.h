/* entry.h - what stands in a room's channel and lists: a head of our own, then the
 * publisher's bytes untouched.
 *
 *   <term>:<seq>:<ts>:<id>:<total>:<origin>:<flags>:{"msg_type":…}
 *
 * Fields may be empty.  Letters of flags that are not known here are passed over.
 *
 * A payload that came by plain PUBLISH has no head: it starts with `{` or with a
 * msgpack map byte, which no head does. */
#ifndef SCHEMA_ENTRY_H
#define SCHEMA_ENTRY_H

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/span.h"

#include <stdbool.h>
#include <stdint.h>

#define ENTRY_MAX_ID 256
#define ENTRY_MAX_ORIGIN 256
#define ENTRY_MAX_FLAGS 26                                     /* a letter each */
#define ENTRY_MAX_HEAD (ENTRY_MAX_ID + ENTRY_MAX_ORIGIN + 128) /* as entry_write() writes it */

/* Where a message stands in its room, compared as a pair.  (0,0): nowhere. */
struct position {
    uint64_t term;
    uint64_t seq;
};

/*   constant       letter   meaning */
#define ENTRY_FLAGS(X)                                                             \
    X(PLAIN_TEXT, 'p')    /* a client typed it: plain clients get the bare text */ \
    X(FIRST_OF_TERM, 'f') /* the first entry of its term */                        \
    X(NOT_TO_SENDER, 'x') /* its origin prints it itself */                        \
    X(RETURNING, 'r')     /* a join or leave that only gateways are told of */     \
    X(SUMMED, 's')        /* a like of many taps, added up by a gateway */         \
    X(MODERATION, 'm')    /* no message, but a notice of moderation for gateways */

enum entry_flag_index {
#define X(constant, letter) ENTRY_##constant##_INDEX,
    ENTRY_FLAGS(X)
#undef X
};

enum entry_flag {
#define X(constant, letter) ENTRY_##constant = 1 << ENTRY_##constant##_INDEX,
    ENTRY_FLAGS(X)
#undef X
};

struct entry {
    struct position position; /* (0,0): not sequenced */
    int64_t ts;               /* Unix time in ms; 0: unknown */
    struct span id;
    int64_t total;      /* the counter after this message; -1: none */
    struct span origin; /* region/worker/session; empty: a backend */
    unsigned flags;     /* ENTRY_… */
    struct span payload;
};

/* Takes an entry apart; its spans borrow `bytes`.  A payload without a head gives
 * an entry with just that.  0, or -EBADMSG. */
int entry_parse(struct entry *entry, struct span bytes) MUST_USE;

/* The flags as they stand in an entry; in `letters`. */
struct span entry_flag_letters(unsigned flags, char letters[ENTRY_MAX_FLAGS]);

/* Appends an entry (buffer.h's sticky failure).  Its id is empty or valid, its origin
 * has no colon. */
void entry_write(const struct entry *entry, struct buffer *out);

/* -1, 0 or 1, as for qsort. */
int position_compare(struct position a, struct position b);

#endif
