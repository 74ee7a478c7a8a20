/* claim.h - what must be true whatever the bytes were. */
#ifndef TESTS_FUZZ_CLAIM_H
#define TESTS_FUZZ_CLAIM_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* Says where it was not, and ends the test. */
#define claim(condition) claim_at(condition, __FILE__, __LINE__)

static inline void claim_at(bool condition, const char *file, int line)
{
    if (condition)
        return;

    (void)fprintf(stderr, "%s:%d: this must not be\n", file, line);
    abort();
}

#endif
