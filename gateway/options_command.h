/* options_command.h - what --help, --version and the like print instead of serving.
 *
 * For options.c. */
#ifndef GATEWAY_OPTIONS_COMMAND_H
#define GATEWAY_OPTIONS_COMMAND_H

#include "base/attributes.h"
#include "base/buffer.h"

#include <stdbool.h>
#include <stdio.h>

struct option_values;

/* Appends what is to be printed. */
typedef void options_command(const struct option_values *values, struct buffer *out);

/* The first command that was given, or NULL. */
options_command *options_command_given(const struct option_values *values);

/* What a command does not look at may be wrong. */
bool options_command_needs_good_values(const struct option_values *values);

/* 0, -ENOMEM, or -EINVAL and why in `error`. */
int options_command_obey(options_command *command, const struct option_values *values, FILE *out,
                         struct buffer *error) MUST_USE;

#endif
