#include "gateway/reload.h"

#include "base/log.h"
#include "gateway/options.h"
#include "gateway/options_table.h"
#include "tests/gateway/reading.h"
#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static struct options running;

static int set_up(void **state)
{
    (void)state;
    log_init(LEVEL_ERROR, LOG_FORMAT_TEXT, open("/dev/null", O_WRONLY | O_CLOEXEC));

    assert_int_equal(options_read_from(&running, reading_sources(NULL), stdout, stderr),
                     OPTIONS_RUN);

    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    options_dispose(&running);

    return 0;
}

static void what_was_read_lives_until_its_last_user_lets_go(void **state)
{
    struct reload *reload = reload_read(reading_sources("LIVEGATE_MAX_MESSAGE=4KB"), &running);
    struct reload *shared;

    (void)state;

    assert_non_null(reload);
    shared = reload_share(reload);
    reload_release(reload);

    assert_int_equal(reload_options(shared)->max_message, 4096);
    reload_release(shared);
    reload_release(NULL);
}

static void a_mistake_gives_nothing(void **state)
{
    (void)state;

    assert_null(reload_read(reading_sources("LIVEGATE_MAX_MESSAGE=much"), &running));
}

static void what_waits_for_a_restart_is_known(void **state)
{
    struct reload *reload =
        reload_read(reading_sources("LIVEGATE_PATH_DIALECTS=*/webSocketServer.mn=live"), &running);
    struct buffer names;

    (void)state;

    assert_non_null(reload);
    buffer_init(&names, 100);
    assert_int_equal(settings_changed(&options_table, running.values,
                                      reload_options(reload)->values, false, &names),
                     1);
    assert_true(span_is(buffer_span(&names), "path-dialects"));

    buffer_dispose(&names);
    reload_release(reload);
}

static void without_memory_there_is_nothing_new(void **state)
{
    struct reload *reload = NULL;

    (void)state;

    for (int successes = 0; !reload; successes++) {
        fail_malloc_after(successes);
        reload = reload_read(reading_sources("LIVEGATE_REGION=there"), &running);
        fail_malloc_never();
        assert_true(successes < 1000);
    }

    reload_release(reload);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_read_lives_until_its_last_user_lets_go),
        cmocka_unit_test(a_mistake_gives_nothing),
        cmocka_unit_test(what_waits_for_a_restart_is_known),
        cmocka_unit_test(without_memory_there_is_nothing_new),
    };

    return cmocka_run_group_tests_name("reload", tests, set_up, tear_down);
}
