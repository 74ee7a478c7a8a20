/* reading.h - reads settings as main() does, for tests. */
#ifndef TESTS_GATEWAY_READING_H
#define TESTS_GATEWAY_READING_H

#include "gateway/options.h"

#include <stddef.h>

struct reading {
    struct options options;
    char *out; /* what was printed */
    char *err;
    size_t out_size;
    size_t err_size;
};

/* Reads up to five arguments, ended by NULL, and one variable, either of which may be NULL.
 * Ends with reading_drop(). */
enum options_verdict reading_all(struct reading *f, const char *const *arguments,
                                 const char *variable);

#define READ(f, ...) reading_all(f, (const char *const[]){__VA_ARGS__, NULL}, NULL)

void reading_drop(struct reading *f);

/* No arguments and one variable, which may be NULL; valid until the next call. */
const struct settings_sources *reading_sources(const char *variable);

#endif
