#include "tests/gateway/reading.h"

#include "tests/support/unit.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum options_verdict reading_all(struct reading *f, const char *const *arguments,
                                 const char *variable)
{
    char *argv[8] = {(char *)(uintptr_t) "livegate"};
    char *environment[2] = {(char *)(uintptr_t)variable, NULL};
    struct settings_sources sources = {.argc = 1, .argv = argv, .environment = environment};
    FILE *out = open_memstream(&f->out, &f->out_size);
    FILE *err = open_memstream(&f->err, &f->err_size);
    enum options_verdict verdict;

    while (arguments && arguments[sources.argc - 1]) {
        argv[sources.argc] = (char *)(uintptr_t)arguments[sources.argc - 1];
        sources.argc++;
    }

    verdict = options_read_from(&f->options, &sources, out, err);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(fclose(err), 0);

    return verdict;
}

void reading_drop(struct reading *f)
{
    options_dispose(&f->options);
    free(f->out);
    free(f->err);
}

const struct settings_sources *reading_sources(const char *variable)
{
    static char program[] = "livegate";
    static char *arguments[] = {program};
    static char *environment[2];
    static const struct settings_sources sources = {
        .argc = 1, .argv = arguments, .environment = environment};

    environment[0] = (char *)(uintptr_t)variable;

    return &sources;
}
