#include "schema/json_scan.h"

#include "schema/utf8.h"

#include <endian.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

#define EACH_BYTE UINT64_C(0x0101010101010101)
#define HIGH_BITS UINT64_C(0x8080808080808080)

struct json_scan json_scan_start(struct span text)
{
    const char *at = text.data ? text.data : "";

    return (struct json_scan){.at = at, .end = at + text.size};
}

static bool refuse(struct json_scan *scan)
{
    if (scan->error == 0)
        scan->error = -EBADMSG;

    return false;
}

/* '\0' at the end: no grammar of ours takes it. */
static char peek(const struct json_scan *scan)
{
    if (scan->at == scan->end)
        return '\0';

    return *scan->at;
}

static bool take(struct json_scan *scan, char c)
{
    if (peek(scan) != c)
        return refuse(scan);
    scan->at++;

    return true;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static void skip_space(struct json_scan *scan)
{
    while (scan->at < scan->end && is_space(*scan->at))
        scan->at++;
}

/* ---- strings ---- */

static bool is_plain(char c)
{
    return (unsigned char)c >= 0x20 && (unsigned char)c < 0x80 && c != '"' && c != '\\';
}

/* The high bit of each byte of `word` below `limit`, exactly so for the lowest of them. */
static uint64_t bytes_below(uint64_t word, uint64_t limit)
{
    return (word - EACH_BYTE * limit) & ~word & HIGH_BITS;
}

const char *json_plain_end(const char *at, const char *end)
{
    while (end - at >= (ptrdiff_t)sizeof(uint64_t)) {
        uint64_t word;
        uint64_t special;

        memcpy(&word, at, sizeof word);
        word = le64toh(word);
        special = (word & HIGH_BITS) | bytes_below(word, 0x20) |
                  bytes_below(word ^ EACH_BYTE * '"', 1) | bytes_below(word ^ EACH_BYTE * '\\', 1);
        if (special != 0)
            return at + __builtin_ctzll(special) / 8;
        at += sizeof word;
    }

    while (at < end && is_plain(*at))
        at++;

    return at;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';

    c |= 0x20;

    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool scan_hex4(struct json_scan *scan, uint32_t *unit)
{
    *unit = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex_value(peek(scan));

        if (digit < 0)
            return refuse(scan);
        *unit = *unit << 4 | (uint32_t)digit;
        scan->at++;
    }

    return true;
}

/* Behind the backslash and the u. */
static bool scan_unicode_escape(struct json_scan *scan)
{
    uint32_t unit;

    if (!scan_hex4(scan, &unit))
        return false;
    if ((unit & 0xF800) != 0xD800)
        return true;

    if (unit >= 0xDC00 || !take(scan, '\\') || !take(scan, 'u') || !scan_hex4(scan, &unit))
        return refuse(scan);

    return (unit & 0xFC00) == 0xDC00 || refuse(scan);
}

static bool scan_escape(struct json_scan *scan)
{
    scan->at++;
    switch (peek(scan)) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        scan->at++;
        return true;
    case 'u':
        scan->at++;
        return scan_unicode_escape(scan);
    default:
        return refuse(scan);
    }
}

static bool scan_characters(struct json_scan *scan)
{
    do {
        size_t size = utf8_character(scan->at, scan->end);

        if (size == 0)
            return refuse(scan);
        scan->at += size;
    } while ((unsigned char)peek(scan) >= 0x80);

    return true;
}

static bool scan_string(struct json_scan *scan, struct span *raw)
{
    const char *start;

    if (!take(scan, '"'))
        return false;
    start = scan->at;

    for (;;) {
        char c;

        scan->at = json_plain_end(scan->at, scan->end);
        c = peek(scan);
        if (c == '"')
            break;
        if (c == '\\'                 ? !scan_escape(scan)
            : (unsigned char)c < 0x80 ? !refuse(scan)
                                      : !scan_characters(scan))
            return false;
    }

    *raw = span_make(start, (size_t)(scan->at - start));
    scan->at++;

    return true;
}

/* ---- numbers and literals ---- */

static bool scan_digits(struct json_scan *scan)
{
    const char *start = scan->at;

    while (peek(scan) >= '0' && peek(scan) <= '9')
        scan->at++;

    return scan->at > start || refuse(scan);
}

static bool scan_number(struct json_scan *scan)
{
    if (peek(scan) == '-')
        scan->at++;

    if (peek(scan) == '0')
        scan->at++;
    else if (!scan_digits(scan))
        return false;

    if (peek(scan) == '.') {
        scan->at++;
        if (!scan_digits(scan))
            return false;
    }

    if (peek(scan) == 'e' || peek(scan) == 'E') {
        scan->at++;
        if (peek(scan) == '+' || peek(scan) == '-')
            scan->at++;
        return scan_digits(scan);
    }

    return true;
}

static bool scan_literal(struct json_scan *scan, struct span literal)
{
    struct span left = span_make(scan->at, (size_t)(scan->end - scan->at));

    if (!span_starts_with(left, literal))
        return refuse(scan);
    scan->at += literal.size;

    return true;
}

/* ---- containers ---- */

bool json_scan_enter(struct json_scan *scan, char bracket)
{
    skip_space(scan);
    if (!take(scan, bracket))
        return false;

    if (++scan->depth > JSON_MAX_DEPTH) {
        scan->error = -E2BIG;
        return false;
    }

    return true;
}

/* To the next member or item: 1; at the closing bracket: 0, and it is left; or the error. */
static int next(struct json_scan *scan, bool first, char closing)
{
    skip_space(scan);
    if (peek(scan) == closing) {
        scan->at++;
        scan->depth--;
        return 0;
    }

    if (!first && !take(scan, ','))
        return scan->error;

    return 1;
}

int json_scan_member(struct json_scan *scan, bool first, struct json_member *member)
{
    int more = next(scan, first, '}');
    const char *start;

    if (more != 1)
        return more;

    skip_space(scan);
    start = scan->at;
    if (!scan_string(scan, &member->name))
        return scan->error;

    skip_space(scan);
    if (!take(scan, ':') || !json_scan_value(scan, &member->value))
        return scan->error;
    member->whole = span_make(start, (size_t)(scan->at - start));

    return 1;
}

int json_scan_item(struct json_scan *scan, bool first, struct json_value *item)
{
    int more = next(scan, first, ']');

    if (more != 1)
        return more;

    return json_scan_value(scan, item) ? 1 : scan->error;
}

static bool scan_object(struct json_scan *scan)
{
    struct json_member member;
    int more;

    if (!json_scan_enter(scan, '{'))
        return false;

    more = json_scan_member(scan, true, &member);
    while (more == 1)
        more = json_scan_member(scan, false, &member);

    return more == 0;
}

static bool scan_array(struct json_scan *scan)
{
    struct json_value item;
    int more;

    if (!json_scan_enter(scan, '['))
        return false;

    more = json_scan_item(scan, true, &item);
    while (more == 1)
        more = json_scan_item(scan, false, &item);

    return more == 0;
}

static bool scan_other(struct json_scan *scan, struct json_value *value)
{
    switch (peek(scan)) {
    case '{':
        value->type = JSON_OBJECT;
        return scan_object(scan);
    case '[':
        value->type = JSON_ARRAY;
        return scan_array(scan);
    case 't':
        value->type = JSON_TRUE;
        return scan_literal(scan, span_of("true"));
    case 'f':
        value->type = JSON_FALSE;
        return scan_literal(scan, span_of("false"));
    case 'n':
        value->type = JSON_NULL;
        return scan_literal(scan, span_of("null"));
    default:
        value->type = JSON_NUMBER;
        return scan_number(scan);
    }
}

bool json_scan_value(struct json_scan *scan, struct json_value *value)
{
    const char *start;

    skip_space(scan);
    start = scan->at;
    if (peek(scan) == '"') {
        value->type = JSON_STRING;
        return scan_string(scan, &value->raw);
    }

    if (!scan_other(scan, value))
        return false;
    value->raw = span_make(start, (size_t)(scan->at - start));

    return true;
}

bool json_scan_at_end(struct json_scan *scan)
{
    skip_space(scan);

    return scan->at == scan->end || refuse(scan);
}
