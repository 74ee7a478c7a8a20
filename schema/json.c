#include "schema/json.h"

#include "schema/json_scan.h"
#include "schema/utf8.h"

#include <errno.h>
#include <string.h>

/* ---- reading ---- */

int json_check(struct span text, enum json_type *type)
{
    struct json_scan scan = json_scan_start(text);
    struct json_value value;

    if (!json_scan_value(&scan, &value) || !json_scan_at_end(&scan))
        return scan.error;
    *type = value.type;

    return 0;
}

/* Goes on where the last call stopped; the bracket is entered by the first one. */
static bool resume(struct json_scan *scan, struct span container, size_t at, char bracket)
{
    *scan = json_scan_start(container);
    if (at == 0)
        return json_scan_enter(scan, bracket);
    scan->at += at;

    return true;
}

bool json_next_member(struct span object, size_t *at, struct json_member *member)
{
    struct json_scan scan;

    if (!resume(&scan, object, *at, '{') || json_scan_member(&scan, *at == 0, member) != 1)
        return false;
    *at = (size_t)(scan.at - object.data);

    return true;
}

bool json_next_item(struct span array, size_t *at, struct json_value *item)
{
    struct json_scan scan;

    if (!resume(&scan, array, *at, '[') || json_scan_item(&scan, *at == 0, item) != 1)
        return false;
    *at = (size_t)(scan.at - array.data);

    return true;
}

/* ---- what strings mean ---- */

static uint32_t hex4(const char *digits)
{
    uint32_t unit = 0;

    for (int i = 0; i < 4; i++) {
        char c = digits[i];

        unit = unit << 4 | (uint32_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }

    return unit;
}

/* Reads the escape at the start of *rest.  The bytes that it means. */
static size_t read_escape(struct span *rest, char bytes[4])
{
    static const char short_escapes[][2] = {
        {'b', '\b'}, {'f', '\f'}, {'n', '\n'}, {'r', '\r'}, {'t', '\t'}};
    uint32_t unit;

    if (rest->size >= 6 && rest->data[1] == 'u') {
        unit = hex4(rest->data + 2);
        *rest = span_skip(*rest, 6);
        if ((unit & 0xFC00) == 0xD800 && rest->size >= 6) {
            unit = 0x10000 + ((unit & 0x3FF) << 10) + (hex4(rest->data + 2) & 0x3FF);
            *rest = span_skip(*rest, 6);
        }
        return utf8_write(unit, bytes);
    }

    bytes[0] = rest->data[rest->size > 1]; /* a checked text has something behind the backslash */
    *rest = span_skip(*rest, 2);
    for (size_t i = 0; i < sizeof short_escapes / sizeof short_escapes[0]; i++) {
        if (bytes[0] == short_escapes[i][0])
            bytes[0] = short_escapes[i][1];
    }

    return 1;
}

/* Takes the next piece of a string's meaning off *rest: a run as it is, or an escape,
 * decoded into `bytes`. */
static struct span next_piece(struct span *rest, char bytes[4])
{
    size_t run = span_find(*rest, '\\');
    struct span piece = span_make(rest->data, run);

    if (run > 0) {
        *rest = span_skip(*rest, run);
        return piece;
    }

    return span_make(bytes, read_escape(rest, bytes));
}

int json_decode(struct json_value string, char *text, size_t capacity)
{
    struct span rest = string.raw;
    size_t length = 0;
    char bytes[4];

    while (rest.size > 0) {
        struct span piece = next_piece(&rest, bytes);

        if (piece.size > capacity - length)
            return -ENOBUFS;
        memcpy(text + length, piece.data, piece.size);
        length += piece.size;
    }

    return (int)length;
}

void json_decode_into(struct json_value string, struct buffer *out)
{
    struct span rest = string.raw;
    char bytes[4];

    while (rest.size > 0)
        (void)buffer_add_span(out, next_piece(&rest, bytes));
}

size_t json_length(struct json_value string)
{
    struct span rest = string.raw;
    size_t length = 0;
    char bytes[4];

    while (rest.size > 0)
        length += utf8_length(next_piece(&rest, bytes));

    return length;
}

int json_to_integer(struct json_value number, int64_t *integer)
{
    if (number.type != JSON_NUMBER || span_to_i64(number.raw, integer) != 0)
        return -ERANGE;

    return 0;
}

/* ---- writing ---- */

static void write_escape(struct buffer *out, char c)
{
    static const char hex[] = "0123456789abcdef";
    static const char names[][2] = {{'"', '"'},  {'\\', '\\'}, {'\n', 'n'}, {'\r', 'r'},
                                    {'\t', 't'}, {'\b', 'b'},  {'\f', 'f'}};
    char escape[] = "\\u00";

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (c == names[i][0]) {
            escape[1] = names[i][1];
            (void)buffer_add(out, escape, 2);
            return;
        }
    }

    (void)buffer_add_text(out, escape);
    (void)buffer_add_char(out, hex[(unsigned char)c >> 4]);
    (void)buffer_add_char(out, hex[(unsigned char)c & 15]);
}

/* One character that json_plain_end() stops at.  Its bytes. */
static size_t write_special(struct buffer *out, const char *at, const char *end)
{
    size_t size = utf8_character(at, end);

    if (size == 0) {
        (void)buffer_add_text(out, "\xEF\xBF\xBD");
        return 1;
    }

    if (size == 1)
        write_escape(out, *at);
    else
        (void)buffer_add(out, at, size);

    return size;
}

void json_write_content(struct buffer *out, struct span text)
{
    const char *at = text.data;
    const char *end = text.size > 0 ? at + text.size : at;

    while (at < end) {
        const char *run_end = json_plain_end(at, end);

        (void)buffer_add(out, at, (size_t)(run_end - at));
        at = run_end;
        if (at < end)
            at += write_special(out, at, end);
    }
}

void json_write_string(struct buffer *out, struct span text)
{
    (void)buffer_add_char(out, '"');
    json_write_content(out, text);
    (void)buffer_add_char(out, '"');
}

static void begin_member(struct buffer *out, const char *name)
{
    (void)buffer_add_text(out, ",\"");
    (void)buffer_add_text(out, name);
    (void)buffer_add_text(out, "\":");
}

void json_add_number(struct buffer *out, const char *name, uint64_t number)
{
    begin_member(out, name);
    (void)buffer_add_u64(out, number);
}

void json_add_string(struct buffer *out, const char *name, struct span text)
{
    begin_member(out, name);
    json_write_string(out, text);
}

void json_write_value(struct buffer *out, struct json_value value)
{
    bool quoted = value.type == JSON_STRING;

    if (quoted)
        (void)buffer_add_char(out, '"');
    (void)buffer_add_span(out, value.raw);
    if (quoted)
        (void)buffer_add_char(out, '"');
}
