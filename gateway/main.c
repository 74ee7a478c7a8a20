/* livegate - a message-relay gateway for live commerce. */
#include "base/log.h"
#include "base/metrics.h"
#include "gateway/options.h"
#include "gateway/worker.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

struct team {
    const struct options *options;
    size_t size;
    size_t n_workers; /* made so far */
    struct worker **workers;
    struct metrics **metrics;
    pthread_t *threads;
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
    (void)pthread_sigmask(SIG_BLOCK, signals, NULL);
}

static void *work(void *arg)
{
    worker_run(arg);

    return NULL;
}

static void team_dispose(struct team *team)
{
    for (size_t i = team->n_workers; i-- > 0;)
        worker_free(team->workers[i]);

    for (size_t i = 0; team->metrics && i < team->size; i++)
        metrics_free(team->metrics[i]);

    free(team->workers);
    free(team->metrics);
    free(team->threads);
}

static int team_make(struct team *team, const struct options *options)
{
    *team = (struct team){.options = options, .size = 1};
    team->workers = calloc(team->size, sizeof(struct worker *));
    team->metrics = calloc(team->size, sizeof(struct metrics *));
    team->threads = calloc(team->size, sizeof(pthread_t));

    if (!team->workers || !team->metrics || !team->threads)
        return -ENOMEM;

    for (size_t i = 0; i < team->size; i++) {
        team->metrics[i] = metrics_new();
        if (!team->metrics[i])
            return -ENOMEM;
    }

    for (; team->n_workers < team->size; team->n_workers++) {
        struct worker_settings settings = {
            .options = options,
            .index = (unsigned)team->n_workers,
            .metrics = team->metrics[team->n_workers],
            .all_metrics = (const struct metrics *const *)team->metrics,
            .n_workers = team->size,
        };
        int rc = worker_new(&team->workers[team->n_workers], &settings);

        if (rc != 0)
            return rc;
    }

    return 0;
}

/* Runs until a signal says to stop. */
static int team_work(struct team *team, const sigset_t *signals)
{
    size_t started = 0;
    int rc = 0, signal_number = 0;

    while (rc == 0 && started < team->size) {
        rc = pthread_create(&team->threads[started], NULL, work, team->workers[started]);
        started += rc == 0;
    }

    if (rc == 0) {
        options_log(team->options);
        (void)sigwait(signals, &signal_number);
        LOG(INFO, "stopping", LOG_TEXT("signal", signal_number == SIGTERM ? "TERM" : "INT"));
    } else {
        LOG(ERROR, "cannot start a thread", LOG_ERRNO("error", rc));
    }

    for (size_t i = 0; i < started; i++)
        worker_stop(team->workers[i]);

    for (size_t i = 0; i < started; i++)
        (void)pthread_join(team->threads[i], NULL);

    return rc;
}

static int serve(const struct options *options)
{
    sigset_t signals;
    struct team team;
    int rc;

    log_init(options->log_level, options->log_format, 2);
    take_signals(&signals);
    raise_descriptor_limit();

    rc = team_make(&team, options);
    if (rc == 0)
        rc = team_work(&team, &signals);

    team_dispose(&team);

    return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    struct options options;
    int status = 0;

    switch (options_read(&options, argc, argv)) {
    case OPTIONS_RUN:
        status = serve(&options);
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
