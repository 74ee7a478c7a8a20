#include "gateway/newcomers.h"

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/list.h"
#include "base/wheel.h"
#include "gateway/addresses.h"
#include "gateway/client_socket.h"
#include "gateway/upgrade.h"

#include <event2/event.h>
#include <stdatomic.h>
#include <stdlib.h>

/* A handshake takes ten times what an upgrade does: thousands in one turn would stop all rooms. */
enum { GREETINGS_A_TURN = 16 };

struct newcomers {
    struct newcomers_settings settings;
    struct list waiting;
    struct event *turn_over;
    unsigned greetings;           /* in this turn of the loop */
    char read[UPGRADE_MAX_BYTES]; /* while a socket is read */
};

struct newcomer {
    struct list_node node;
    struct wheel_timer deadline;
    struct newcomers *newcomers;
    struct event *ready;
    struct buffer head; /* what has come of the request */
    struct client_socket socket;
    size_t holds;  /* about so much */
    bool greeting; /* the handshake of TLS is to be done … */
    bool greeted;  /* … and has begun */
};

/* With its event and a request of the usual size. */
#define NEWCOMER_HOLDS (sizeof(struct newcomer) + 4096)

/* And OpenSSL, before a word was said, and then in the middle of a handshake, with a buffer each
 * way. */
#define TLS_HOLDS ((size_t)10 << 10)
#define HANDSHAKE_HOLDS ((size_t)54 << 10)

/* Of the process, as its memory is. */
static atomic_size_t held;

size_t newcomers_bytes(void)
{
    return atomic_load_explicit(&held, memory_order_relaxed);
}

static void hold(struct newcomer *newcomer, size_t bytes)
{
    newcomer->holds += bytes;
    atomic_fetch_add_explicit(&held, bytes, memory_order_relaxed);
}

/* The socket stays with the caller. */
static struct client_socket newcomer_free(struct newcomer *newcomer)
{
    struct client_socket socket = newcomer->socket;

    atomic_fetch_sub_explicit(&held, newcomer->holds, memory_order_relaxed);
    list_remove(&newcomer->node);
    wheel_cancel(newcomer->newcomers->settings.wheel, &newcomer->deadline);
    if (newcomer->ready)
        event_free(newcomer->ready);
    buffer_dispose(&newcomer->head);
    address_leave(socket.count);
    socket.count = NULL;
    free(newcomer);

    return socket;
}

static void drop(struct newcomer *newcomer)
{
    struct client_socket socket = newcomer_free(newcomer);

    client_socket_close(&socket);
}

static void count_failure(const struct newcomers *newcomers, enum tls_failure failure)
{
    metrics_add(newcomers->settings.metrics, METRIC_TLS_FAILURES, failure, 1);
}

static void on_deadline(struct wheel_timer *timer)
{
    struct newcomer *newcomer = CONTAINER_OF(timer, struct newcomer, deadline);
    const struct newcomers_settings *settings = &newcomer->newcomers->settings;
    bool said_something = newcomer->head.size > 0;
    struct client_socket socket;

    if (newcomer->greeting)
        count_failure(newcomer->newcomers, TLS_FAILURE_LATE);

    socket = newcomer_free(newcomer);
    settings->events->on_late(settings->owner, &socket, said_something);
}

static void on_ready(evutil_socket_t fd, short what, void *owner);

/* The event is not pending. */
static int wait_for(struct newcomer *newcomer, short what)
{
    return event_assign(newcomer->ready, newcomer->newcomers->settings.loop, newcomer->socket.fd,
                        what, on_ready, newcomer) == 0
               ? event_add(newcomer->ready, NULL)
               : -1;
}

/* ---- the handshake of TLS ---- */

static void on_greeted(struct newcomer *newcomer)
{
    bool resumed = client_socket_resumed(&newcomer->socket);

    newcomer->greeting = false;
    metrics_add(newcomer->newcomers->settings.metrics, METRIC_TLS_HANDSHAKES,
                resumed ? TLS_SESSION_RESUMED : TLS_SESSION_NEW, 1);
}

static void on_failed(struct newcomer *newcomer, enum tls_failure failure)
{
    const struct newcomers_settings *settings = &newcomer->newcomers->settings;
    struct client_socket socket;

    count_failure(newcomer->newcomers, failure);
    socket = newcomer_free(newcomer);
    settings->events->on_stranger(settings->owner, &socket, failure);
}

static void on_turn_over(evutil_socket_t fd, short what, void *owner)
{
    struct newcomers *newcomers = owner;

    (void)fd;
    (void)what;
    newcomers->greetings = 0;
}

/* libevent appends the end of the turn to what is active in it. */
static bool has_turn(struct newcomers *newcomers)
{
    if (newcomers->greetings == GREETINGS_A_TURN)
        return false;

    if (newcomers->greetings++ == 0)
        event_active(newcomers->turn_over, EV_TIMEOUT, 0);

    return true;
}

/* False: there is no place for it, and it has gone. */
static bool may_begin(struct newcomer *newcomer)
{
    const struct newcomers_settings *settings = &newcomer->newcomers->settings;

    if (newcomer->greeted)
        return true;

    if (settings->events->on_hello(settings->owner, &newcomer->socket)) {
        (void)newcomer_free(newcomer);
        return false;
    }

    newcomer->greeted = true;
    hold(newcomer, HANDSHAKE_HOLDS);

    return true;
}

/* True when it is done: the request may have come with its last words. */
static bool greet(struct newcomer *newcomer, short ready)
{
    enum tls_failure failure = TLS_FAILURE_OTHER;
    int rc = 0;

    if (!has_turn(newcomer->newcomers)) {
        if (wait_for(newcomer, ready) != 0)
            drop(newcomer);

        return false;
    }

    if (!may_begin(newcomer))
        return false;

    switch (client_socket_greet(&newcomer->socket, &failure)) {
    case GREETING_DONE:
        on_greeted(newcomer);
        return true;

    case GREETING_FAILED:
        on_failed(newcomer, failure);
        return false;

    case GREETING_READS:
        rc = wait_for(newcomer, EV_READ);
        break;

    case GREETING_WRITES:
        rc = wait_for(newcomer, EV_WRITE);
        break;
    }

    if (rc != 0)
        drop(newcomer);

    return false;
}

/* ---- the request ---- */

static size_t room_for(const struct newcomer *newcomer)
{
    size_t left = newcomer->head.max - newcomer->head.size;

    return left < UPGRADE_MAX_BYTES ? left : UPGRADE_MAX_BYTES;
}

/* With TLS all of a record: of what is left in it no socket tells. */
static bool read_more(struct newcomer *newcomer)
{
    char *bytes = newcomer->newcomers->read;
    size_t size;

    do {
        if (!client_socket_read(&newcomer->socket, bytes, room_for(newcomer), &size) ||
            buffer_add(&newcomer->head, bytes, size) != 0)
            return false;
    } while (size > 0 && client_socket_pending(&newcomer->socket) > 0);

    return true;
}

static void on_ready(evutil_socket_t fd, short what, void *owner)
{
    struct newcomer *newcomer = owner;
    const struct newcomers_settings *settings = &newcomer->newcomers->settings;

    (void)fd;

    if (newcomer->greeting && !greet(newcomer, what))
        return;

    if (!read_more(newcomer)) {
        drop(newcomer);
        return;
    }

    if (settings->events->on_more(settings->owner, &newcomer->socket, buffer_span(&newcomer->head)))
        (void)newcomer_free(newcomer);
    else if (wait_for(newcomer, EV_READ) != 0)
        drop(newcomer);
}

/* ---- its life ---- */

void newcomers_wait(struct newcomers *newcomers, const struct client_socket *socket,
                    struct span head, uint64_t due_ms)
{
    struct newcomer *newcomer = calloc(1, sizeof *newcomer);

    if (!newcomer) {
        client_socket_close(socket);
        return;
    }

    newcomer->newcomers = newcomers;
    newcomer->socket = *socket;
    newcomer->socket.count = address_share(socket->count);
    newcomer->greeting = socket->tls != NULL;
    hold(newcomer, NEWCOMER_HOLDS + (socket->tls ? TLS_HOLDS : 0));
    list_append(&newcomers->waiting, &newcomer->node);
    buffer_init(&newcomer->head, UPGRADE_MAX_BYTES + (socket->tls ? CLIENT_SOCKET_RECORD : 0));
    wheel_timer_init(&newcomer->deadline, on_deadline);
    wheel_add(newcomers->settings.wheel, &newcomer->deadline, due_ms);
    newcomer->ready = event_new(newcomers->settings.loop, socket->fd, EV_READ, on_ready, newcomer);

    if (!newcomer->ready || event_add(newcomer->ready, NULL) != 0 ||
        buffer_add_span(&newcomer->head, head) != 0)
        drop(newcomer);
}

static void dispose(struct newcomers *newcomers)
{
    LIST_FOR_EACH (node, &newcomers->waiting)
        drop(CONTAINER_OF(node, struct newcomer, node));

    if (newcomers->turn_over)
        event_free(newcomers->turn_over);

    free(newcomers);
}

void newcomers_free(struct newcomers *newcomers)
{
    if (newcomers)
        dispose(newcomers);
}

struct newcomers *newcomers_new(const struct newcomers_settings *settings)
{
    struct newcomers *newcomers = calloc(1, sizeof *newcomers);

    if (!newcomers)
        return NULL;

    newcomers->settings = *settings;
    list_init(&newcomers->waiting);
    newcomers->turn_over = evtimer_new(settings->loop, on_turn_over, newcomers);
    if (newcomers->turn_over)
        return newcomers;

    dispose(newcomers);

    return NULL;
}
