#include "base/settings.h"

#include "tests/base/sample_settings.h"
#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct options options;
static struct buffer error;

static int set_up(void **state)
{
    memset(&options, 0, sizeof options);
    buffer_init(&error, 1000);
    (void)state;

    return 0;
}

static int tear_down(void **state)
{
    settings_dispose(&table, &options);
    buffer_dispose(&error);
    (void)state;

    return 0;
}

/* Cuts `text` at the separators into words, which end with NULL. */
static void cut_words(char *text, const char *separators, char **words)
{
    char *rest = text;

    while ((*words = strsep(&rest, separators)))
        words += **words != '\0';
}

/* Loads with these flags (parted by blanks) and variables (parted by semicolons). */
static int load(const char *flags, const char *variables)
{
    static char flag_text[1000];
    static char variable_text[1000];
    char *argv[32] = {flag_text};
    char *environment[32];
    struct settings_sources sources = {.argc = 1, .argv = argv, .environment = environment};

    (void)snprintf(flag_text, sizeof flag_text, "%s", flags);
    (void)snprintf(variable_text, sizeof variable_text, "%s", variables);
    cut_words(flag_text, " ", argv + 1);
    cut_words(variable_text, ";", environment);
    while (argv[sources.argc])
        sources.argc++;

    settings_dispose(&table, &options);
    memset(&options, 0, sizeof options);
    buffer_clear(&error);

    return settings_load(&table, &sources, &options, NULL, &error);
}

static void assert_refused(const char *flags, const char *variables, const char *message)
{
    assert_int_equal(load(flags, variables), -EINVAL);
    assert_string_equal(buffer_text(&error), message);
}

#define PATH "settings.conf"

/* Writes the file PATH; gives "--config PATH". */
static const char *config(const char *content)
{
    FILE *file = fopen(PATH, "w");

    assert_non_null(file);
    (void)fputs(content, file);
    assert_int_equal(fclose(file), 0);

    return "--config " PATH;
}

static char directory[] = "/tmp/livegate-test-XXXXXX";

/* All files are in a directory of our own. */
static int enter_directory(void **state)
{
    (void)state;

    return mkdtemp(directory) ? chdir(directory) : -1;
}

static int remove_directory(void **state)
{
    (void)state;
    (void)unlink(PATH);

    return chdir("/") == 0 ? rmdir(directory) : -1;
}

static void without_sources_the_defaults_hold(void **state)
{
    assert_int_equal(load("", ""), 0);

    assert_string_equal(options.listen.host, "127.0.0.1");
    assert_int_equal(options.listen.port, 8080);
    assert_string_equal(options.redis, "");
    assert_int_equal(options.workers, 1);
    assert_int_equal(options.max_message, 16384);
    assert_int_equal(options.room_ttl, 7 * 86400000U);
    assert_int_equal(options.anonymous, 0);
    assert_false(options.open_access);
    assert_int_equal(options.origins.count, 0);
    assert_null(options.origins.items[0]);
    assert_string_equal(options.token_secret, "");
    (void)state;
}

static void every_type_is_read_from_flags(void **state)
{
    assert_int_equal(load("--listen [::1]:90 --redis=redis://r:1/2 --workers 4 --max-message=64KB "
                          "--room-ttl 90s --anonymous viewer --open-access "
                          "--allowed-origins https://a,https://b --token-secret=a=b=c=d=e",
                          ""),
                     0);

    assert_string_equal(options.listen.host, "::1");
    assert_string_equal(options.redis, "redis://r:1/2");
    assert_int_equal(options.workers, 4);
    assert_int_equal(options.max_message, 65536);
    assert_int_equal(options.room_ttl, 90000);
    assert_int_equal(options.anonymous, 1);
    assert_true(options.open_access);
    assert_int_equal(options.origins.count, 2);
    assert_string_equal(options.origins.items[1], "https://b");
    assert_string_equal(options.token_secret, "a=b=c=d=e");
    (void)state;
}

static void flags_win_over_environment_over_file_over_defaults(void **state)
{
    (void)config("workers = 2\nmax-message = 2KB\nanonymous = viewer\n");
    assert_int_equal(
        load("--workers 4 --config " PATH, "LIVEGATE_WORKERS=3;LIVEGATE_MAX_MESSAGE=3KB;PATH=/bin"),
        0);

    assert_int_equal(options.workers, 4);
    assert_int_equal(options.max_message, 3072);
    assert_int_equal(options.anonymous, 1);
    assert_int_equal(options.room_ttl, 7 * 86400000U);
    (void)state;
}

static void the_file_may_be_named_by_the_environment(void **state)
{
    (void)config("workers = 2\n");
    assert_int_equal(load("", "LIVEGATE_CONFIG=" PATH), 0);

    assert_int_equal(options.workers, 2);
    assert_string_equal(options.config, PATH);
    (void)state;
}

static void the_last_of_two_flags_wins(void **state)
{
    assert_int_equal(load("--workers 2 --workers 3 --open-access --no-open-access", ""), 0);
    assert_int_equal(options.workers, 3);
    assert_false(options.open_access);

    assert_int_equal(load("--open-access=false --open-access=yes", ""), 0);
    assert_true(options.open_access);
    (void)state;
}

static void a_file_has_comments_blanks_and_any_line_ends(void **state)
{
    assert_int_equal(
        load(
            config("# workers = 9\r\n\n  workers=2\r\n\topen-access = on\nredis = redis://h:1/#=x"),
            ""),
        0);

    assert_int_equal(options.workers, 2);
    assert_true(options.open_access);
    assert_string_equal(options.redis, "redis://h:1/#=x");
    (void)state;
}

static void a_secret_may_come_from_a_file(void **state)
{
    (void)config("from a file\n");
    assert_int_equal(load("--token-secret-file " PATH, ""), 0);
    assert_string_equal(options.token_secret, "from a file");

    assert_int_equal(load("--redis-file=" PATH, "LIVEGATE_TOKEN_SECRET_FILE=" PATH), 0);
    assert_string_equal(options.token_secret, "from a file");
    assert_string_equal(options.redis, "from a file");

    (void)config("two ends\r\n");
    assert_int_equal(load("--token-secret-file " PATH, ""), 0);
    assert_string_equal(options.token_secret, "two ends");
    (void)state;
}

static void a_secret_file_may_be_named_in_the_config(void **state)
{
    assert_int_equal(load(config("token-secret-file = " PATH "\n"), ""), 0);

    assert_string_equal(options.token_secret, "token-secret-file = " PATH);
    (void)state;
}

static void what_is_unknown_is_named(void **state)
{
    assert_refused("--max-mesage 1", "", "--max-mesage: there is no such setting");
    assert_refused("--workers-file x", "", "--workers-file: there is no such setting");
    assert_refused("--no-workers", "", "--no-workers: there is no such setting");
    assert_refused("", "LIVEGATE_WORKER=1", "LIVEGATE_WORKER: there is no such setting");
    assert_refused("", "LIVEGATE_workers=1", "LIVEGATE_workers: there is no such setting");
    assert_refused("", "LIVEGATE_=1", "LIVEGATE_: there is no such setting");
    assert_refused("-h", "", "-h: is not a flag (like --name)");
    assert_refused("--", "", "--: is not a flag (like --name)");
    assert_refused("--workers 1 stray=1", "", "stray=1: is not a flag (like --name)");
    assert_refused(config("\n\nworker = 1\n"), "", PATH ":3: worker: there is no such setting");
    (void)state;
}

static void what_is_invalid_is_named_with_its_source(void **state)
{
    assert_refused("--workers x", "", "--workers: \"x\" is not a whole number");
    assert_refused("--workers 65", "", "--workers: 65 is not within 1 to 64");
    assert_refused("", "LIVEGATE_MAX_MESSAGE=",
                   "LIVEGATE_MAX_MESSAGE: \"\" is not a size (like "
                   "16384, 64KB, 8MB)");
    assert_refused("--max-message 2MB", "", "--max-message: 2MB is not within 1KB to 1MB");
    assert_refused("--room-ttl 1y", "",
                   "--room-ttl: \"1y\" is not a duration (like 250ms, 10s, "
                   "5m, 2h, 7d)");
    assert_refused("--anonymous all", "", "--anonymous: \"all\" is not one of none, viewer");
    assert_refused("--listen 8080", "",
                   "--listen: \"8080\" is not an address (like "
                   "127.0.0.1:8080, [::1]:8080)");
    assert_refused("--allowed-origins a,,b", "", "--allowed-origins: \"a,,b\" has an empty item");
    assert_refused("--open-access=perhaps", "",
                   "--open-access: \"perhaps\" is neither true nor "
                   "false");
    assert_refused("--redis a\nb", "", "--redis: the value holds a control character");
    assert_refused(config("workers = 2\nroom-ttl: 7d\n"), "",
                   PATH ":2: a line is \"name = value\" or begins with #");
    assert_refused(config("# one\nworkers = two\n"), "",
                   PATH ":2: workers: \"two\" is not a whole number");
    (void)state;
}

static void a_flag_needs_its_value(void **state)
{
    assert_refused("--workers", "", "--workers: needs a value");
    assert_refused("--redis --workers 2", "", "--redis: needs a value");
    assert_refused("--no-open-access=true", "", "--no-open-access: takes no value");
    assert_refused("--open-access false", "", "false: is not a flag (like --name)");
    (void)state;
}

static void what_belongs_elsewhere_is_refused(void **state)
{
    assert_int_equal(load("--help", ""), 0);
    assert_true(options.help);
    assert_refused("", "LIVEGATE_HELP=true", "LIVEGATE_HELP: works only on the command line");
    assert_refused(config("config = x\n"), "",
                   PATH ":1: config: works only on the command line and "
                        "in the environment");
    assert_refused(config("workers = 1\nworkers = 2\n"), "", PATH ":2: workers: is set twice");
    assert_refused("", "LIVEGATE_TOKEN_SECRET=a;LIVEGATE_TOKEN_SECRET_FILE=b",
                   "LIVEGATE_TOKEN_SECRET: the value must be at least 8 bytes long\n"
                   "LIVEGATE_TOKEN_SECRET_FILE: is set twice");
    assert_refused("", "LIVEGATE_TOKEN_SECRET=12345678;LIVEGATE_TOKEN_SECRET_FILE=b",
                   "LIVEGATE_TOKEN_SECRET_FILE: is set twice");
    (void)state;
}

static void a_file_that_cannot_be_read_is_named(void **state)
{
    assert_refused("--config /nowhere/x", "",
                   "--config: cannot read /nowhere/x: No such file or directory");
    assert_refused("", "LIVEGATE_CONFIG=/", "LIVEGATE_CONFIG: cannot read /: Is a directory");
    assert_refused("--token-secret-file /", "",
                   "--token-secret-file: cannot read /: Is a directory");
    (void)state;
}

static void what_is_good_is_there_beside_what_is_wrong(void **state)
{
    assert_int_equal(load("--workers many --redis redis://r --bogus", ""), -EINVAL);
    assert_string_equal(options.redis, "redis://r");
    assert_int_equal(options.workers, 1);
    (void)state;
}

static void strangers_texts_are_shown_safely(void **state)
{
    assert_refused("--workers \x1b[31m", "", "--workers: \"?[31m\" is not a whole number");
    assert_int_equal(load("--workers 0123456789012345678901234567890123456789"
                          "012345678901234567890123456789x",
                          ""),
                     -EINVAL);
    assert_non_null(strstr(buffer_text(&error), "...\" is not a whole number"));
    (void)state;
}

static void secrets_are_never_in_an_error(void **state)
{
    assert_refused("--token-secret hush", "",
                   "--token-secret: the value must be at least 8 bytes long");
    assert_refused("--token-secret hushhush\x01", "",
                   "--token-secret: the value holds a control character");
    (void)state;
}

static void what_kubernetes_sets_for_a_service_is_nobodys_mistake(void **state)
{
    assert_int_equal(load("", "LIVEGATE_SERVICE_HOST=10.0.0.1;LIVEGATE_SERVICE_PORT=8080;"
                              "LIVEGATE_SERVICE_PORT_HTTP=8080;LIVEGATE_PORT=tcp://10.0.0.1:8080;"
                              "LIVEGATE_PORT_8080_TCP=tcp://10.0.0.1:8080;"
                              "LIVEGATE_PORT_8080_TCP_PROTO=tcp;LIVEGATE_PORT_8080_TCP_PORT=8080;"
                              "LIVEGATE_PORT_8080_TCP_ADDR=10.0.0.1;"
                              "LIVEGATE_INTERNAL_SERVICE_HOST=10.0.0.2;"
                              "LIVEGATE_INTERNAL_PORT=udp://10.0.0.2:1"),
                     0);
    assert_refused("", "LIVEGATE_PORT=8080", "LIVEGATE_PORT: there is no such setting");
    (void)state;
}

static void each_allocation_may_fail(void **state)
{
    const char *flags =
        "--redis redis://r --allowed-origins a,b --token-secret-file " PATH " --config " PATH;
    int successes = 0;
    int result;

    (void)config("token-secret = 12345678\n");
    assert_non_null(buffer_reserve(&error, 500));
    do {
        fail_malloc_after(successes++);
        result = load(flags, "LIVEGATE_REDIS=redis://q");
        fail_malloc_never();
        assert_true(result == 0 || result == -ENOMEM);
        if (result != 0)
            assert_null(options.redis);
    } while (result != 0);

    assert_in_range(successes, 12, 50);
    assert_string_equal(options.redis, "redis://r");
    (void)state;
}

#define FRESH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FRESH(without_sources_the_defaults_hold),
        FRESH(every_type_is_read_from_flags),
        FRESH(flags_win_over_environment_over_file_over_defaults),
        FRESH(the_file_may_be_named_by_the_environment),
        FRESH(the_last_of_two_flags_wins),
        FRESH(a_file_has_comments_blanks_and_any_line_ends),
        FRESH(a_secret_may_come_from_a_file),
        FRESH(a_secret_file_may_be_named_in_the_config),
        FRESH(what_is_unknown_is_named),
        FRESH(what_is_invalid_is_named_with_its_source),
        FRESH(a_flag_needs_its_value),
        FRESH(what_belongs_elsewhere_is_refused),
        FRESH(a_file_that_cannot_be_read_is_named),
        FRESH(what_is_good_is_there_beside_what_is_wrong),
        FRESH(strangers_texts_are_shown_safely),
        FRESH(secrets_are_never_in_an_error),
        FRESH(what_kubernetes_sets_for_a_service_is_nobodys_mistake),
        FRESH(each_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, enter_directory, remove_directory);
}
