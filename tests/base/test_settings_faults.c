/* base/settings.c: all that is wrong is told, each once. */
#include "base/settings.h"

#include "tests/base/sample_settings.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct buffer error;
static char path[] = "/tmp/livegate-faults-XXXXXX";

static int set_up(void **state)
{
    int fd = mkstemp(path);

    (void)state;
    buffer_init(&error, 8192);

    return fd >= 0 ? close(fd) : -1;
}

static int tear_down(void **state)
{
    (void)state;
    buffer_dispose(&error);

    return unlink(path);
}

static void write_config(const char *content)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    (void)fputs(content, file);
    assert_int_equal(fclose(file), 0);
}

/* With the file, one variable and up to five words; what is wrong, without the file's name. */
static const char *faults(const char *variable, const char *const *words)
{
    static char text[8192];
    struct options options = {.help = false};
    char *environment[] = {(char *)(uintptr_t)variable, NULL};
    char *argv[10] = {NULL, (char *)(uintptr_t) "--config", path};
    struct settings_sources sources = {.argc = 3, .argv = argv, .environment = environment};
    size_t size = 0;

    for (; words[sources.argc - 3]; sources.argc++)
        argv[sources.argc] = (char *)(uintptr_t)words[sources.argc - 3];

    buffer_clear(&error);
    assert_int_equal(settings_load(&table, &sources, &options, NULL, &error), -EINVAL);
    assert_string_equal(options.config, path); /* what is good is there */
    settings_dispose(&table, &options);

    for (const char *c = buffer_text(&error); *c;) {
        if (strncmp(c, path, strlen(path)) == 0)
            c += strlen(path);
        text[size++] = *c++;
    }
    text[size] = '\0';

    return text;
}

static void every_fault_is_told_once(void **state)
{
    const char *const words[] = {"--bogus", "5", "--room-ttl=never", "--workers", NULL};

    (void)state;
    write_config("workers = many\nnonsense\nmax-message = 3MB\n");

    assert_string_equal(faults("LIVEGATE_X=1", words),
                        "--bogus: there is no such setting\n"
                        "--workers: needs a value\n"
                        ":1: workers: \"many\" is not a whole number\n"
                        ":2: a line is \"name = value\" or begins with #\n"
                        ":3: max-message: 3MB is not within 1KB to 1MB\n"
                        "LIVEGATE_X: there is no such setting\n"
                        "--room-ttl: \"never\" is not a duration (like 250ms, 10s, 5m, 2h, 7d)");
}

static void of_very_many_faults_the_first_are_told(void **state)
{
    char lines[30 * 2 + 1];
    size_t told = 1;

    (void)state;
    for (size_t i = 0; i < 30; i++)
        memcpy(lines + 2 * i, "a\n", 3);
    write_config(lines);

    for (const char *c = faults("PATH=/", (const char *const[]){NULL}); *c; c++)
        told += *c == '\n';

    assert_int_equal(told, 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_fault_is_told_once),
        cmocka_unit_test(of_very_many_faults_the_first_are_told),
    };

    return cmocka_run_group_tests_name("settings_faults", tests, set_up, tear_down);
}
