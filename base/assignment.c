#include "base/assignment.h"

#include "base/file.h"
#include "base/setting_format.h"
#include "base/setting_value.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SECRET = 1 << 16, MAX_FAULTS = 20 };

/* Where the mistake is: "--name: ", "VARIABLE: " or "path:line: name: ". */
static void blame(struct settings_loading *load, const struct assignment *a)
{
    setting_show(a->label, load->error);
    if (a->source == FROM_FILE) {
        (void)buffer_printf(load->error, ":%u", a->line);
        if (a->name.size > 0) {
            (void)buffer_add_text(load->error, ": ");
            setting_show(a->name, load->error);
        }
    }

    (void)buffer_add_text(load->error, ": ");
}

int assignment_refuse(struct settings_loading *load, const struct assignment *a, const char *why)
{
    blame(load, a);
    (void)buffer_add_text(load->error, why);

    return -EINVAL;
}

int assignment_refuse_file(struct settings_loading *load, const struct assignment *a,
                           const char *path, int error)
{
    if (error == -ENOMEM)
        return -ENOMEM;

    blame(load, a);
    (void)buffer_add_text(load->error, "cannot read ");
    setting_show(span_of(path), load->error);
    (void)buffer_printf(load->error, ": %s", strerrordesc_np(-error));

    return -EINVAL;
}

const struct setting *assignment_row(const struct settings_loading *load, struct span name,
                                     bool *from_file)
{
    struct span secret = name;

    if (span_ends_with(name, span_of("-file")))
        secret.size -= strlen("-file");

    for (size_t i = 0; i < load->table->count; i++) {
        const struct setting *row = &load->table->rows[i];

        if (row->type == SETTING_HEADING)
            continue;

        *from_file = row->flags & (SETTING_SECRET | SETTING_URL) && secret.size < name.size &&
                     span_is(secret, row->name);
        if (*from_file || span_is(name, row->name))
            return row;
    }

    return NULL;
}

int assignment_take(struct settings_loading *load, const struct assignment *a,
                    const struct setting *row, struct span text)
{
    size_t before = load->error->size;
    int error;

    blame(load, a);
    error = setting_parse(row, text, load->values, load->error);
    if (error != -EINVAL)
        buffer_truncate(load->error, before);

    return error;
}

static char *copy(struct span text)
{
    char *s = calloc(text.size + 1, 1);

    if (s && text.size > 0)
        memcpy(s, text.data, text.size);

    return s;
}

/* The file's content is the value. */
static int take_from_file(struct settings_loading *load, const struct assignment *a,
                          const struct setting *row)
{
    char *path = copy(a->value);
    struct buffer content;
    struct span secret;
    int error;

    if (!path)
        return -ENOMEM;

    error = file_read(path, MAX_SECRET, &content);
    if (error != 0) {
        error = assignment_refuse_file(load, a, path, error);
        free(path);
        return error;
    }

    free(path);
    secret = buffer_span(&content);
    if (span_ends_with(secret, span_of("\n")))
        secret.size--;

    if (span_ends_with(secret, span_of("\r")))
        secret.size--;

    error = assignment_take(load, a, row, secret);
    if (content.data)
        explicit_bzero(content.data, content.capacity);

    buffer_dispose(&content);

    return error;
}

int assignment_apply(struct settings_loading *load, const struct assignment *a)
{
    bool from_file = false;
    const struct setting *row = assignment_row(load, a->name, &from_file);
    bool is_config = row && row->flags & SETTING_CONFIG;
    enum setting_source *set_by;

    if (a->source != FROM_FILE && is_config != load->only_config)
        return 0; /* its turn is before or after */

    if (!row)
        return assignment_refuse(load, a, UNKNOWN_SETTING);

    if (row->flags & SETTING_COMMAND && a->source != FROM_FLAG)
        return assignment_refuse(load, a, "works only on the command line");

    if (is_config && a->source == FROM_FILE)
        return assignment_refuse(load, a, "works only on the command line and in the environment");

    set_by = &load->set_by[row - load->table->rows];
    if (*set_by == a->source && a->source != FROM_FLAG)
        return assignment_refuse(load, a, "is set twice");

    *set_by = a->source;

    return from_file ? take_from_file(load, a, row) : assignment_take(load, a, row, a->value);
}

/* Flags and variables are looked at twice. */
static bool told_before(const struct settings_loading *load, struct span fault)
{
    struct span lines = span_make(load->error->data, load->line_begins);

    while (!span_is_none(lines)) {
        if (span_equal(span_cut(&lines, '\n'), fault))
            return true;
    }

    return false;
}

int assignment_go_on(struct settings_loading *load, int error)
{
    struct span fault = span_skip(buffer_span(load->error), load->line_begins);

    if (error != -EINVAL)
        return error;

    if (told_before(load, fault)) {
        buffer_truncate(load->error, load->line_begins);
        return 0;
    }

    (void)buffer_add_char(load->error, '\n');
    load->line_begins = load->error->size;

    return ++load->faults < MAX_FAULTS ? 0 : -EINVAL;
}
