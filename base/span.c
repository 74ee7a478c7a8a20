#include "base/span.h"

#include <errno.h>

static int lower(char c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool span_equal_ignoring_case(struct span a, struct span b)
{
    if (a.size != b.size)
        return false;

    for (size_t i = 0; i < a.size; i++) {
        if (lower(a.data[i]) != lower(b.data[i]))
            return false;
    }

    return true;
}

struct span span_trim(struct span s)
{
    while (s.size > 0 && blank(s.data[0]))
        s = span_skip(s, 1);

    while (s.size > 0 && blank(s.data[s.size - 1]))
        s.size--;

    return s;
}

size_t span_find(struct span s, char c)
{
    const char *at = s.size > 0 ? memchr(s.data, c, s.size) : NULL;

    return at ? (size_t)(at - s.data) : s.size;
}

struct span span_cut(struct span *rest, char separator)
{
    size_t at = span_find(*rest, separator);
    struct span part = span_make(rest->data, at);

    *rest = at < rest->size ? span_skip(*rest, at + 1) : SPAN_NONE;

    return part;
}

int span_to_u64(struct span s, uint64_t *number)
{
    uint64_t n = 0;

    if (s.size == 0)
        return -EINVAL;

    for (size_t i = 0; i < s.size; i++) {
        if (s.data[i] < '0' || s.data[i] > '9')
            return -EINVAL;
    }

    for (size_t i = 0; i < s.size; i++) {
        uint64_t digit = (uint64_t)(s.data[i] - '0');

        if (n > (UINT64_MAX - digit) / 10)
            return -ERANGE;

        n = n * 10 + digit;
    }

    *number = n;

    return 0;
}

int span_to_i64(struct span s, int64_t *number)
{
    bool negative = s.size > 0 && s.data[0] == '-';
    uint64_t limit = negative ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;
    uint64_t n;
    int error = span_to_u64(negative ? span_skip(s, 1) : s, &n);

    if (error != 0)
        return error;

    if (n > limit)
        return -ERANGE;

    if (!negative)
        *number = (int64_t)n;
    else
        *number = n == limit ? INT64_MIN : -(int64_t)n;

    return 0;
}
