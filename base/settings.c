#include "base/settings.h"

#include "base/assignment.h"
#include "base/file.h"
#include "base/setting_value.h"
#include "base/span.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_NAME = 100, MAX_CONFIG = 1 << 20 };

static int apply_defaults(struct settings_loading *load)
{
    for (size_t i = 0; i < load->table->count; i++) {
        const struct setting *row = &load->table->rows[i];
        struct assignment a = {.source = FROM_DEFAULT, .label = span_of(row->name)};
        int error;

        if (row->type == SETTING_HEADING)
            continue;

        error = assignment_take(load, &a, row, span_of(setting_fallback(row)));
        if (error != 0)
            return error;
    }

    return 0;
}

/* The file that --config or its variable named. */
struct config {
    const char *path; /* "": none */
    const char *named_by;
};

static struct config find_config(const struct settings_loading *load)
{
    for (size_t i = 0; i < load->table->count; i++) {
        const struct setting *row = &load->table->rows[i];
        bool by_variable = load->set_by[i] == FROM_ENVIRONMENT;

        if (row->flags & SETTING_CONFIG)
            return (struct config){*(char *const *)((const char *)load->values + row->offset),
                                   by_variable ? SETTINGS_PREFIX "CONFIG" : "--config"};
    }

    return (struct config){"", ""};
}

static int apply_line(struct settings_loading *load, struct assignment *a, struct span line)
{
    size_t equals = span_find(line, '=');

    if (line.size == 0 || line.data[0] == '#')
        return 0;

    if (equals == line.size) {
        a->name = SPAN_NONE;
        return assignment_refuse(load, a, "a line is \"name = value\" or begins with #");
    }

    a->name = span_trim(span_make(line.data, equals));
    a->value = span_trim(span_skip(line, equals + 1));

    return assignment_apply(load, a);
}

static int apply_file(struct settings_loading *load, const struct config *config)
{
    struct assignment a = {.source = FROM_FILE, .label = span_of(config->path)};
    struct assignment named = {.source = FROM_FLAG, .label = span_of(config->named_by)};
    struct buffer content;
    int error = file_read(config->path, MAX_CONFIG, &content);

    if (error != 0)
        return assignment_go_on(load, assignment_refuse_file(load, &named, config->path, error));

    for (struct span rest = buffer_span(&content); error == 0 && !span_is_none(rest);) {
        a.line++;
        error = assignment_go_on(load, apply_line(load, &a, span_trim(span_cut(&rest, '\n'))));
    }

    if (content.data)
        explicit_bzero(content.data, content.capacity); /* secrets may stand there */

    buffer_dispose(&content);

    return error;
}

/* For a Service called livegate, Kubernetes gives every container in its namespace
 * LIVEGATE_SERVICE_HOST, LIVEGATE_SERVICE_PORT[_NAME] and addresses like
 * LIVEGATE_PORT_8080_TCP=tcp://10.0.0.1:8080, for livegate-internal likewise. */
static bool set_by_kubernetes(struct span name, struct span value)
{
    char text[MAX_NAME + 1] = "";

    if (name.size > MAX_NAME)
        return false;

    memcpy(text, name.data, name.size);
    if (strstr(text, "SERVICE_HOST") || strstr(text, "SERVICE_PORT"))
        return true;

    if (!strstr(text, "PORT"))
        return false;

    return strstr(text, "_TCP") || strstr(text, "_UDP") || strstr(text, "_SCTP") ||
           span_starts_with(value, span_of("tcp://")) ||
           span_starts_with(value, span_of("udp://")) ||
           span_starts_with(value, span_of("sctp://"));
}

/* MAX_MESSAGE -> max-message; empty when it cannot be one of ours. */
static struct span name_of_variable(struct span variable, char *room)
{
    if (variable.size > MAX_NAME)
        return span_make(room, 0);

    for (size_t i = 0; i < variable.size; i++) {
        char c = variable.data[i];

        if (c == '_')
            room[i] = '-';
        else if (c >= 'A' && c <= 'Z')
            room[i] = "abcdefghijklmnopqrstuvwxyz"[c - 'A'];
        else if (c >= '0' && c <= '9')
            room[i] = c;
        else
            return span_make(room, 0);
    }

    return span_make(room, variable.size);
}

static int apply_environment(struct settings_loading *load, char *const *environment)
{
    for (; *environment; environment++) {
        struct span value = span_of(*environment);
        struct span variable = span_cut(&value, '=');
        struct assignment a = {.source = FROM_ENVIRONMENT, .value = value, .label = variable};
        char room[MAX_NAME];
        bool from_file;
        int error;

        if (!span_starts_with(variable, span_of(SETTINGS_PREFIX)))
            continue;

        variable = span_skip(variable, strlen(SETTINGS_PREFIX));
        a.name = name_of_variable(variable, room);
        if (!assignment_row(load, a.name, &from_file) && set_by_kubernetes(variable, value))
            continue;

        error = assignment_go_on(load, assignment_apply(load, &a));
        if (error != 0)
            return error;
    }

    return 0;
}

/* Finds the value of a flag, which may be the next word.  0 or -EINVAL. */
static int complete_flag(struct settings_loading *load, struct assignment *a, const char *next,
                         bool *used_next)
{
    bool from_file;
    const struct setting *row = assignment_row(load, a->name, &from_file);

    if (!row && span_starts_with(a->name, span_of("no-"))) {
        row = assignment_row(load, span_skip(a->name, 3), &from_file);
        if (!row || row->type != SETTING_FLAG)
            return assignment_refuse(load, a, UNKNOWN_SETTING);

        if (!span_is_none(a->value))
            return assignment_refuse(load, a, "takes no value");

        a->name = span_skip(a->name, 3);
        a->value = span_of("false");
    }

    if (!row) {
        *used_next = span_is_none(a->value) && next && strncmp(next, "--", 2) != 0;
        return assignment_refuse(load, a, UNKNOWN_SETTING);
    }

    if (!span_is_none(a->value))
        return 0;

    if (row->type == SETTING_FLAG) {
        a->value = span_of("true");
        return 0;
    }

    if (!next || strncmp(next, "--", 2) == 0)
        return assignment_refuse(load, a, "needs a value");

    a->value = span_of(next);
    *used_next = true;

    return 0;
}

/* `next` is the word after it; it may be used as its value. */
static int apply_flag(struct settings_loading *load, const char *word, const char *next,
                      bool *used_next)
{
    struct span value = span_of(word);
    struct assignment a = {.source = FROM_FLAG, .label = span_cut(&value, '=')};
    int error;

    if (!span_starts_with(a.label, span_of("--")) || a.label.size == 2) {
        a.label = span_of(word);
        return assignment_refuse(load, &a, "is not a flag (like --name)");
    }

    a.name = span_skip(a.label, 2);
    a.value = value;
    error = complete_flag(load, &a, next, used_next);

    return error == 0 ? assignment_apply(load, &a) : error;
}

static int apply_flags(struct settings_loading *load, int argc, char *const *argv)
{
    for (int i = 1; i < argc; i++) {
        bool used_next = false;
        int error = assignment_go_on(
            load, apply_flag(load, argv[i], i + 1 < argc ? argv[i + 1] : NULL, &used_next));

        if (error != 0)
            return error;

        i += used_next;
    }

    return 0;
}

static int apply_both(struct settings_loading *load, const struct settings_sources *sources)
{
    int error = apply_environment(load, sources->environment);

    return error != 0 ? error : apply_flags(load, sources->argc, sources->argv);
}

static int apply_all(struct settings_loading *load, const struct settings_sources *sources)
{
    struct config config;
    int error = apply_defaults(load);

    load->only_config = true;
    if (error == 0)
        error = apply_both(load, sources);

    if (error != 0)
        return error;

    load->only_config = false;
    config = find_config(load);
    if (config.path[0] != '\0')
        error = apply_file(load, &config);

    return error != 0 ? error : apply_both(load, sources);
}

int settings_load(const struct settings_table *table, const struct settings_sources *sources,
                  void *values, enum setting_source *set_by, struct buffer *error)
{
    struct settings_loading load = {
        .table = table, .values = values, .error = error, .line_begins = error->size};
    int result;

    load.set_by = calloc(table->count, sizeof *load.set_by);
    if (!load.set_by)
        return -ENOMEM;

    result = apply_all(&load, sources);
    if (load.faults > 0 && result != -ENOMEM) {
        buffer_truncate(error, error->size - 1); /* the last line end */
        result = -EINVAL;
    }

    if (set_by)
        memcpy(set_by, load.set_by, table->count * sizeof *set_by);

    free(load.set_by);
    if (result == -ENOMEM)
        settings_dispose(table, values);

    return result;
}

void settings_dispose(const struct settings_table *table, void *values)
{
    for (size_t i = 0; i < table->count; i++)
        setting_dispose(&table->rows[i], values);
}
