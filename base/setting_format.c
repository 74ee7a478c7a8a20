#include "base/setting_format.h"

#include "base/address.h"
#include "base/text_list.h"
#include "base/units.h"

#include <string.h>

enum { MAX_SHOWN = 60 };

bool setting_is_control(char c)
{
    return (unsigned char)c < ' ' || c == 0x7f;
}

void setting_show(struct span text, struct buffer *out)
{
    size_t shown = text.size < MAX_SHOWN ? text.size : MAX_SHOWN;

    for (size_t i = 0; i < shown; i++)
        (void)buffer_add(out, setting_is_control(text.data[i]) ? "?" : text.data + i, 1);

    (void)buffer_add_text(out, text.size > shown ? "..." : "");
}

void setting_format_number(const struct setting *row, int64_t value, struct buffer *out)
{
    if (row->type == SETTING_DURATION)
        units_format_duration((uint64_t)value, out);
    else if (row->type == SETTING_BYTES)
        units_format_size((uint64_t)value, out);
    else
        (void)buffer_add_i64(out, value);
}

bool setting_is_limited(const struct setting *row)
{
    return row->min != 0 || row->max != 0;
}

bool setting_format_limits(const struct setting *row, struct buffer *out)
{
    bool number =
        row->type == SETTING_INTEGER || row->type == SETTING_DURATION || row->type == SETTING_BYTES;

    if (!number || !setting_is_limited(row))
        return false;

    setting_format_number(row, row->min, out);
    (void)buffer_add_text(out, " to ");
    setting_format_number(row, row->max, out);

    return true;
}

static void format_choice(const struct setting *row, int value, struct buffer *out)
{
    struct span rest = span_of(row->choices);
    struct span choice = span_cut(&rest, '|');

    for (; value > 0; value--)
        choice = span_cut(&rest, '|');

    (void)buffer_add_span(out, choice);
}

/* Where the user and password of a URL stand; none when there are none. */
static struct span credentials(const char *url)
{
    const char *start = strstr(url, "://");
    const char *end = strrchr(url, '@');

    return start && end && end > start ? span_make(start + 3, (size_t)(end - start - 3))
                                       : SPAN_NONE;
}

/* The part of a text that must not be shown. */
static struct span hidden_part(const struct setting *row, const char *text)
{
    if (row->flags & SETTING_SECRET)
        return span_make(text, strlen(text));

    return row->flags & SETTING_URL ? credentials(text) : SPAN_NONE;
}

static const char *text_of(const struct setting *row, const void *values)
{
    return *(char *const *)((const char *)values + row->offset);
}

bool setting_hides(const struct setting *row, const void *values)
{
    return row->type == SETTING_TEXT && hidden_part(row, text_of(row, values)).size > 0;
}

static void format_text(const struct setting *row, const char *text, struct buffer *out)
{
    struct span hidden = hidden_part(row, text);

    if (hidden.size == 0) {
        (void)buffer_add_text(out, text);
        return;
    }

    (void)buffer_add(out, text, (size_t)(hidden.data - text));
    (void)buffer_add_text(out, "********");
    (void)buffer_add_text(out, hidden.data + hidden.size);
}

void setting_format(const struct setting *row, const void *values, struct buffer *out)
{
    const void *at = (const char *)values + row->offset;

    switch (row->type) {
    case SETTING_INTEGER:
    case SETTING_DURATION:
    case SETTING_BYTES:
        setting_format_number(row, *(const int64_t *)at,
                              out); /* all three are 64 bits and below 2^63 */
        break;

    case SETTING_TEXT:
        format_text(row, text_of(row, values), out);
        break;

    case SETTING_FLAG:
        (void)buffer_add_text(out, *(const bool *)at ? "true" : "false");
        break;

    case SETTING_CHOICE:
        format_choice(row, *(const int *)at, out);
        break;

    case SETTING_LIST:
        text_list_write(at, out);
        break;

    case SETTING_ADDRESS:
        (void)address_write(at, out);
        break;

    case SETTING_HEADING:
        break;
    }
}
