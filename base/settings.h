/* settings.h - one table of settings; command line, environment and file are read,
 * checked, explained and printed from it.
 *
 * A setting `max-message` is, from weak to strong: its default in the table, the line
 * `max-message = 16KB` of the file named by --config, the variable
 * LIVEGATE_MAX_MESSAGE, the flag `--max-message 16KB` or `--max-message=16KB`.  A flag
 * given twice: the last one wins.  A secret may also come from a file: by
 * `--token-secret-file PATH`, LIVEGATE_TOKEN_SECRET_FILE or `token-secret-file = PATH`
 * (one line end at the end of the file does not count), so that it shows neither in the
 * list of processes nor in the environment.
 *
 * Nothing wrong is passed over: an unknown name or an invalid value, from whatever
 * source, fails with a line that names it.  Only the variables that Kubernetes sets
 * for a Service called livegate (LIVEGATE_SERVICE_HOST, LIVEGATE_PORT=tcp://...) are
 * nobody's mistake.
 *
 * Values live in a struct of the caller, at the offsets the table gives:
 *
 *     type               C type                 text
 *     SETTING_INTEGER    int64_t                42
 *     SETTING_DURATION   uint64_t, in ms        10 (seconds), 250ms, 10s, 5m, 2h, 7d
 *     SETTING_BYTES      uint64_t               16384, 64KB (of 1024), 8MB, 1GB
 *     SETTING_TEXT       char *, owned          anything without control characters; never NULL
 *     SETTING_FLAG       bool                   true, false; as flags --name, --no-name
 *     SETTING_CHOICE     int, index in choices  one of the choices
 *     SETTING_LIST       struct text_list       a,b,c
 *     SETTING_ADDRESS    struct address         127.0.0.1:8080, [::1]:8080, :8080
 *
 * Loaded once by the main thread; afterwards any thread may read the values. */
#ifndef BASE_SETTINGS_H
#define BASE_SETTINGS_H

#include "base/address.h"
#include "base/attributes.h"
#include "base/buffer.h"
#include "base/text_list.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SETTINGS_PREFIX "LIVEGATE_"

enum setting_type {
    SETTING_HEADING, /* not a setting: `help` is the title of those that follow */
    SETTING_INTEGER,
    SETTING_DURATION,
    SETTING_BYTES,
    SETTING_TEXT,
    SETTING_FLAG,
    SETTING_CHOICE,
    SETTING_LIST,
    SETTING_ADDRESS
};

enum {
    SETTING_SECRET = 1,     /* never shown; may come from a file (SETTING_TEXT) */
    SETTING_RELOADABLE = 2, /* may change while running, on SIGHUP */
    SETTING_COMMAND = 4,    /* only on the command line: --help, --version (SETTING_FLAG) */
    SETTING_CONFIG = 8,     /* "config", the file to read; not in the file itself (SETTING_TEXT) */
    SETTING_URL = 16        /* may hold a password before an @, which is never shown; may come
                             * from a file (SETTING_TEXT) */
};

struct setting {
    const char *name; /* lower case and dashes */
    enum setting_type type;
    unsigned flags;
    const char *fallback; /* the default, as text; NULL is as "" or, for a flag, "false" */
    int64_t min, max; /* numbers: both 0 is no limit; texts: lengths unless empty, max 0 is none */
    const char *choices;  /* "none|viewer" */
    const char *argument; /* what stands for the value in the help: "FILE"; NULL: by type */
    size_t offset;        /* SETTING_OFFSET */
    const char *help;     /* a short sentence without the full stop */
};

/* offsetof that does not compile when the member is not of the C type its setting
 * needs:  .offset = SETTING_OFFSET(struct options, max_message, uint64_t)
 *
 * NOLINTBEGIN(bugprone-macro-parentheses): types take none */
/* clang-format off */
#define SETTING_OFFSET(type, member, value_type) \
    (offsetof(type, member) +                    \
     0 * sizeof(char[_Generic(((type *)0)->member, value_type: 1, default: -1)]))
/* clang-format on */
/* NOLINTEND(bugprone-macro-parentheses) */

struct settings_table {
    const struct setting *rows;
    size_t count;
};

struct settings_sources {
    int argc; /* argv[0] is the program */
    char *const *argv;
    char *const *environment; /* "NAME=value", ends with NULL */
};

/* From weak to strong. */
enum setting_source { FROM_NOWHERE, FROM_DEFAULT, FROM_FILE, FROM_ENVIRONMENT, FROM_FLAG };

/* Fills `values`, a struct of zeros, from all sources; the caller owns what is in it and
 * ends it with settings_dispose.  `set_by`, of one place for each row, says what each value is
 * from; NULL: nobody asks.
 * 0; -EINVAL and a line for each fault (the first 20; no line end at the end) in `error`; or
 * -ENOMEM.  With -EINVAL `values` has what is good, and what is not as it was before; with
 * -ENOMEM it owns nothing. */
int settings_load(const struct settings_table *table, const struct settings_sources *sources,
                  void *values, enum setting_source *set_by, struct buffer *error) MUST_USE;

/* Frees what the values own; also after a failed load. */
void settings_dispose(const struct settings_table *table, void *values);

/* Appends the names of those whose values differ, separated by commas: of those that may change
 * while running, or of those that may not.  How many there are. */
size_t settings_changed(const struct settings_table *table, const void *before, const void *after,
                        bool reloadable, struct buffer *names);

/* Appends all values as a file that --config reads, each that is no default below a comment that
 * says what it is from; secrets that are set are hidden. */
void settings_print(const struct settings_table *table, const void *values,
                    const enum setting_source *set_by, struct buffer *out);

/* Appends the explanation of all flags, for --help. */
void settings_help(const struct settings_table *table, struct buffer *out);

/* Appends the same as Markdown, for docs/configuration.md. */
void settings_markdown(const struct settings_table *table, struct buffer *out);

#endif
