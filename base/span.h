/* span.h - bytes that somebody else owns: where they are and how many.
 *
 * Not NUL-terminated, not freed, valid as long as the owner says.  Passed by
 * value.  SPAN_NONE ("absent") has no data; an empty span has data and size 0;
 * both have equal bytes, so span_equal does not tell them apart: ask
 * span_is_none. */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include "base/attributes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
    const char *data;
    size_t size;
};

#define SPAN_NONE ((struct span){NULL, 0})

/* A span of a literal that static tables can hold. */
#define SPAN_LITERAL(literal)           \
    {                                   \
        literal, sizeof(literal "") - 1 \
    }

/* The two arguments of "%.*s". */
#define SPAN_ARGS(span) (int)(span).size, (span).data ? (span).data : ""

static inline struct span span_make(const void *data, size_t size)
{
    return (struct span){(const char *)data, size};
}

/* Borrows a string; SPAN_NONE for NULL. */
static inline struct span span_of(const char *text)
{
    return text ? (struct span){text, strlen(text)} : SPAN_NONE;
}

static inline bool span_is_none(struct span s)
{
    return s.data == NULL;
}

static inline bool span_equal(struct span a, struct span b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static inline bool span_is(struct span s, const char *text)
{
    return span_equal(s, span_of(text));
}

static inline bool span_starts_with(struct span s, struct span prefix)
{
    return s.size >= prefix.size &&
           (prefix.size == 0 || (s.data && memcmp(s.data, prefix.data, prefix.size) == 0));
}

static inline bool span_ends_with(struct span s, struct span suffix)
{
    return s.size >= suffix.size &&
           (suffix.size == 0 ||
            span_equal(span_make(s.data + (s.size - suffix.size), suffix.size), suffix));
}

/* What is left after the first n bytes (or nothing). */
static inline struct span span_skip(struct span s, size_t n)
{
    if (n == 0)
        return s;

    return n < s.size ? span_make(s.data + n, s.size - n) : span_make(s.data, 0);
}

/* ASCII letters of either case are equal; for names of headers and options. */
bool span_equal_ignoring_case(struct span a, struct span b);

/* Without spaces, tabs and line ends at both ends. */
struct span span_trim(struct span s);

/* Where c first stands in s, or s.size. */
size_t span_find(struct span s, char c);

/* Cuts the part before the first `separator` off *rest and gives it; *rest is
 * SPAN_NONE after the last part.  "a,,b" has three parts, "" has one.
 *
 *     while (!span_is_none(rest))
 *         part = span_cut(&rest, ','); */
struct span span_cut(struct span *rest, char separator);

/* A decimal number, digits only.  0, -EINVAL (no digits, or other bytes) or
 * -ERANGE; *number changes only on success. */
int span_to_u64(struct span s, uint64_t *number) MUST_USE;

/* The same with an optional '-'. */
int span_to_i64(struct span s, int64_t *number) MUST_USE;

#endif
