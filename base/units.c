#include "base/units.h"

#include <errno.h>

struct unit {
    const char *name;
    uint64_t size;
};

/* From large to 1; among equals the one to print with comes first. */
static const struct unit durations[] = {
    {"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}, {NULL, 0},
};

static const struct unit sizes[] = {
    {"GB", 1 << 30}, {"G", 1 << 30}, {"MB", 1 << 20}, {"M", 1 << 20}, {"KB", 1 << 10},
    {"K", 1 << 10},  {"", 1},        {"B", 1},        {NULL, 0},
};

/* A whole number and one of the units; without a unit, of `plain` each. */
static int parse(struct span text, const struct unit *units, uint64_t plain, uint64_t *value)
{
    size_t digits = 0;
    uint64_t number;
    struct span name;

    while (digits < text.size && text.data[digits] >= '0' && text.data[digits] <= '9')
        digits++;

    if (span_to_u64(span_make(text.data, digits), &number) != 0)
        return -EINVAL;

    name = span_trim(span_skip(text, digits));
    if (name.size > 0) {
        while (units->name && !span_equal_ignoring_case(name, span_of(units->name)))
            units++;

        plain = units->size;
    }

    if (plain == 0 || number > INT64_MAX / plain)
        return -EINVAL;

    *value = number * plain;

    return 0;
}

static void format(uint64_t value, const struct unit *units, struct buffer *out)
{
    while (value % units->size != 0)
        units++;

    (void)buffer_add_u64(out, value / units->size);
    if (value > 0)
        (void)buffer_add_text(out, units->name);
}

int units_parse_duration(struct span text, uint64_t *ms)
{
    return parse(text, durations, 1000, ms);
}

int units_parse_size(struct span text, uint64_t *bytes)
{
    return parse(text, sizes, 1, bytes);
}

void units_format_duration(uint64_t ms, struct buffer *out)
{
    format(ms, durations, out);
}

void units_format_size(uint64_t bytes, struct buffer *out)
{
    format(bytes, sizes, out);
}
