#include "base/setting_value.h"

#include "base/address.h"
#include "base/setting_format.h"
#include "base/text_list.h"
#include "base/units.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* "text" complaint */
static int invalid(const struct setting *row, struct span text, struct buffer *error,
                   const char *complaint)
{
    if (row->flags & (SETTING_SECRET | SETTING_URL)) {
        (void)buffer_printf(error, "the value %s", complaint);
        return -EINVAL;
    }

    (void)buffer_add_char(error, '"');
    setting_show(text, error);
    (void)buffer_printf(error, "\" %s", complaint);

    return -EINVAL;
}

static int check_range(const struct setting *row, int64_t value, struct buffer *error)
{
    if (!setting_is_limited(row) || (value >= row->min && value <= row->max))
        return 0;

    setting_format_number(row, value, error);
    (void)buffer_add_text(error, " is not within ");
    (void)setting_format_limits(row, error);

    return -EINVAL;
}

static int parse_integer(const struct setting *row, struct span text, void *at,
                         struct buffer *error)
{
    int64_t value;

    if (span_to_i64(text, &value) != 0)
        return invalid(row, text, error, "is not a whole number");

    if (check_range(row, value, error) != 0)
        return -EINVAL;

    *(int64_t *)at = value;

    return 0;
}

static int parse_duration(const struct setting *row, struct span text, void *at,
                          struct buffer *error)
{
    uint64_t value;

    if (units_parse_duration(text, &value) != 0)
        return invalid(row, text, error, "is not a duration (like 250ms, 10s, 5m, 2h, 7d)");

    if (check_range(row, (int64_t)value, error) != 0)
        return -EINVAL;

    *(uint64_t *)at = value;

    return 0;
}

static int parse_bytes(const struct setting *row, struct span text, void *at, struct buffer *error)
{
    uint64_t value;

    if (units_parse_size(text, &value) != 0)
        return invalid(row, text, error, "is not a size (like 16384, 64KB, 8MB)");

    if (check_range(row, (int64_t)value, error) != 0)
        return -EINVAL;

    *(uint64_t *)at = value;

    return 0;
}

static char *copy(struct span text)
{
    char *s = malloc(text.size + 1);

    if (!s)
        return NULL;

    if (text.size > 0)
        memcpy(s, text.data, text.size);

    s[text.size] = '\0';

    return s;
}

static bool has_controls(struct span text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (setting_is_control(text.data[i]))
            return true;
    }

    return false;
}

static int check_text(const struct setting *row, struct span text, struct buffer *error)
{
    if (has_controls(text))
        return invalid(row, text, error, "holds a control character");

    if (text.size > 0 && text.size < (size_t)row->min) {
        (void)buffer_printf(error, "the value must be at least %" PRId64 " bytes long", row->min);
        return -EINVAL;
    }

    if (row->max > 0 && text.size > (size_t)row->max) {
        (void)buffer_printf(error, "the value must be at most %" PRId64 " bytes long", row->max);
        return -EINVAL;
    }

    return 0;
}

static int parse_text(const struct setting *row, struct span text, void *at, struct buffer *error)
{
    char **value = at;
    char *s;

    if (check_text(row, text, error) != 0)
        return -EINVAL;

    s = copy(text);
    if (!s)
        return -ENOMEM;

    free(*value);
    *value = s;

    return 0;
}

static int parse_flag(const struct setting *row, struct span text, void *at, struct buffer *error)
{
    static const char *const words[] = {"false", "true", "no", "yes", "off", "on", "0", "1"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (span_equal_ignoring_case(text, span_of(words[i]))) {
            *(bool *)at = i % 2 == 1;
            return 0;
        }
    }

    return invalid(row, text, error, "is neither true nor false");
}

static int parse_choice(const struct setting *row, struct span text, void *at, struct buffer *error)
{
    struct span rest = span_of(row->choices);

    for (int i = 0; !span_is_none(rest); i++) {
        if (span_equal(span_cut(&rest, '|'), text)) {
            *(int *)at = i;
            return 0;
        }
    }

    (void)invalid(row, text, error, "is not one of");
    for (rest = span_of(row->choices); !span_is_none(rest);) {
        struct span choice = span_cut(&rest, '|');

        (void)buffer_printf(error, " %.*s%s", SPAN_ARGS(choice), span_is_none(rest) ? "" : ",");
    }

    return -EINVAL;
}

static int parse_list(const struct setting *row, struct span text, void *at, struct buffer *error)
{
    struct text_list list;
    int result;

    if (check_text(row, text, error) != 0)
        return -EINVAL;

    result = text_list_parse(&list, text);
    if (result == -EINVAL)
        return invalid(row, text, error, "has an empty item");

    if (result != 0)
        return result;

    text_list_dispose(at);
    *(struct text_list *)at = list;

    return 0;
}

static int parse_address(const struct setting *row, struct span text, void *at,
                         struct buffer *error)
{
    if (address_parse(text, at) != 0)
        return invalid(row, text, error, "is not an address (like 127.0.0.1:8080, [::1]:8080)");

    return 0;
}

static const struct {
    int (*parse)(const struct setting *row, struct span text, void *at, struct buffer *error);
    const char *argument;
    const char *fallback;
} types[] = {
    [SETTING_HEADING] = {NULL, "", ""},
    [SETTING_INTEGER] = {parse_integer, "N", "0"},
    [SETTING_DURATION] = {parse_duration, "TIME", "0"},
    [SETTING_BYTES] = {parse_bytes, "SIZE", "0"},
    [SETTING_TEXT] = {parse_text, "TEXT", ""},
    [SETTING_FLAG] = {parse_flag, "", "false"},
    [SETTING_CHOICE] = {parse_choice, NULL, ""},
    [SETTING_LIST] = {parse_list, "LIST", ""},
    [SETTING_ADDRESS] = {parse_address, "HOST:PORT", ""},
};

int setting_parse(const struct setting *row, struct span text, void *values, struct buffer *error)
{
    return types[row->type].parse(row, text, (char *)values + row->offset, error);
}

const char *setting_fallback(const struct setting *row)
{
    return row->fallback ? row->fallback : types[row->type].fallback;
}

const char *setting_argument(const struct setting *row)
{
    if (row->argument)
        return row->argument;

    return row->type == SETTING_CHOICE ? row->choices : types[row->type].argument;
}

void setting_dispose(const struct setting *row, void *values)
{
    void *at = (char *)values + row->offset;

    if (row->type == SETTING_TEXT) {
        char **value = at;

        if (*value && row->flags & (SETTING_SECRET | SETTING_URL))
            explicit_bzero(*value, strlen(*value));

        free(*value);
        *value = NULL;
    } else if (row->type == SETTING_LIST) {
        text_list_dispose(at);
    }
}
