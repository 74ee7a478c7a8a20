#include "gateway/upgrade_request.h"

#include "base/percent.h"
#include "schema/utf8.h"

#include <ctype.h>
#include <errno.h>

enum { METHOD_MAX = 20 };

/* RFC 9110 5.6.2: what names of methods and headers are made of. */
static bool token_byte(char c)
{
    return isalnum((unsigned char)c) || (c != '\0' && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_token(struct span s)
{
    for (size_t i = 0; i < s.size; i++) {
        if (!token_byte(s.data[i]))
            return false;
    }

    return s.size > 0;
}

static bool control_byte(char c)
{
    return (unsigned char)c < 0x20 || c == 0x7f;
}

/* What a header's value may hold: no control bytes but tabs; UTF-8 and Latin-1 pass. */
static bool is_value(struct span s)
{
    for (size_t i = 0; i < s.size; i++) {
        if (control_byte(s.data[i]) && s.data[i] != '\t')
            return false;
    }

    return true;
}

/* No spaces, no control bytes, no fragment; bytes that should be escaped but are UTF-8 pass,
 * for simple clients send them. */
static bool is_target(struct span s)
{
    for (size_t i = 0; i < s.size; i++) {
        if (control_byte(s.data[i]) || s.data[i] == ' ' || s.data[i] == '#')
            return false;
    }

    return s.size > 0;
}

/* Something that will never be a request, like a TLS hello, is refused before it is whole. */
static int read_start(struct span bytes)
{
    size_t size = span_find(bytes, ' ');

    if (size > METHOD_MAX || (size > 0 && !is_token(span_make(bytes.data, size))))
        return -EBADMSG;

    return -EAGAIN;
}

static int read_request_line(struct upgrade_request *request, struct span line)
{
    struct span target;

    request->method = span_cut(&line, ' ');
    target = span_cut(&line, ' ');
    request->version = line;

    if (!is_token(request->method) || !is_target(target) || !is_target(line))
        return -EBADMSG;

    request->query = target;
    request->path = span_cut(&request->query, '?');

    return 0;
}

/* Cuts a line off *rest, which holds whole lines, without its CR LF.
 * A CR or LF that stands alone stays inside and is refused as a control byte. */
static struct span cut_line(struct span *rest)
{
    size_t end = 0;
    struct span line;

    do
        end += span_find(span_skip(*rest, end), '\n') + 1;
    while (end < rest->size && (end < 2 || rest->data[end - 2] != '\r'));

    line = span_make(rest->data, end - 2);
    *rest = span_skip(*rest, end);

    return line;
}

static int read_header(struct span line, struct span *name, struct span *value)
{
    size_t colon = span_find(line, ':');

    *name = span_make(line.data, colon);
    *value = span_trim(span_skip(line, colon + 1));

    /* A folded line starts with a space, which no name does. */
    return colon < line.size && is_token(*name) && is_value(*value) ? 0 : -EBADMSG;
}

int upgrade_request_read(struct upgrade_request *request, struct span bytes)
{
    static const char end_of_head[] = "\r\n\r\n";
    const char *end = bytes.size > 0 ? memmem(bytes.data, bytes.size, end_of_head, 4) : NULL;
    struct span rest;
    struct span name;
    struct span value;
    int error;

    if (!end)
        return read_start(bytes);

    *request = (struct upgrade_request){.size = (size_t)(end - bytes.data) + 4};
    rest = span_make(bytes.data, request->size - 2);
    error = read_request_line(request, cut_line(&rest));
    request->headers = rest;

    while (error == 0 && rest.size > 0)
        error = read_header(cut_line(&rest), &name, &value);

    return error;
}

bool upgrade_request_next_header(struct span *headers, struct span *name, struct span *value)
{
    return headers->size > 0 && read_header(cut_line(headers), name, value) == 0;
}

/* A space may be written as + in a query, not in a path. */
static int decode_byte(struct span encoded, size_t *at, bool plus_is_space)
{
    if (encoded.data[*at] == '+' && plus_is_space) {
        *at += 1;
        return ' ';
    }

    return percent_next(encoded, at);
}

/* The size of `text` without a character that was cut at its end. */
static size_t whole_characters(const char *text, size_t size)
{
    size_t start = size;

    while (start > 0 && size - start < 4) {
        start--;

        if (((unsigned char)text[start] & 0xc0) != 0x80)
            break;
    }

    return utf8_valid(span_make(text + start, size - start)) ? size : start;
}

int upgrade_request_decode(struct span encoded, bool plus_is_space, char *text, size_t capacity)
{
    size_t size = 0;
    size_t at = 0;
    bool cut = false;

    while (at < encoded.size) {
        int byte = decode_byte(encoded, &at, plus_is_space);

        if (byte < 0 || control_byte((char)byte))
            return -EBADMSG;

        if (size < capacity - 1)
            text[size++] = (char)byte;
        else
            cut = true;
    }

    if (cut)
        size = whole_characters(text, size);

    text[size] = '\0';

    if (!utf8_valid(span_make(text, size)))
        return -EBADMSG;

    return cut ? -ENOBUFS : (int)size;
}
