#include "gateway/team.h"

#include "base/log.h"
#include "base/metrics.h"
#include "gateway/options.h"
#include "gateway/orders.h"
#include "gateway/worker.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

struct member {
    struct team *team;
    struct worker *worker;
    pthread_t thread;
    bool drained; /* said so; its thread's */
    int status;   /* of worker_run(); once the thread has ended */
};

struct team {
    size_t size;
    size_t made;    /* workers so far */
    size_t started; /* threads so far */
    atomic_size_t running;
    atomic_size_t draining; /* workers that have not drained yet */
    struct member *members;
    struct metrics **metrics; /* of each; read by all */
    struct mailbox **mailboxes;
};

static void dispose(struct team *team)
{
    for (size_t i = team->made; i-- > 0;)
        worker_free(team->members[i].worker);

    for (size_t i = 0; team->metrics && i < team->size; i++)
        metrics_free(team->metrics[i]);

    free(team->members);
    free(team->metrics);
    free(team->mailboxes);
    free(team);
}

void team_free(struct team *team)
{
    if (team)
        dispose(team);
}

/* The internal HTTP is the first worker's, and asks all of them: none ends before the last one has
 * drained. */
static void have_drained(struct team *team, size_t workers)
{
    if (atomic_fetch_sub(&team->draining, workers) > workers)
        return;

    for (size_t i = 0; i < team->made; i++)
        orders_end(worker_orders(team->members[i].worker));
}

static void on_drained(void *owner)
{
    struct member *member = owner;

    if (member->drained)
        return;

    member->drained = true;
    have_drained(member->team, 1);
}

static int make_worker(struct team *team, const struct options *options)
{
    size_t index = team->made;
    struct worker_settings settings = {
        .options = options,
        .index = (unsigned)index,
        .metrics = metrics_new(),
        .all_metrics = (const struct metrics *const *)team->metrics,
        .all_mailboxes = team->mailboxes,
        .n_workers = team->size,
        .on_drained = on_drained,
        .owner = &team->members[index],
    };
    int rc;

    if (!settings.metrics)
        return -ENOMEM;

    team->members[index].team = team;
    team->metrics[index] = settings.metrics;
    if (index > 0)
        settings.port = worker_port(team->members[0].worker);

    rc = worker_new(&team->members[index].worker, &settings);
    if (rc != 0)
        return rc;

    team->mailboxes[index] = worker_mailbox(team->members[index].worker);
    team->made++;

    return 0;
}

int team_new(struct team **team, const struct options *options)
{
    struct team *made = calloc(1, sizeof *made);
    int rc = -ENOMEM;

    if (!made)
        return -ENOMEM;

    made->size = options->workers;
    made->draining = made->size;
    made->members = calloc(made->size, sizeof(struct member));
    made->metrics = calloc(made->size, sizeof(struct metrics *));
    made->mailboxes = calloc(made->size, sizeof(struct mailbox *));

    if (made->members && made->metrics && made->mailboxes)
        rc = 0;

    /* One after another: libwebsockets' contexts cannot be made side by side. */
    while (rc == 0 && made->made < made->size)
        rc = make_worker(made, options);

    if (rc != 0) {
        dispose(made);
        return rc;
    }

    *team = made;

    return 0;
}

static void *work(void *arg)
{
    struct member *member = arg;

    member->status = worker_run(member->worker);

    if (member->status != 0) {
        LOG(ERROR, "a worker has failed, stopping", LOG_TEXT("worker", worker_name(member->worker)),
            LOG_ERRNO("error", member->status));
        (void)kill(getpid(), SIGTERM);
    }

    on_drained(member); /* one that failed has nobody any more, either */
    atomic_fetch_sub(&member->team->running, 1);
    (void)kill(getpid(), TEAM_ENDED);

    return NULL;
}

int team_start(struct team *team)
{
    int rc = 0;

    while (rc == 0 && team->started < team->size) {
        struct member *member = &team->members[team->started];

        atomic_fetch_add(&team->running, 1);
        rc = -pthread_create(&member->thread, NULL, work, member);
        if (rc == 0)
            team->started++;
        else
            atomic_fetch_sub(&team->running, 1);
    }

    if (rc != 0) {
        LOG(ERROR, "cannot start a thread", LOG_ERRNO("error", rc));
        have_drained(team, team->size - team->started);
    }

    return rc;
}

void team_drain(struct team *team)
{
    for (size_t i = 0; i < team->started; i++)
        orders_drain(worker_orders(team->members[i].worker));
}

void team_stop(struct team *team)
{
    for (size_t i = 0; i < team->started; i++)
        orders_stop(worker_orders(team->members[i].worker));
}

void team_reload(struct team *team, struct reload *reload)
{
    metrics_add(team->metrics[0], METRIC_RELOADS, reload ? RELOAD_APPLIED : RELOAD_REFUSED, 1);
    metrics_set(team->metrics[0], METRIC_SETTINGS_REFUSED, 0, reload ? 0 : 1);

    for (size_t i = 0; reload && i < team->started; i++)
        orders_reload(worker_orders(team->members[i].worker), reload);
}

size_t team_running(const struct team *team)
{
    return atomic_load(&team->running);
}

int team_end(struct team *team)
{
    int rc = 0;

    for (; team->started > 0; team->started--) {
        struct member *member = &team->members[team->started - 1];

        (void)pthread_join(member->thread, NULL);
        if (member->status != 0)
            rc = -EIO;
    }

    return rc;
}
