/* assignment.h - one name and value, as they stand in one source of settings.
 *
 * The part of settings.c that knows no sources: finds the setting, checks that this
 * source may set it, takes the value over, or says in one line what is wrong and where. */
#ifndef BASE_ASSIGNMENT_H
#define BASE_ASSIGNMENT_H

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/settings.h"
#include "base/span.h"

#include <stdbool.h>

struct assignment {
    enum setting_source source;
    struct span name; /* of a setting, perhaps with -file */
    struct span value;
    struct span label; /* where to look: --name, VARIABLE, or the path of the file */
    unsigned line;     /* in the file */
};

/* A settings_load() on its way; all borrowed. */
struct settings_loading {
    const struct settings_table *table;
    void *values;
    struct buffer *error;
    enum setting_source *set_by; /* for each row, the source that set it last */
    bool only_config;            /* first we only look for the file to read */
    size_t line_begins;          /* in `error`: of the fault that is being told */
    unsigned faults;             /* told so far */
};

/* The row of a name, and whether the name asks for a secret's file; NULL when there is none. */
const struct setting *assignment_row(const struct settings_loading *load, struct span name,
                                     bool *from_file);

/* Sets the value, unless its turn is before or after (only_config).
 * 0, -EINVAL with the error line, or -ENOMEM. */
int assignment_apply(struct settings_loading *load, const struct assignment *a) MUST_USE;

/* Sets the value of a row that is known.  As assignment_apply. */
int assignment_take(struct settings_loading *load, const struct assignment *a,
                    const struct setting *row, struct span text) MUST_USE;

#define UNKNOWN_SETTING "there is no such setting"

/* Writes the error line.  -EINVAL. */
int assignment_refuse(struct settings_loading *load, const struct assignment *a, const char *why)
    MUST_USE;

/* The same for a file that cannot be read; `error` is file_read's.  -EINVAL or -ENOMEM. */
int assignment_refuse_file(struct settings_loading *load, const struct assignment *a,
                           const char *path, int error) MUST_USE;

/* After each of the above: takes note of a fault, so that the others can be found as well.
 * 0: go on; or the error to end with. */
int assignment_go_on(struct settings_loading *load, int error) MUST_USE;

#endif
