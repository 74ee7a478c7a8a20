/* units.h - durations and sizes as people write them.
 *
 *     durations, in milliseconds:  10 (seconds), 250ms, 10s, 5m, 2h, 7d
 *     sizes, in bytes:             16384, 64KB (of 1024; or 64K), 8MB, 1GB */
#ifndef BASE_UNITS_H
#define BASE_UNITS_H

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/span.h"

#include <stdint.h>

/* At most INT64_MAX.  0, or -EINVAL (the value is as it was). */
int units_parse_duration(struct span text, uint64_t *ms) MUST_USE;
int units_parse_size(struct span text, uint64_t *bytes) MUST_USE;

/* Appends the value with the largest unit that has no fraction. */
void units_format_duration(uint64_t ms, struct buffer *out);
void units_format_size(uint64_t bytes, struct buffer *out);

#endif
