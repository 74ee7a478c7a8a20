/* setting_value.h - one setting's value: from text.
 *
 * What settings.c and settings_text.c have in common; others need settings.h only.  To text it
 * goes in setting_format.h. */
#ifndef BASE_SETTING_VALUE_H
#define BASE_SETTING_VALUE_H

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/settings.h"
#include "base/span.h"

/* Sets the value at `values` + the row's offset, which is valid or zeros.
 * 0; -EINVAL and in `error` what is wrong ("... is not a size (like 64KB)"), never with
 * the text of a secret; or -ENOMEM.  On failure the value is as it was. */
int setting_parse(const struct setting *row, struct span text, void *values, struct buffer *error)
    MUST_USE;

/* Frees what the value owns, if anything. */
void setting_dispose(const struct setting *row, void *values);

/* The default, as text. */
const char *setting_fallback(const struct setting *row);

/* What stands for the value in explanations: "SIZE". */
const char *setting_argument(const struct setting *row);

#endif
