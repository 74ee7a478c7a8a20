/* Any bytes as settings: arguments, variables and a file, a line each, parted by lines of `%`.
 * They are read, or each fault has a line; and what --print-config prints of good ones is read back
 * as the same. */
#include "gateway/options.h"
#include "gateway/options_table.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MAX_LINES = 64, MAX_TEXT = 1 << 20 };

struct lines {
    char *items[MAX_LINES + 2]; /* owned; NULL at the end */
    int count;
};

static void require(bool claim)
{
    if (!claim)
        abort();
}

static void add_line(struct lines *lines, struct span line)
{
    char *text;

    if (lines->count == MAX_LINES)
        return;

    text = strndup(line.data, line.size);
    require(text != NULL);
    lines->items[lines->count++] = text;
}

static void drop_lines(struct lines *lines)
{
    for (int i = 0; i < lines->count; i++)
        free(lines->items[i]);
}

/* The lines up to one that is `%`, or the end. */
static void take_lines(struct lines *lines, struct span *input)
{
    while (!span_is_none(*input)) {
        struct span line = span_cut(input, '\n');

        if (span_is(line, "%"))
            return;

        add_line(lines, line);
    }
}

/* The same file each time: its path is an argument. */
static const char *file_with(struct span text)
{
    static char path[32];
    static int fd = -1;

    if (fd < 0) {
        fd = memfd_create("settings", MFD_CLOEXEC);
        require(fd >= 0);
        (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    require(ftruncate(fd, 0) == 0);
    require(pwrite(fd, text.data, text.size, 0) == (ssize_t)text.size);

    return path;
}

static void check_faults(struct buffer *error)
{
    const char *text = buffer_text(error);

    require(text && *text);
    for (; *text; text++)
        require(*text == '\n' || ((unsigned char)*text >= ' ' && *text != 0x7f));
}

/* Secrets are hidden, so what they decide cannot be read back. */
static bool says_all(const struct option_values *values)
{
    for (size_t i = 0; i < options_table.count; i++) {
        if ((options_table.rows[i].flags & (SETTING_SECRET | SETTING_URL)) &&
            values->set_by[i] != FROM_DEFAULT)
            return false;
    }

    return true;
}

static void check_printed(const struct options *options)
{
    char *arguments[] = {(char *)(uintptr_t) "livegate", (char *)(uintptr_t) "--config", NULL,
                         NULL};
    char *none[] = {NULL};
    struct settings_sources sources = {.argc = 3, .argv = arguments, .environment = none};
    struct buffer printed, error, names;
    struct options again;

    buffer_init(&printed, MAX_TEXT);
    buffer_init(&error, MAX_TEXT);
    buffer_init(&names, MAX_TEXT);
    settings_print(&options_table, options->values, options->values->set_by, &printed);
    require(buffer_status(&printed) == 0);
    arguments[2] = (char *)(uintptr_t)file_with(buffer_span(&printed));

    require(options_load(&again, &sources, &error) == 0);
    for (int reloadable = 0; reloadable <= 1; reloadable++)
        require(settings_changed(&options_table, options->values, again.values, reloadable,
                                 &names) == 0);

    options_dispose(&again);
    buffer_dispose(&names);
    buffer_dispose(&error);
    buffer_dispose(&printed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span input = span_make(data, size);
    struct lines arguments = {.count = 0}, variables = {.count = 0};
    struct settings_sources sources = {.argv = arguments.items, .environment = variables.items};
    struct options options;
    struct buffer error;
    int rc;

    add_line(&arguments, span_of("livegate"));
    add_line(&arguments, span_of("--config"));
    add_line(&arguments, span_of(""));
    take_lines(&arguments, &input);
    take_lines(&variables, &input);
    sources.argc = arguments.count;
    free(arguments.items[2]);
    arguments.items[2] = strdup(file_with(input));
    buffer_init(&error, MAX_TEXT);

    rc = options_load(&options, &sources, &error);
    require(rc == 0 || rc == -EINVAL);
    if (rc != 0)
        check_faults(&error);
    else if (says_all(options.values) && strcmp(options.values->config, arguments.items[2]) == 0)
        check_printed(&options);

    options_dispose(&options);
    buffer_dispose(&error);
    drop_lines(&arguments);
    drop_lines(&variables);

    return 0;
}
