/* setting_value.h - one setting's value: from text and to text.
 *
 * What settings.c and settings_text.c have in common; others need settings.h only. */
#ifndef BASE_SETTING_VALUE_H
#define BASE_SETTING_VALUE_H

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/settings.h"
#include "base/span.h"

#include <stdbool.h>

/* Sets the value at `values` + the row's offset, which is valid or zeros.
 * 0; -EINVAL and in `error` what is wrong ("... is not a size (like 64KB)"), never with
 * the text of a secret; or -ENOMEM.  On failure the value is as it was. */
int setting_parse(const struct setting *row, struct span text, void *values, struct buffer *error)
    MUST_USE;

/* Is there something in the value that must not be shown: a secret, or the user and
 * password of a URL? */
bool setting_hides(const struct setting *row, const void *values);

/* Appends the value as setting_parse reads it, except for what is hidden. */
void setting_format(const struct setting *row, const void *values, struct buffer *out);

/* Appends the limits of a number, "1KB to 1MB".  False, and nothing, when there are none. */
bool setting_format_limits(const struct setting *row, struct buffer *out);

/* Frees what the value owns, if anything. */
void setting_dispose(const struct setting *row, void *values);

/* The default, as text. */
const char *setting_fallback(const struct setting *row);

/* What stands for the value in explanations: "SIZE". */
const char *setting_argument(const struct setting *row);

/* Appends a text from outside for people: cut, without control characters. */
void setting_show(struct span text, struct buffer *out);

#endif
