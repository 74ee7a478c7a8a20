/* Each allocation fails in turn, libevent's and libwebsockets' too, while the workers are made:
 * they are all there and work, or none is and the caller is told. */
#include "gateway/team.h"

#include "base/log.h"
#include "gateway/options.h"
#include "tests/support/torture.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

static void make_each_time(char *redis, char *workers)
{
    static char program[] = "livegate";
    static char listen[] = "LIVEGATE_LISTEN=127.0.0.1:0";
    static char internal[] = "LIVEGATE_INTERNAL_LISTEN=127.0.0.1:0";
    static char *arguments[] = {program};
    char *environment[] = {listen, internal, workers, redis, NULL};
    const struct settings_sources sources = {
        .argc = 1, .argv = arguments, .environment = environment};
    struct options options;

    assert_int_equal(options_read_from(&options, &sources, stdout, stderr), OPTIONS_RUN);
    log_init(LEVEL_ERROR, LOG_FORMAT_TEXT, STDERR_FILENO);

    TORTURE (torture) {
        struct team *team = NULL;
        int error;

        torture_begin(&torture);
        error = team_new(&team, &options);
        torture_end(&torture);

        assert_true(error == 0 || (torture_refused(&torture) && error == -ENOMEM && !team));
        if (error != 0)
            continue;

        assert_int_equal(team_start(team), 0);
        team_stop(team);
        assert_int_equal(team_end(team), 0);
        team_free(team);
    }

    options_dispose(&options);
}

static void workers_on_redis_are_made_whole_or_not_at_all(void **state)
{
    static char redis[] = "LIVEGATE_REDIS=redis://127.0.0.1:1"; /* nobody is there */
    static char workers[] = "LIVEGATE_WORKERS=2";

    (void)state;
    make_each_time(redis, workers);
}

static void a_worker_with_rooms_in_memory_is_made_whole_or_not_at_all(void **state)
{
    static char workers[] = "LIVEGATE_WORKERS=1";

    (void)state;
    make_each_time(NULL, workers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(workers_on_redis_are_made_whole_or_not_at_all),
        cmocka_unit_test(a_worker_with_rooms_in_memory_is_made_whole_or_not_at_all),
    };

    return cmocka_run_group_tests_name("team_memory", tests, NULL, NULL);
}
