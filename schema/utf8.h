/* utf8.h - UTF-8 by RFC 3629: no overlong forms, no surrogates, nothing beyond U+10FFFF. */
#ifndef SCHEMA_UTF8_H
#define SCHEMA_UTF8_H

#include "base/attributes.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* True when `text` is valid UTF-8. */
bool utf8_valid(struct span text);

/* The bytes (1 to 4) of the character at `at`, or 0 if it is none or does not end
 * before `end`.  `at` lies before `end`. */
size_t utf8_character(const char *at, const char *end);

/* Number of characters (code points) of a valid text. */
size_t utf8_length(struct span text);

/* Writes a code point that is none of the surrogates.  Its bytes, 1 to 4. */
size_t utf8_write(uint32_t code_point, char bytes[4]);

#endif
