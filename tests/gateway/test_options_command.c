/* What the settings that are commands print: --help and the like. */
#include "gateway/options_command.h"

#include "tests/gateway/reading.h"
#include "tests/support/torture.h"
#include "tests/support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void help_explains_every_setting(void **state)
{
    struct reading f;

    (void)state;

    assert_int_equal(READ(&f, "--help", "--listen", "nowhere"), OPTIONS_DONE);
    assert_memory_equal(f.out, "usage: livegate ", 16);
    assert_non_null(strstr(f.out, "--leave-grace"));

    reading_drop(&f);
}

static void the_version_is_told(void **state)
{
    struct reading f;

    (void)state;

    assert_int_equal(READ(&f, "--version"), OPTIONS_DONE);
    assert_string_equal(f.out, "livegate " LIVEGATE_VERSION "\n");

    reading_drop(&f);
}

static void check_config_says_nothing_of_good_settings(void **state)
{
    struct reading f;

    (void)state;

    assert_int_equal(READ(&f, "--check-config", "--history", "5"), OPTIONS_DONE);
    assert_string_equal(f.out, "");
    assert_string_equal(f.err, "");
    reading_drop(&f);

    assert_int_equal(READ(&f, "--check-config", "--listen", "nowhere"), OPTIONS_BAD);
    reading_drop(&f);
}

static void the_printed_settings_can_be_read_again_and_hold_no_secret(void **state)
{
    struct reading f;

    (void)state;

    assert_int_equal(READ(&f, "--print-config", "--history=7", "--internal-key=s3cret",
                          "--redis=redis://u:s3cret@h:1"),
                     OPTIONS_DONE);
    assert_non_null(strstr(f.out, "\nhistory = 7\n"));
    assert_non_null(strstr(f.out, "\npath-dialects = */webSocketServer.mn=plain\n"));
    assert_null(strstr(f.out, "s3cret"));

    reading_drop(&f);
}

static void what_cannot_be_written_is_a_mistake(void **state)
{
    char *argv[] = {(char *)(uintptr_t) "livegate", (char *)(uintptr_t) "--help", NULL};
    char *environment[] = {NULL};
    const struct settings_sources sources = {.argc = 2, .argv = argv, .environment = environment};
    FILE *full = fopen("/dev/full", "w");
    FILE *nowhere = fopen("/dev/null", "w");
    struct options options;

    (void)state;

    assert_int_equal(options_read_from(&options, &sources, full, nowhere), OPTIONS_BAD);

    options_dispose(&options);
    (void)fclose(full);
    (void)fclose(nowhere);
}

static char *read_page(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = calloc(1, 1 << 20);

    assert_non_null(file);
    assert_non_null(text);
    assert_true(fread(text, 1, (1 << 20) - 1, file) > 0);
    assert_int_equal(fclose(file), 0);

    return text;
}

static void the_documentation_has_the_tables_as_they_are(void **state)
{
    char *page = read_page("docs/configuration.md");
    struct reading f;

    (void)state;

    assert_int_equal(READ(&f, "--help-markdown"), OPTIONS_DONE);
    if (!strstr(page, f.out))
        fail_msg("docs/configuration.md is stale: run script/docs");

    reading_drop(&f);
    free(page);
}

static void without_memory_a_page_is_printed_whole_or_not_at_all(void **state)
{
    static const char *const commands[] = {"--help", "--version", "--help-markdown",
                                           "--print-config", "--check-config"};

    (void)state;

    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        const char *const arguments[] = {commands[i], NULL};
        struct reading expected;

        assert_int_equal(reading_all(&expected, arguments, NULL), OPTIONS_DONE);

        TORTURE (torture) {
            enum options_verdict verdict;
            struct reading f;

            torture_begin(&torture);
            verdict = reading_all(&f, arguments, NULL);
            torture_end(&torture);

            assert_true(verdict == OPTIONS_DONE || torture_refused(&torture));
            assert_string_equal(f.out, verdict == OPTIONS_DONE ? expected.out : "");
            assert_string_equal(f.err, verdict == OPTIONS_DONE ? "" : "livegate: out of memory\n");
            reading_drop(&f);
        }
        reading_drop(&expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(help_explains_every_setting),
        cmocka_unit_test(the_version_is_told),
        cmocka_unit_test(check_config_says_nothing_of_good_settings),
        cmocka_unit_test(the_printed_settings_can_be_read_again_and_hold_no_secret),
        cmocka_unit_test(what_cannot_be_written_is_a_mistake),
        cmocka_unit_test(the_documentation_has_the_tables_as_they_are),
        cmocka_unit_test(without_memory_a_page_is_printed_whole_or_not_at_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
