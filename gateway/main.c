/* livegate - a message-relay gateway for live commerce. */
#include "base/log.h"
#include "base/process.h"
#include "gateway/healthcheck.h"
#include "gateway/options.h"
#include "gateway/reload.h"
#include "gateway/team.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

struct invocation {
    int argc;
    char *const *argv;
    const struct options *options;
};

/* A client is a descriptor: take as many as the system gives us. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;

    limit.rlim_cur = limit.rlim_max;

    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        LOG(WARN, "cannot raise the limit of open files", LOG_ERRNO("error", errno));
}

/* Signals go to the main thread, which waits for them; the workers see none. */
static void take_signals(sigset_t *signals)
{
    (void)signal(SIGPIPE, SIG_IGN);
    sigemptyset(signals);
    sigaddset(signals, SIGTERM);
    sigaddset(signals, SIGINT);
    sigaddset(signals, SIGHUP);
    sigaddset(signals, TEAM_ENDED);
    (void)pthread_sigmask(SIG_BLOCK, signals, NULL);
}

/* The file and the secrets it names may have changed; the rest comes out as it was. */
static void reread(struct team *team, const struct invocation *invocation)
{
    const struct settings_sources sources = {
        .argc = invocation->argc, .argv = invocation->argv, .environment = environ};
    struct reload *reload = reload_read(&sources, invocation->options);

    if (reload)
        log_set_level(reload_options(reload)->log_level);

    team_reload(team, reload);
    reload_release(reload);
}

/* SIGTERM lets the clients go one after another; a second one, or SIGINT, all at once. */
static void on_signal(struct team *team, int number, bool *draining)
{
    bool hurry = number == SIGINT || *draining;

    LOG(INFO, hurry ? "stopping at once" : "stopping, clients are sent away first",
        LOG_TEXT("signal", number == SIGINT ? "INT" : "TERM"));

    if (hurry)
        team_stop(team);
    else
        team_drain(team);

    *draining = true;
}

/* Runs until a signal says to stop, or a worker that has failed, and then until all have ended. */
static int work(struct team *team, const struct invocation *invocation, const sigset_t *signals)
{
    int number, started = team_start(team), ended;
    bool draining = false;

    if (started == 0)
        options_log(invocation->options);
    else
        team_stop(team);

    while (team_running(team) > 0) {
        if (sigwait(signals, &number) != 0 || number == TEAM_ENDED)
            continue;

        if (number == SIGHUP)
            reread(team, invocation);
        else
            on_signal(team, number, &draining);
    }

    ended = team_end(team);

    return started == 0 ? ended : started;
}

/* A thread gets an arena of its own, which grows by an mprotect() a page, so nearly one for each
 * connection.  A worker alone takes the first one, which grows in larger steps. */
static void share_arena(const struct options *options)
{
    if (options->workers == 1)
        (void)mallopt(M_ARENA_MAX, 1); /* NOLINT(concurrency-mt-unsafe): there are no threads yet */
}

static int serve(const struct invocation *invocation)
{
    const struct options *options = invocation->options;

    struct team *team = NULL;
    sigset_t signals;
    int rc;

    log_init(options->log_level, options->log_format, 2);
    take_signals(&signals);
    raise_descriptor_limit();
    share_arena(options);
    if (process_keep_secrets() != 0)
        LOG(WARN, "cannot forbid core dumps, which would hold secrets");

    rc = team_new(&team, options);
    if (rc == 0)
        rc = work(team, invocation, &signals);

    team_free(team);

    return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    struct options options;
    int status = 0;

    if (argc > 1 && strcmp(argv[1], "healthcheck") == 0)
        return healthcheck_run(argc - 1, argv + 1);

    switch (options_read(&options, argc, argv)) {
    case OPTIONS_RUN:
        status = serve(&(struct invocation){argc, argv, &options});
        break;
    case OPTIONS_DONE: /* --help and the like */
        break;
    case OPTIONS_BAD: /* has been told */
        status = 2;
        break;
    }

    options_dispose(&options);

    return status;
}
