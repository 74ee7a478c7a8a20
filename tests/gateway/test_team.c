#include "gateway/team.h"

#include "base/log.h"
#include "gateway/options.h"
#include "tests/support/unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_LOOPS = 8 };

struct fixture {
    struct options options;
    sigset_t signals;
};

static int set_up(void **state)
{
    static char program[] = "livegate";
    static char listen[] = "LIVEGATE_LISTEN=127.0.0.1:0";
    static char internal[] = "LIVEGATE_INTERNAL_LISTEN=127.0.0.1:0";
    static char *arguments[] = {program};
    static char redis[] = "LIVEGATE_REDIS=redis://127.0.0.1:1"; /* nobody is there */
    static char workers[] = "LIVEGATE_WORKERS=3";
    static char *environment[] = {listen, internal, redis, workers, NULL};
    static struct fixture f;
    const struct settings_sources sources = {
        .argc = 1, .argv = arguments, .environment = environment};

    log_init(LEVEL_ERROR, LOG_FORMAT_TEXT, STDERR_FILENO);
    sigemptyset(&f.signals);
    sigaddset(&f.signals, SIGTERM);
    assert_int_equal(sigprocmask(SIG_BLOCK, &f.signals, NULL), 0);
    *state = &f;

    return options_read_from(&f.options, &sources, stdout, stderr) == OPTIONS_RUN ? 0 : -1;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    options_dispose(&f->options);

    return 0;
}

/* The descriptors behind the loops of this process. */
static size_t find_loops(int fds[MAX_LOOPS])
{
    DIR *folder = opendir("/proc/self/fd");
    const struct dirent *entry;
    size_t n = 0;

    assert_non_null(folder);
    while ((entry = readdir(folder)) && n < MAX_LOOPS) {
        char target[64] = "";

        if (readlinkat(dirfd(folder), entry->d_name, target, sizeof target - 1) > 0 &&
            strcmp(target, "anon_inode:[eventpoll]") == 0)
            fds[n++] = (int)strtol(entry->d_name, NULL, 10);
    }
    (void)closedir(folder);

    return n;
}

/* epoll_wait() fails from now on. */
static void break_loop(int fd)
{
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);

    assert_true(nothing >= 0);
    assert_int_equal(dup2(nothing, fd), fd);
    assert_int_equal(close(nothing), 0);
}

static void a_team_works_until_it_is_stopped(void **state)
{
    struct fixture *f = *state;
    struct team *team = NULL;

    assert_int_equal(team_new(&team, &f->options), 0);
    assert_int_equal(team_start(team), 0);

    team_stop(team);
    team_stop(team);

    assert_int_equal(team_end(team), 0);
    team_free(team);
}

static void a_team_that_was_not_started_is_just_freed(void **state)
{
    struct fixture *f = *state;
    struct team *team = NULL;

    assert_int_equal(team_new(&team, &f->options), 0);
    team_stop(team);

    assert_int_equal(team_end(team), 0);
    team_free(team);
    team_free(NULL);
}

static void a_worker_that_fails_stops_the_process_with_an_error(void **state)
{
    struct fixture *f = *state;
    struct team *team = NULL;
    int loops[MAX_LOOPS], signal_number = 0;
    size_t n;

    assert_int_equal(team_new(&team, &f->options), 0);
    n = find_loops(loops);
    assert_true(n > 0);
    break_loop(loops[n - 1]);

    assert_int_equal(team_start(team), 0);

    assert_int_equal(sigwait(&f->signals, &signal_number), 0);
    team_stop(team);
    assert_int_equal(team_end(team), -EIO);
    team_free(team);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_team_works_until_it_is_stopped),
        cmocka_unit_test(a_team_that_was_not_started_is_just_freed),
        cmocka_unit_test(a_worker_that_fails_stops_the_process_with_an_error),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
