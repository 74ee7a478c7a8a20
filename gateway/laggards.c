#include "gateway/laggards.h"

#include "base/burden.h"
#include "base/metrics.h"
#include "gateway/deadline_queue.h"
#include "gateway/gather.h"
#include "gateway/hub.h"
#include "gateway/session.h"
#include "relay/relay.h"

#include <errno.h>
#include <stdlib.h>

struct laggards {
    struct deadline_queue *queue;
};

/* What a session has only while it is behind. */
struct laggard {
    struct deadline deadline; /* in no queue once its time was up */
    struct session *session;
    size_t refused; /* by its socket, kept by libwebsockets: a burden */
};

static void set_refused(struct laggard *laggard, size_t refused)
{
    burden_add(refused);
    burden_sub(laggard->refused);
    laggard->refused = refused;
}

/* Its socket takes all there is; what it missed cannot be read before the broker is back. */
static bool waits_for_the_broker(const struct session *session)
{
    const char *why;

    return !gather_has_more(session) && relay_state(session->hub->relay, &why) != BROKER_UP;
}

/* It may have left the room of which it missed something. */
static void on_time_up(struct deadline *deadline)
{
    struct session *session = CONTAINER_OF(deadline, struct laggard, deadline)->session;

    if (!session->blocked && (gather_is_complete(session) || waits_for_the_broker(session)))
        laggards_remove(session);
    else
        session_close(session, CLOSE_TOO_SLOW);
}

static void dispose(struct laggards *laggards)
{
    deadline_queue_free(laggards->queue);
    free(laggards);
}

void laggards_free(struct laggards *laggards)
{
    if (laggards)
        dispose(laggards);
}

struct laggards *laggards_new(struct event_base *loop, uint64_t patience_ms)
{
    struct laggards *laggards = calloc(1, sizeof *laggards);

    if (!laggards)
        return NULL;

    laggards->queue = deadline_queue_new(loop, patience_ms, on_time_up);
    if (!laggards->queue) {
        dispose(laggards);
        return NULL;
    }

    return laggards;
}

void laggards_change_patience(struct laggards *laggards, uint64_t patience_ms)
{
    deadline_queue_change_wait(laggards->queue, patience_ms);
}

int laggards_add(struct laggards *laggards, struct session *session, size_t refused)
{
    struct laggard *laggard;

    if (session->laggard) {
        set_refused(session->laggard, refused);
        return 0;
    }

    laggard = malloc(sizeof *laggard);
    if (!laggard)
        return -ENOMEM;

    laggard->session = session;
    laggard->refused = 0;
    set_refused(laggard, refused);
    list_node_init(&laggard->deadline.node);
    deadline_queue_add(laggards->queue, &laggard->deadline);
    session->laggard = laggard;
    metrics_add(session->hub->settings.metrics, METRIC_SESSIONS_BEHIND, 0, 1);

    return 0;
}

void laggards_took(struct session *session)
{
    if (session->laggard)
        set_refused(session->laggard, 0);
}

void laggards_renew(struct laggards *laggards, struct session *session)
{
    if (session->laggard)
        deadline_queue_add(laggards->queue, &session->laggard->deadline);
}

/* What libwebsockets keeps goes with its connection, in a few seconds. */
bool laggards_shed(struct laggards *laggards)
{
    struct deadline *first = deadline_queue_first(laggards->queue);
    struct laggard *slowest = first ? CONTAINER_OF(first, struct laggard, deadline) : NULL;

    if (!slowest)
        return false;

    list_remove(&first->node);
    set_refused(slowest, 0);
    session_close(slowest->session, CLOSE_TOO_SLOW);

    return true;
}

void laggards_remove(struct session *session)
{
    if (!session->laggard)
        return;

    set_refused(session->laggard, 0);
    list_remove(&session->laggard->deadline.node);
    free(session->laggard);
    session->laggard = NULL;
    metrics_add(session->hub->settings.metrics, METRIC_SESSIONS_BEHIND, 0, -1);
}
