/* base/settings_text.c: the settings printed and explained. */
#include "base/settings.h"

#include "tests/base/sample_settings.h"
#include "tests/support/unit.h"

#include <string.h>

static struct options options;
static struct buffer out;
static enum setting_source set_by[20];

static int set_up(void **state)
{
    memset(&options, 0, sizeof options);
    buffer_init(&out, 10000);
    (void)state;

    return 0;
}

static int tear_down(void **state)
{
    settings_dispose(&table, &options);
    buffer_dispose(&out);
    (void)state;

    return 0;
}

static void load(char *const *argv, int argc)
{
    char *environment[] = {NULL};
    struct settings_sources sources = {.argc = argc, .argv = argv, .environment = environment};
    struct buffer error;

    buffer_init(&error, 1000);
    assert_int_equal(settings_load(&table, &sources, &options, set_by, &error), 0);
    buffer_dispose(&error);
}

static void assert_has(const char *text)
{
    if (!strstr(buffer_text(&out), text))
        fail_msg("no \"%s\" in:\n%s", text, buffer_text(&out));
}

static void assert_has_not(const char *text)
{
    assert_null(strstr(buffer_text(&out), text));
}

static void values_are_printed_as_a_file_would_have_them(void **state)
{
    char workers[] = "--workers=3";
    char origins[] = "--allowed-origins=a, b";
    char *argv[] = {NULL, workers, origins};

    load(argv, 3);
    settings_print(&table, &options, set_by, &out);

    assert_string_equal(buffer_text(&out), "\n# Network\n"
                                           "listen = 127.0.0.1:8080\n"
                                           "redis = \n"
                                           "# from --workers\nworkers = 3\n"
                                           "\n# Limits\n"
                                           "max-message = 16KB\n"
                                           "room-ttl = 7d\n"
                                           "anonymous = none\n"
                                           "open-access = false\n"
                                           "# from --allowed-origins\nallowed-origins = a,b\n"
                                           "token-secret = \n");
    (void)state;
}

static void what_is_no_default_says_where_it_is_from(void **state)
{
    static const enum setting_source sources[20] = {
        [3] = FROM_DEFAULT, [4] = FROM_FILE, [5] = FROM_FLAG, [7] = FROM_ENVIRONMENT};
    char *argv[] = {NULL};

    load(argv, 1);
    settings_print(&table, &options, sources, &out);

    assert_has("# Network\nlisten = ");
    assert_has("# from the file\nredis = ");
    assert_has("# from --workers\nworkers = ");
    assert_has("# from LIVEGATE_MAX_MESSAGE\nmax-message = ");
    (void)state;
}

static void secrets_are_not_printed(void **state)
{
    char redis[] = "--redis=redis://user:p@ss/word@host:6379/1";
    char secret[] = "--token-secret=hush hush hush";
    char *argv[] = {NULL, redis, secret};

    load(argv, 3);
    settings_print(&table, &options, set_by, &out);

    assert_has("\n# redis = redis://********@host:6379/1\n");
    assert_has("\n# token-secret = ********\n");
    assert_has_not("word");
    assert_has_not("hush");
    (void)state;
}

static void a_url_without_password_is_printed_whole(void **state)
{
    char redis[] = "--redis=redis://host:6379";
    char *argv[] = {NULL, redis};

    load(argv, 2);
    settings_print(&table, &options, set_by, &out);

    assert_has("\nredis = redis://host:6379\n");
    (void)state;
}

static void the_help_tells_name_value_meaning_and_default(void **state)
{
    settings_help(&table, &out);

    assert_has("\nNetwork:\n");
    assert_has("  --help                          print this and exit\n");
    assert_has(
        "  --listen HOST:PORT              where clients connect (default 127.0.0.1:8080)\n");
    assert_has("  --redis URL                     the Redis to use\n");
    assert_has(
        "  --anonymous none|viewer         may a client without token watch? (default none)");
    (void)state;
}

static void long_help_is_wrapped(void **state)
{
    static const struct setting long_rows[] = {
        {.name = "a-name-that-is-longer-than-its-column",
         .type = SETTING_FLAG,
         .help = "words words words words words words words words words words words words words "
                 "words words words"}};
    const struct settings_table long_table = {long_rows, 1};
    struct span rest;

    settings_help(&long_table, &out);

    rest = buffer_span(&out);
    assert_true(span_is(span_cut(&rest, '\n'), "  --a-name-that-is-longer-than-its-column"));
    assert_true(span_starts_with(rest, span_of("                                  words words")));
    while (!span_is_none(rest))
        assert_in_range(span_cut(&rest, '\n').size, 0, 100);
    (void)state;
}

static void the_documentation_has_a_table_for_each_heading(void **state)
{
    settings_markdown(&table, &out);

    assert_has("| Setting | Value | Default | Meaning |\n|---|---|---|---|\n| `help` |");
    assert_has("\n## Network\n\n| Setting |");
    assert_has("| `listen` | `HOST:PORT` | `127.0.0.1:8080` | where clients connect. |\n");
    assert_has("| `workers` | `N` | `1` | threads, each a complete gateway. From 1 to 64. |\n");
    assert_has("From 1KB to 1MB. Read again on SIGHUP. |\n");
    assert_has("| `anonymous` | `none\\|viewer` | `none` | may a client without token watch? |\n");
    assert_has("| `token-secret` | `TEXT` |  | the HS256 key. May come from a file: "
               "`token-secret-file`. |\n");
    assert_has("print this and exit. Only on the command line. |\n");
    (void)state;
}

#define FRESH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FRESH(values_are_printed_as_a_file_would_have_them),
        FRESH(what_is_no_default_says_where_it_is_from),
        FRESH(secrets_are_not_printed),
        FRESH(a_url_without_password_is_printed_whole),
        FRESH(the_help_tells_name_value_meaning_and_default),
        FRESH(long_help_is_wrapped),
        FRESH(the_documentation_has_a_table_for_each_heading),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
