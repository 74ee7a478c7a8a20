#include "gateway/options_command.h"

#include "gateway/options_table.h"
#include "gateway/tls_identity.h"

#include <errno.h>
#include <time.h>

enum { MAX_FAULT = 1024 };

#define USAGE                                                                   \
    "usage: livegate [--SETTING VALUE]...\n"                                    \
    "       livegate healthcheck [livez|readyz] [--SETTING VALUE]...\n"         \
    "\n"                                                                        \
    "Every setting is also a variable (--max-message is LIVEGATE_MAX_MESSAGE) " \
    "and a line in\n"                                                           \
    "the file that --config names; a flag wins over a variable over the file.\n\n"

static void write_help(const struct option_values *values, struct buffer *out)
{
    (void)values;

    buffer_add_text(out, USAGE);
    settings_help(&options_table, out);
}

static void write_version(const struct option_values *values, struct buffer *out)
{
    (void)values;

    buffer_add_text(out, "livegate " LIVEGATE_VERSION "\n");
}

static void write_markdown(const struct option_values *values, struct buffer *out)
{
    (void)values;

    settings_markdown(&options_table, out);
}

static void write_config(const struct option_values *values, struct buffer *out)
{
    settings_print(&options_table, values, values->set_by, out);
}

/* What is no fault and yet has to be known.  The settings are good: their files were read. */
static void write_warnings(const struct option_values *values, struct buffer *out)
{
    struct tls_identity *identity;
    const char *fault;
    struct buffer error;

    buffer_init(&error, MAX_FAULT);
    if (tls_identity_read(values->tls_cert, values->tls_key, &identity, &error) == 0 && identity) {
        fault = tls_identity_fault(identity, (int64_t)time(NULL));
        if (fault)
            buffer_printf(out, "livegate: warning: tls-cert: the certificate %s\n", fault);
    }

    tls_identity_release(identity);
    buffer_dispose(&error);
}

options_command *options_command_given(const struct option_values *values)
{
    const struct {
        bool given;
        options_command *write;
    } commands[] = {
        {values->help, write_help},
        {values->version, write_version},
        {values->help_markdown, write_markdown},
        {values->print_config, write_config},
        {values->check_config, write_warnings},
    };

    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (commands[i].given)
            return commands[i].write;
    }

    return NULL;
}

bool options_command_needs_good_values(const struct option_values *values)
{
    return !values->help && !values->version && !values->help_markdown;
}

int options_command_obey(options_command *command, const struct option_values *values, FILE *out,
                         struct buffer *error)
{
    struct buffer page;
    const char *text;
    int rc = 0;

    buffer_init(&page, (size_t)1 << 20);
    command(values, &page);
    text = buffer_text(&page);
    if (!text) {
        rc = -ENOMEM;
    } else if (fputs(text, out) < 0 || fflush(out) != 0) {
        buffer_add_text(error, "cannot write to the standard output");
        rc = -EINVAL;
    }
    buffer_dispose(&page);

    return rc;
}
