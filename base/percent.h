/* percent.h - percent-encoding, taken off (RFC 3986 2.1). */
#ifndef BASE_PERCENT_H
#define BASE_PERCENT_H

#include "base/attributes.h"
#include "base/span.h"

#include <stddef.h>

/* The byte that is written at *at, which moves behind it: itself, or of its %XX.
 * -EINVAL when two hex digits do not follow a %. */
int percent_next(struct span encoded, size_t *at) MUST_USE;

/* Decodes all of it and ends `text` with a NUL.  Its length without that; -EINVAL when it is
 * malformed or holds a zero byte, -ENOBUFS when it does not fit. */
int percent_decode(struct span encoded, char *text, size_t capacity) MUST_USE;

#endif
