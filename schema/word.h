/* word.h - the names that appear in keys, channels and heads of entries: of
 * A-Za-z0-9_.- only, so that they never need escaping anywhere. */
#ifndef SCHEMA_WORD_H
#define SCHEMA_WORD_H

#include "base/attributes.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>

bool word_char(char c);

/* True for 1 to `max` of A-Za-z0-9_.- */
bool word_valid(struct span word, size_t max);

#endif
