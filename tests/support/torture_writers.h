/* torture_writers.h - refuses memory to what writes into a buffer.
 *
 * Wherever the buffer has to grow: either all was written or the buffer says that it was not, and
 * when it has been cleared the same writer writes the same as ever. */
#ifndef TESTS_SUPPORT_TORTURE_WRITERS_H
#define TESTS_SUPPORT_TORTURE_WRITERS_H

#include <stddef.h>

struct buffer;

struct torture_writer {
    const char *name;
    void (*write)(struct buffer *out);
};

void torture_writers(const struct torture_writer *writers, size_t n);

#endif
