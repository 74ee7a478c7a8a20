/* setting_format.h - one setting's value: to text, for people and for files.
 *
 * For settings.c and its parts; others need settings.h only. */
#ifndef BASE_SETTING_FORMAT_H
#define BASE_SETTING_FORMAT_H

#include "base/buffer.h"
#include "base/settings.h"
#include "base/span.h"

#include <stdbool.h>
#include <stdint.h>

/* Is there something in the value that must not be shown: a secret, or the user and
 * password of a URL? */
bool setting_hides(const struct setting *row, const void *values);

/* Appends the value as setting_parse() reads it, except for what is hidden. */
void setting_format(const struct setting *row, const void *values, struct buffer *out);

/* Appends the limits of a number, "1KB to 1MB".  False, and nothing, when there are none. */
bool setting_format_limits(const struct setting *row, struct buffer *out);

/* Appends a number as the row's type writes it. */
void setting_format_number(const struct setting *row, int64_t value, struct buffer *out);

bool setting_is_limited(const struct setting *row);

/* A byte that no value may hold and no terminal should get. */
bool setting_is_control(char c);

/* Appends a text from outside for people: cut, without control characters. */
void setting_show(struct span text, struct buffer *out);

#endif
