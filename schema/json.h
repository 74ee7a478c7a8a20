/* json.h - a bounded, strict JSON reader that allocates nothing, and a writer.
 *
 * RFC 8259 to the letter (UTF-8, no duplicate checks here, no trailing bytes, no
 * lone surrogates), nested at most JSON_MAX_DEPTH deep.  Values are spans into
 * the text: what is relayed stays byte for byte what its publisher wrote.  First
 * json_check() the whole text, then walk it; walking assumes a checked text. */
#ifndef SCHEMA_JSON_H
#define SCHEMA_JSON_H

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/span.h"
#include "schema/utf8.h"

#include <stdbool.h>
#include <stdint.h>

#define JSON_MAX_DEPTH 16

enum json_type {
    JSON_NONE, /* absent: a zeroed value is this */
    JSON_OBJECT,
    JSON_ARRAY,
    JSON_STRING,
    JSON_NUMBER,
    JSON_TRUE,
    JSON_FALSE,
    JSON_NULL
};

struct json_value {
    enum json_type type;
    struct span raw; /* as written; a string without its quotes, its escapes kept */
};

struct json_member {
    struct span name; /* between the quotes, escapes kept */
    struct json_value value;
    struct span whole; /* from the name's quote to the end of the value: to copy it as it is */
};

/* Checks a whole text and says what it is.  0, -EBADMSG (not JSON, not UTF-8),
 * -E2BIG (nested too deeply). */
int json_check(struct span text, enum json_type *type) MUST_USE;

/* Walks the members of a checked object, or the items of a checked array, given
 * with their brackets.  `*at` starts as 0.  False at the end. */
bool json_next_member(struct span object, size_t *at, struct json_member *member);
bool json_next_item(struct span array, size_t *at, struct json_value *item);

/* Writes what a string value means, escapes resolved, into `text`.
 * Its length, or -ENOBUFS when it does not fit. */
int json_decode(struct json_value string, char *text, size_t capacity) MUST_USE;

/* Appends the meaning of a string value to `out` (buffer.h's sticky failure). */
void json_decode_into(struct json_value string, struct buffer *out);

/* Number of code points of a string value, escapes counted as what they mean. */
size_t json_length(struct json_value string);

/* An integer that fits, written as one ("7", not "7.0" or "7e0").  0, or -ERANGE. */
int json_to_integer(struct json_value number, int64_t *integer) MUST_USE;

/* Appends `text` quoted and escaped; bytes that are not UTF-8 become U+FFFD. */
void json_write_string(struct buffer *out, struct span text);

/* Append one more member of an object, a comma before it. */
void json_add_number(struct buffer *out, const char *name, uint64_t number);
void json_add_string(struct buffer *out, const char *name, struct span text);

/* The inside of a string, for between two quotes. */
void json_write_content(struct buffer *out, struct span text);

/* Appends a value as it was written, a string with its quotes: an id is echoed as it came. */
void json_write_value(struct buffer *out, struct json_value value);

#endif
