/* base64url.h - RFC 4648 section 5, without padding and read to the letter.
 *
 * What could be written in two ways would be two texts of one token: so padding, line
 * ends, other letters and bits left over at the end are refused. */
#ifndef SCHEMA_BASE64URL_H
#define SCHEMA_BASE64URL_H

#include "base/attributes.h"
#include "base/span.h"

#include <stddef.h>

/* Bytes that a text of so many letters stands for. */
#define BASE64URL_DECODED(letters) ((letters) / 4 * 3 + (letters) % 4 * 3 / 4)

/* Writes what `text` stands for.  Its size; -EBADMSG; -ENOBUFS when it does not fit. */
int base64url_decode(struct span text, void *bytes, size_t capacity) MUST_USE;

#endif
