/* log.h - one line for the person on call: what happened and what we do about it.
 *
 *     LOG(WARN, "redis lost, retrying", LOG_TEXT("host", host), LOG_INT("retry_ms", ms));
 *
 * writes
 *
 *     ts=2025-11-20T12:58:00.123Z level=warn msg="redis lost, retrying"
 *         host=10.0.0.7:6379 retry_ms=200
 *
 * as one line, or, as JSON, one object a line.  Values may come from strangers: quotes, control
 * bytes, broken UTF-8 and marks that turn the direction of text are escaped, so
 * nobody writes lines of their own.  Long values are cut ("..."), and a line has at
 * most LOG_MAX_LINE bytes (fields that no longer fit are left out, and it says
 * truncated=true).  Never log a message's body, never a token.
 *
 * A line is one write(2) and needs no memory.  What cannot be written is lost, and
 * the next line says how many were.  Any thread. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/attributes.h"
#include "base/span.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { LOG_MAX_LINE = 4096 }; /* a pipe takes so much at once, unmixed */

enum log_level { LEVEL_ERROR, LEVEL_WARN, LEVEL_INFO, LEVEL_DEBUG };
enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };

/* Where lines go and which; before this, text from info upwards to stderr.
 * Borrows fd. */
void log_init(enum log_level level, enum log_format format, int fd);

/* May be changed while running. */
void log_set_level(enum log_level level);

/* Would a line of this level be written? */
bool log_enabled(enum log_level level);

/* ---- fields: a literal key (snake_case, units in the name) and a borrowed value ---- */

enum log_field_type {
    LOG_FIELD_END,
    LOG_FIELD_TEXT,
    LOG_FIELD_INT,
    LOG_FIELD_UINT,
    LOG_FIELD_BOOL
};

struct log_field {
    const char *key;
    enum log_field_type type;
    union {
        struct span text;
        int64_t number;
        uint64_t natural;
        bool truth;
    };
};

#define LOG_TEXT(name, value) LOG_SPAN(name, span_of(value))
#define LOG_SPAN(name, value)                                  \
    {                                                          \
        .key = (name), .type = LOG_FIELD_TEXT, .text = (value) \
    }
#define LOG_INT(name, value)                                    \
    {                                                           \
        .key = (name), .type = LOG_FIELD_INT, .number = (value) \
    }
#define LOG_UINT(name, value)                                     \
    {                                                             \
        .key = (name), .type = LOG_FIELD_UINT, .natural = (value) \
    }
#define LOG_BOOL(name, value)                                   \
    {                                                           \
        .key = (name), .type = LOG_FIELD_BOOL, .truth = (value) \
    }

/* An errno, negative or not, as its text: error="Connection refused". */
#define LOG_ERRNO(name, error) LOG_TEXT(name, log_errno_text(error))

const char *log_errno_text(int error);

/* ---- lines ---- */

/* LOG(LEVEL, "what happened, what we do", fields...): fields are not evaluated when
 * the level is off. */
#define LOG(level, ...) LOG_WRITE(LEVEL_##level, 0, __VA_ARGS__, {.type = LOG_FIELD_END})

/* The same at most n times in interval_ms from this place in the code; the next line
 * from here says how many were suppressed. */
#define LOG_LIMITED(level, n, interval_ms, ...)                                             \
    do {                                                                                    \
        static struct log_limit log_limit_here;                                             \
        uint64_t log_suppressed;                                                            \
        if (log_enabled(LEVEL_##level) &&                                                   \
            log_limit_passes(&log_limit_here, n, interval_ms, &log_suppressed))             \
            LOG_WRITE(LEVEL_##level, log_suppressed, __VA_ARGS__, {.type = LOG_FIELD_END}); \
    } while (0)

/* One place's limit; all zero at first. */
struct log_limit {
    _Atomic uint64_t ends; /* when the interval ends, in ms */
    _Atomic uint64_t passed;
    _Atomic uint64_t suppressed;
};

/* May one more pass?  If so, how many could not since the last that did. */
bool log_limit_passes(struct log_limit *limit, uint64_t n, uint64_t interval_ms,
                      uint64_t *suppressed);

#define LOG_WRITE(level, suppressed, message, ...)                                          \
    do {                                                                                    \
        if (log_enabled(level))                                                             \
            log_write(level, suppressed, message, (const struct log_field[]){__VA_ARGS__}); \
    } while (0)

/* What the macros call; `fields` ends with LOG_FIELD_END. */
void log_write(enum log_level level, uint64_t suppressed, const char *message,
               const struct log_field *fields);

#endif
