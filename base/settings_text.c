/* The settings printed and explained: --print-config, --help, docs/configuration.md. */
#include "base/settings.h"

#include "base/setting_format.h"
#include "base/setting_value.h"
#include "base/span.h"

#include <stdbool.h>
#include <string.h>

enum { HELP_COLUMN = 34, HELP_WIDTH = 100 };

static bool may_come_from_file(const struct setting *row)
{
    return row->flags & (SETTING_SECRET | SETTING_URL);
}

static bool has_default(const struct setting *row)
{
    return row->type != SETTING_FLAG && setting_fallback(row)[0] != '\0';
}

/* ---- --print-config ---- */

/* "# from LIVEGATE_MAX_MESSAGE" */
static void add_source(const struct setting *row, enum setting_source source, struct buffer *out)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz-";
    static const char capitals[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_";

    switch (source) {
    case FROM_NOWHERE:
    case FROM_DEFAULT:
        return;
    case FROM_FILE:
        (void)buffer_add_text(out, "# from the file\n");
        return;
    case FROM_FLAG:
        (void)buffer_printf(out, "# from --%s\n", row->name);
        return;
    case FROM_ENVIRONMENT:
        break;
    }

    (void)buffer_add_text(out, "# from " SETTINGS_PREFIX);
    for (const char *c = row->name; *c; c++) {
        const char *letter = strchr(letters, *c);

        if (letter)
            (void)buffer_add_char(out, capitals[letter - letters]);
        else
            (void)buffer_add_char(out, *c);
    }
    (void)buffer_add_char(out, '\n');
}

void settings_print(const struct settings_table *table, const void *values,
                    const enum setting_source *set_by, struct buffer *out)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct setting *row = &table->rows[i];

        if (row->type == SETTING_HEADING) {
            (void)buffer_printf(out, "%s# %s\n", i > 0 ? "\n" : "", row->help);
            continue;
        }

        if (row->flags & (SETTING_COMMAND | SETTING_CONFIG))
            continue;

        add_source(row, set_by[i], out);
        /* What is hidden must not be read back as if it were the value. */
        (void)buffer_printf(out, "%s%s = ", setting_hides(row, values) ? "# " : "", row->name);
        setting_format(row, values, out);
        (void)buffer_add_char(out, '\n');
    }
}

/* ---- --help ---- */

/* Appends the words of `text`, beginning at *column, in lines of HELP_WIDTH. */
static void add_wrapped(struct buffer *out, struct span text, size_t *column)
{
    for (struct span rest = text; !span_is_none(rest);) {
        struct span word = span_cut(&rest, ' ');

        if (*column > HELP_COLUMN && *column + 1 + word.size > HELP_WIDTH) {
            (void)buffer_printf(out, "\n%*s", HELP_COLUMN, "");
            *column = HELP_COLUMN;
        } else if (*column > HELP_COLUMN) {
            (void)buffer_add_char(out, ' ');
            ++*column;
        }

        (void)buffer_add_span(out, word);
        *column += word.size;
    }
}

static void help_row(const struct setting *row, struct buffer *out)
{
    size_t start = out->size;
    size_t column;
    const char *argument = setting_argument(row);

    (void)buffer_printf(out, "  --%s%s%s", row->name, argument[0] ? " " : "", argument);
    column = out->size - start;
    if (column + 2 > HELP_COLUMN) {
        (void)buffer_add_char(out, '\n');
        column = 0;
    }

    (void)buffer_printf(out, "%*s", (int)(HELP_COLUMN - column), "");
    column = HELP_COLUMN;
    add_wrapped(out, span_of(row->help), &column);
    if (has_default(row)) {
        add_wrapped(out, span_of("(default"), &column);
        add_wrapped(out, span_of(setting_fallback(row)), &column);
        (void)buffer_add_char(out, ')');
    }

    (void)buffer_add_char(out, '\n');
}

void settings_help(const struct settings_table *table, struct buffer *out)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct setting *row = &table->rows[i];

        if (row->type == SETTING_HEADING)
            (void)buffer_printf(out, "%s%s:\n", i > 0 ? "\n" : "", row->help);
        else
            help_row(row, out);
    }
}

/* ---- Markdown ---- */

/* In a table a | must be escaped, even between backticks. */
static void add_cell(struct buffer *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '|')
            (void)buffer_add_char(out, '\\');

        (void)buffer_add_char(out, *text);
    }
}

static void add_code(struct buffer *out, const char *text)
{
    if (text[0] == '\0')
        return;

    (void)buffer_add_char(out, '`');
    add_cell(out, text);
    (void)buffer_add_char(out, '`');
}

static void markdown_row(const struct setting *row, struct buffer *out)
{
    size_t before;

    (void)buffer_add_text(out, "| ");
    add_code(out, row->name);
    (void)buffer_add_text(out, " | ");
    add_code(out, row->type == SETTING_FLAG ? "true|false" : setting_argument(row));
    (void)buffer_add_text(out, " | ");
    add_code(out, row->type == SETTING_FLAG || has_default(row) ? setting_fallback(row) : "");
    (void)buffer_add_text(out, " | ");
    add_cell(out, row->help);
    if (!span_ends_with(span_of(row->help), span_of("?")))
        (void)buffer_add_char(out, '.');

    before = out->size;
    (void)buffer_add_text(out, " From ");
    if (setting_format_limits(row, out))
        (void)buffer_add_char(out, '.');
    else
        buffer_truncate(out, before);

    if (may_come_from_file(row))
        (void)buffer_printf(out, " May come from a file: `%s-file`.", row->name);

    if (row->flags & SETTING_RELOADABLE)
        (void)buffer_add_text(out, " Read again on SIGHUP.");

    if (row->flags & SETTING_COMMAND)
        (void)buffer_add_text(out, " Only on the command line.");

    (void)buffer_add_text(out, " |\n");
}

void settings_markdown(const struct settings_table *table, struct buffer *out)
{
    static const char head[] = "| Setting | Value | Default | Meaning |\n|---|---|---|---|\n";

    if (table->count > 0 && table->rows[0].type != SETTING_HEADING)
        (void)buffer_add_text(out, head);

    for (size_t i = 0; i < table->count; i++) {
        const struct setting *row = &table->rows[i];

        if (row->type == SETTING_HEADING)
            (void)buffer_printf(out, "%s## %s\n\n%s", i > 0 ? "\n" : "", row->help, head);
        else
            markdown_row(row, out);
    }
}
