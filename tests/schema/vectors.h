/* vectors.h - the golden messages of schema/vectors/, whose README.md says what they are.
 *
 * Read with jansson, in a file of its own: its names and those of schema/json.h collide. */
#ifndef TESTS_SCHEMA_VECTORS_H
#define TESTS_SCHEMA_VECTORS_H

#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>

#define VECTOR_TEXTS 4

struct vector {
    const char *name;
    struct span payload;
    const char *room;
    size_t max_bytes;
    bool summed;
    bool good;
    const char *kind;    /* of a good one */
    const char *refusal; /* of a bad one */
    const char *field;   /* likewise */
    struct {
        const char *field;
        struct span text;
    } texts[VECTOR_TEXTS]; /* up to the first without a field */
};

/* Calls back for each vector of each file.  How many there were; fails the test if a
 * file cannot be read. */
size_t vectors_run(void (*run)(const struct vector *vector));

/* Are both JSON to jansson (which knows no number that no double holds), and do they mean the
 * same? */
bool vectors_mean_the_same(struct span json, struct span other);

#endif
