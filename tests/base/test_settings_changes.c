#include "tests/base/sample_settings.h"
#include "tests/support/unit.h"

#include <string.h>

static char program[] = "livegate";
static char *no_environment[] = {NULL};

static void load(struct options *options, const char *flag)
{
    char *arguments[] = {program, (char *)(uintptr_t)flag};
    const struct settings_sources sources = {
        .argc = flag ? 2 : 1, .argv = arguments, .environment = no_environment};
    struct buffer error;

    buffer_init(&error, 1024);
    *options = (struct options){.help = false};
    assert_int_equal(settings_load(&table, &sources, options, NULL, &error), 0);
    buffer_dispose(&error);
}

/* What differs from the defaults with this flag, and whether it is said to be reloadable. */
static void assert_changed(const char *flag, const char *name, bool reloadable)
{
    struct options before, after;
    struct buffer names;

    buffer_init(&names, 1024);
    load(&before, NULL);
    load(&after, flag);

    assert_int_equal(settings_changed(&table, &before, &after, !reloadable, &names), 0);
    assert_int_equal(settings_changed(&table, &before, &after, reloadable, &names), 1);
    assert_string_equal(buffer_text(&names), name);

    buffer_dispose(&names);
    settings_dispose(&table, &before);
    settings_dispose(&table, &after);
}

static bool reloadable(const char *name)
{
    for (size_t i = 0; i < table.count; i++) {
        if (table.rows[i].name && strcmp(table.rows[i].name, name) == 0)
            return table.rows[i].flags & SETTING_RELOADABLE;
    }

    return false;
}

static void a_change_of_any_type_is_named(void **state)
{
    static const struct {
        const char *flag, *name;
    } cases[] = {
        {"--listen=127.0.0.1:9", "listen"},
        {"--redis=redis://u:other@h:1", "redis"},
        {"--workers=3", "workers"},
        {"--max-message=1KB", "max-message"},
        {"--room-ttl=3h", "room-ttl"},
        {"--anonymous=viewer", "anonymous"},
        {"--open-access", "open-access"},
        {"--allowed-origins=a,b,c,d", "allowed-origins"},
        {"--token-secret=abcdefgh", "token-secret"},
    };

    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_changed(cases[i].flag, cases[i].name, reloadable(cases[i].name));
}

static void what_is_the_same_is_not_named(void **state)
{
    struct options before, after;
    struct buffer names;

    (void)state;

    buffer_init(&names, 1024);
    load(&before, "--allowed-origins=a,b");
    load(&after, "--allowed-origins=a, b");

    assert_int_equal(settings_changed(&table, &before, &after, false, &names), 0);
    assert_int_equal(settings_changed(&table, &before, &after, true, &names), 0);

    buffer_dispose(&names);
    settings_dispose(&table, &before);
    settings_dispose(&table, &after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_of_any_type_is_named),
        cmocka_unit_test(what_is_the_same_is_not_named),
    };

    return cmocka_run_group_tests_name("settings_changes", tests, NULL, NULL);
}
