/* What writes settings, sizes and addresses, while its buffer finds no memory. */
#include "base/address.h"
#include "base/metrics.h"
#include "base/text_list.h"
#include "base/units.h"
#include "tests/base/sample_settings.h"
#include "tests/support/torture_writers.h"
#include "tests/support/unit.h"

#include <string.h>

static struct options options;
static enum setting_source set_by[20];
static struct metrics *metrics;

static int set_up(void **state)
{
    static char program[] = "p", listen[] = "--listen", address[] = "[::1]:80";
    static char secret[] = "--token-secret", hidden[] = "0123456789012345678901234567890123456789";
    static char origins[] = "--allowed-origins", list[] = "https://a.example,https://b.example";
    static char *argv[] = {program, listen, address, secret, hidden, origins, list};
    static char *environment[] = {NULL};
    const struct settings_sources sources = {.argc = 7, .argv = argv, .environment = environment};
    struct buffer error;

    (void)state;
    buffer_init(&error, 1000);
    if (settings_load(&table, &sources, &options, set_by, &error) != 0)
        fail_msg("%s", buffer_text(&error));
    buffer_dispose(&error);
    metrics = metrics_new();

    return metrics ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    settings_dispose(&table, &options);
    metrics_free(metrics);

    return 0;
}

static void write_print(struct buffer *out)
{
    settings_print(&table, &options, set_by, out);
}

static void write_help(struct buffer *out)
{
    settings_help(&table, out);
}

static void write_markdown(struct buffer *out)
{
    settings_markdown(&table, out);
}

static void write_duration(struct buffer *out)
{
    units_format_duration(90061001, out);
}

static void write_size(struct buffer *out)
{
    units_format_size(3 << 20, out);
}

static void write_address(struct buffer *out)
{
    (void)!address_write(&options.listen, out);
}

static void write_list(struct buffer *out)
{
    text_list_write(&options.origins, out);
}

static void write_metrics(struct buffer *out)
{
    metrics_render(out, (const struct metrics *const *)&metrics, 1);
}

static void what_is_not_written_whole_is_known(void **state)
{
    static const struct torture_writer writers[] = {
        {"settings_print", write_print},       {"settings_help", write_help},
        {"settings_markdown", write_markdown}, {"units_format_duration", write_duration},
        {"units_format_size", write_size},     {"address_write", write_address},
        {"text_list_write", write_list},       {"metrics_render", write_metrics},
    };

    (void)state;
    torture_writers(writers, sizeof writers / sizeof writers[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_not_written_whole_is_known)};

    return cmocka_run_group_tests_name("writers_memory", tests, set_up, tear_down);
}
