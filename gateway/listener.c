#include "gateway/listener.h"

#include "base/burden.h"
#include "base/clock.h"
#include "base/list.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/pace.h"
#include "base/wheel.h"
#include "gateway/admit.h"
#include "gateway/farewell.h"
#include "gateway/listen_address.h"
#include "gateway/pressure.h"
#include "gateway/ws.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    BACKLOG = 4096,
    ACCEPTS_A_TURN = 64, /* else thousands that come back at once would stop all rooms */
    PAUSE_MS = 100,
    RESPONSE_MAX = 2048,
    COMPLAINT_MS = 10000,
    /* For who does not read the kernel keeps this much, and not 4 MB.  What is on its way is not
     * limited by it, nor is a client far away slower. */
    UNSENT_MAX = 128 << 10
};

struct listener {
    struct listener_settings settings;
    struct evconnlistener *acceptor;
    struct farewell *farewell;
    struct list newcomers;
    struct pace pace;
    struct wheel_timer pause; /* pending while nothing is accepted */
    struct event *next_turn;  /* pending until accepting goes on */
    unsigned accepted;        /* since it was last */
    struct buffer response;
    char read[UPGRADE_MAX_BYTES]; /* while a socket is read */
};

/* A connection whose request is not whole. */
struct newcomer {
    struct list_node node;
    struct wheel_timer deadline;
    struct listener *listener;
    struct event *readable;
    struct buffer head; /* what has come of the request */
    int fd;
};

/* With its event and the most its request may have. */
#define NEWCOMER_COST (sizeof(struct newcomer) + UPGRADE_MAX_BYTES)

/* Takes the socket. */
static void refuse(struct listener *listener, int fd, enum upgrade_verdict verdict)
{
    struct buffer *response = &listener->response;

    metrics_add(listener->settings.metrics, METRIC_UPGRADES_REFUSED,
                metrics_code(METRIC_UPGRADES_REFUSED, verdict), 1);
    buffer_clear(response);
    upgrade_write_refusal(verdict, response);

    /* A new socket takes so little at once; one that does not is closed all the same. */
    if (buffer_status(response) == 0)
        (void)send(fd, response->data, response->size, MSG_NOSIGNAL | MSG_DONTWAIT);

    farewell_close(listener->farewell, fd);
}

/* Where there are keys, a token that was shown has to be good; whether one is needed is the
 * session's matter. */
static enum upgrade_verdict verify(const struct listener *listener, struct upgrade *upgrade)
{
    const struct admit_settings *admit = listener->settings.admit;
    enum token_fault fault;

    if (!admit || !admit->keys || span_is_none(upgrade->shown))
        return UPGRADE_ACCEPTED;

    fault = admit_token(admit, upgrade->shown, &upgrade->token);
    if (fault == TOKEN_GOOD)
        return UPGRADE_ACCEPTED;

    metrics_add(listener->settings.metrics, METRIC_TOKENS_REFUSED, (unsigned)fault, 1);

    return fault == TOKEN_NO_MEMORY ? UPGRADE_UNAVAILABLE : UPGRADE_UNAUTHORIZED;
}

/* Takes the socket, whose request was judged; `rest` follows it. */
static void answer(struct listener *listener, int fd, enum upgrade_verdict verdict,
                   struct upgrade *upgrade, struct span rest)
{
    const struct pressure *pressure = listener->settings.pressure;

    if (verdict == UPGRADE_ACCEPTED && pressure && pressure_is_high(pressure))
        verdict = UPGRADE_UNAVAILABLE;

    if (verdict == UPGRADE_ACCEPTED)
        verdict = verify(listener, upgrade);

    if (verdict != UPGRADE_ACCEPTED)
        refuse(listener, fd, verdict);
    else if (ws_adopt(listener->settings.door, fd, upgrade, rest) != 0)
        LOG(DEBUG, "a client was gone before its upgrade was answered");

    if (verdict == UPGRADE_ACCEPTED)
        token_release(upgrade->token);
}

/* Reads at most `max` bytes into listener->read.  True if some are there, or will be (size 0). */
static bool read_some(struct listener *listener, int fd, size_t max, size_t *size)
{
    ssize_t got = recv(fd, listener->read, max, MSG_DONTWAIT);

    *size = got > 0 ? (size_t)got : 0;

    return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

/* ---- newcomers ---- */

/* The socket stays with the caller. */
static int newcomer_free(struct newcomer *newcomer)
{
    int fd = newcomer->fd;

    burden_sub(NEWCOMER_COST);
    list_remove(&newcomer->node);
    wheel_cancel(newcomer->listener->settings.wheel, &newcomer->deadline);
    if (newcomer->readable)
        event_free(newcomer->readable);
    buffer_dispose(&newcomer->head);
    free(newcomer);

    return fd;
}

/* Who has said nothing is told nothing: it may be a probe. */
static void on_deadline(struct wheel_timer *timer)
{
    struct newcomer *newcomer = CONTAINER_OF(timer, struct newcomer, deadline);
    struct listener *listener = newcomer->listener;
    bool said_something = newcomer->head.size > 0;
    int fd = newcomer_free(newcomer);

    if (said_something)
        refuse(listener, fd, UPGRADE_TIMEOUT);
    else
        (void)close(fd);
}

static void on_readable(evutil_socket_t fd, short what, void *owner)
{
    struct newcomer *newcomer = owner;
    struct listener *listener = newcomer->listener;
    enum upgrade_verdict verdict;
    struct upgrade upgrade;
    size_t used = 0;
    size_t size;

    (void)what;

    if (!read_some(listener, fd, UPGRADE_MAX_BYTES - newcomer->head.size, &size) ||
        buffer_add(&newcomer->head, listener->read, size) != 0) {
        (void)close(newcomer_free(newcomer));
        return;
    }

    verdict =
        upgrade_judge(&listener->settings.policy, buffer_span(&newcomer->head), &upgrade, &used);
    if (verdict == UPGRADE_INCOMPLETE)
        return;

    (void)event_del(newcomer->readable); /* the socket changes hands */
    answer(listener, fd, verdict, &upgrade, span_skip(buffer_span(&newcomer->head), used));
    (void)newcomer_free(newcomer);
}

/* Takes the socket, from which `bytes` have been read. */
static void newcomer_wait(struct listener *listener, int fd, struct span bytes)
{
    struct newcomer *newcomer = calloc(1, sizeof *newcomer);

    if (!newcomer) {
        (void)close(fd);
        return;
    }

    newcomer->listener = listener;
    newcomer->fd = fd;
    burden_add(NEWCOMER_COST);
    list_append(&listener->newcomers, &newcomer->node);
    buffer_init(&newcomer->head, UPGRADE_MAX_BYTES);
    wheel_timer_init(&newcomer->deadline, on_deadline);
    wheel_add(listener->settings.wheel, &newcomer->deadline,
              clock_now() + listener->settings.limits.handshake_ms);
    newcomer->readable =
        event_new(listener->settings.loop, fd, EV_READ | EV_PERSIST, on_readable, newcomer);

    if (!newcomer->readable || event_add(newcomer->readable, NULL) != 0 ||
        buffer_add_span(&newcomer->head, bytes) != 0)
        (void)close(newcomer_free(newcomer));
}

/* ---- accepting ---- */

/* Those who come meanwhile wait in the backlog. */
static void pause_until(struct listener *listener, uint64_t due_ms)
{
    (void)evconnlistener_disable(listener->acceptor);
    wheel_add(listener->settings.wheel, &listener->pause, due_ms);
}

static void count_accepted(struct listener *listener)
{
    uint64_t wait_until = pace_take(&listener->pace, clock_now());

    if (++listener->accepted == ACCEPTS_A_TURN) {
        (void)evconnlistener_disable(listener->acceptor);
        (void)event_add(listener->next_turn, &(struct timeval){0, 0});
    }

    if (wait_until > 0) {
        metrics_add(listener->settings.metrics, METRIC_ACCEPTS_PACED, 0, 1);
        pause_until(listener, wait_until);
    }
}

/* The request is often there already: then nothing is allocated for it, nor registered. */
static void on_accept(struct evconnlistener *acceptor, evutil_socket_t fd, struct sockaddr *peer,
                      int peer_size, void *owner)
{
    struct listener *listener = owner;
    struct span bytes = span_make(listener->read, 0);
    enum upgrade_verdict verdict;
    struct upgrade upgrade;
    size_t used = 0;

    (void)acceptor;
    (void)peer;
    (void)peer_size;

    count_accepted(listener);

    if (!read_some(listener, fd, sizeof listener->read, &bytes.size)) {
        (void)close(fd);
        return;
    }

    verdict = upgrade_judge(&listener->settings.policy, bytes, &upgrade, &used);
    if (verdict == UPGRADE_INCOMPLETE)
        newcomer_wait(listener, fd, bytes);
    else
        answer(listener, fd, verdict, &upgrade, span_skip(bytes, used));
}

static void on_next_turn(evutil_socket_t fd, short what, void *owner)
{
    struct listener *listener = owner;

    (void)fd;
    (void)what;

    listener->accepted = 0;
    if (!wheel_pending(&listener->pause))
        (void)evconnlistener_enable(listener->acceptor);
}

static void on_pause_over(struct wheel_timer *timer)
{
    struct listener *listener = CONTAINER_OF(timer, struct listener, pause);

    (void)evconnlistener_enable(listener->acceptor);
}

/* Without descriptors the connection stays in the backlog and would wake us without end. */
static void on_accept_error(struct evconnlistener *acceptor, void *owner)
{
    struct listener *listener = owner;

    (void)acceptor;

    LOG_LIMITED(WARN, 1, COMPLAINT_MS, "cannot accept connections, pausing",
                LOG_ERRNO("error", errno), LOG_INT("pause_ms", PAUSE_MS));
    pause_until(listener, clock_now() + PAUSE_MS);
}

static void dispose(struct listener *listener)
{
    wheel_cancel(listener->settings.wheel, &listener->pause);
    if (listener->next_turn)
        event_free(listener->next_turn);
    if (listener->acceptor)
        evconnlistener_free(listener->acceptor);

    LIST_FOR_EACH (node, &listener->newcomers)
        (void)close(newcomer_free(CONTAINER_OF(node, struct newcomer, node)));

    farewell_free(listener->farewell);
    buffer_dispose(&listener->response);
    free(listener);
}

void listener_free(struct listener *listener)
{
    if (listener)
        dispose(listener);
}

/* What accepted sockets get from the one that listens, for no call of their own. */
static int let_sockets_inherit(int fd)
{
    static const struct {
        int name, value;
    } wanted[] = {{TCP_NODELAY, 1}, {TCP_NOTSENT_LOWAT, UNSENT_MAX}};

    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        if (setsockopt(fd, IPPROTO_TCP, wanted[i].name, &wanted[i].value, sizeof wanted[i].value) !=
            0)
            return -errno;
    }

    return 0;
}

static int start_accepting(struct listener *listener, const struct listen_address *address)
{
    const unsigned flags =
        LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE | LEV_OPT_REUSEABLE_PORT;

    errno = 0;
    listener->acceptor =
        evconnlistener_new_bind(listener->settings.loop, on_accept, listener, flags, BACKLOG,
                                (const struct sockaddr *)&address->socket, (int)address->size);
    if (!listener->acceptor)
        return errno != 0 ? -errno : -ENOMEM;

    evconnlistener_set_error_cb(listener->acceptor, on_accept_error);

    return let_sockets_inherit(evconnlistener_get_fd(listener->acceptor));
}

int listener_new(struct listener **listener, const struct listener_settings *settings)
{
    struct listen_address address;
    struct listener *made;
    int error = listen_address_parse(&address, settings->address);

    if (error == 0 && settings->port != 0)
        listen_address_set_port(&address, settings->port);

    if (error == 0 && settings->first)
        error = listen_address_is_free(&address);

    if (error != 0)
        return error;

    made = calloc(1, sizeof *made);
    if (!made)
        return -ENOMEM;

    made->settings = *settings;
    list_init(&made->newcomers);
    buffer_init(&made->response, RESPONSE_MAX);
    wheel_timer_init(&made->pause, on_pause_over);
    pace_init(&made->pace, settings->limits.accepts_per_second);
    made->farewell = farewell_new(settings->loop);
    made->next_turn = evtimer_new(settings->loop, on_next_turn, made);
    error = made->farewell && made->next_turn ? start_accepting(made, &address) : -ENOMEM;
    if (error != 0) {
        dispose(made);
        return error;
    }

    *listener = made;

    return 0;
}

void listener_change(struct listener *listener, const struct upgrade_policy *policy,
                     const struct listener_limits *limits)
{
    listener->settings.policy = *policy;
    listener->settings.limits = *limits;
    pace_init(&listener->pace, limits->accepts_per_second);
}

uint16_t listener_port(const struct listener *listener)
{
    return listen_address_port_of(evconnlistener_get_fd(listener->acceptor));
}
