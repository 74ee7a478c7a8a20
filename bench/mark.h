/* mark.h - what tells one message of the bench from another: its number in its room, and
 * when it was due, in text that all protocols pass on as it is.
 *
 * Due is when the message should have been sent, not when it was, so that the time a
 * message waits for a busy publisher counts as well. */
#ifndef BENCH_MARK_H
#define BENCH_MARK_H

#include <stddef.h>
#include <stdint.h>

enum { MARK_SIZE = 33 };

struct mark {
    uint64_t number; /* from 0, in its room */
    uint64_t due_us; /* clock_now_us() */
};

/* Without a NUL. */
void mark_write(const struct mark *mark, char text[MARK_SIZE]);

/* Finds the first mark in these bytes.  What follows it, or NULL when there is none. */
const char *mark_find(const char *text, size_t size, struct mark *mark);

#endif
