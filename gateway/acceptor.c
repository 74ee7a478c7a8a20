#include "gateway/acceptor.h"

#include "base/attributes.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/pace.h"
#include "base/wheel.h"
#include "gateway/listen_address.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>

enum {
    BACKLOG = 4096,
    ACCEPTS_A_TURN = 64, /* else thousands that come back at once would stop all rooms */
    PAUSE_MS = 100,
    COMPLAINT_MS = 10000,
    /* For who does not read the kernel keeps this much, and not 4 MB.  What is on its way is not
     * limited by it, nor is a client far away slower. */
    UNSENT_MAX = 128 << 10
};

struct acceptor {
    struct acceptor_settings settings;
    struct evconnlistener *socket;
    struct pace pace;
    struct wheel_timer pause; /* pending while nothing is accepted */
    struct event *next_turn;  /* pending until accepting goes on */
    unsigned accepted;        /* since it was last */
};

/* Those who come meanwhile wait in the backlog. */
static void pause_until(struct acceptor *acceptor, uint64_t due_ms)
{
    (void)evconnlistener_disable(acceptor->socket);
    wheel_add(acceptor->settings.wheel, &acceptor->pause, due_ms);
}

static void count_accepted(struct acceptor *acceptor)
{
    uint64_t wait_until = pace_take(&acceptor->pace, clock_now());

    if (++acceptor->accepted == ACCEPTS_A_TURN) {
        (void)evconnlistener_disable(acceptor->socket);
        event_active(acceptor->next_turn, EV_TIMEOUT, 0); /* needs no memory, as a timer may */
    }

    if (wait_until > 0) {
        metrics_add(acceptor->settings.metrics, METRIC_ACCEPTS_PACED, 0, 1);
        pause_until(acceptor, wait_until);
    }
}

static void on_accept(struct evconnlistener *socket, evutil_socket_t fd, struct sockaddr *peer,
                      int peer_size, void *owner)
{
    struct acceptor *acceptor = owner;

    (void)socket;
    (void)peer_size;

    count_accepted(acceptor);
    acceptor->settings.on_accepted(acceptor->settings.owner, fd, peer);
}

static void on_next_turn(evutil_socket_t fd, short what, void *owner)
{
    struct acceptor *acceptor = owner;

    (void)fd;
    (void)what;

    acceptor->accepted = 0;
    if (!wheel_pending(&acceptor->pause))
        (void)evconnlistener_enable(acceptor->socket);
}

static void on_pause_over(struct wheel_timer *timer)
{
    struct acceptor *acceptor = CONTAINER_OF(timer, struct acceptor, pause);

    (void)evconnlistener_enable(acceptor->socket);
}

/* Without descriptors the connection stays in the backlog and would wake us without end. */
static void on_accept_error(struct evconnlistener *socket, void *owner)
{
    struct acceptor *acceptor = owner;

    (void)socket;

    LOG_LIMITED(WARN, 1, COMPLAINT_MS, "cannot accept connections, pausing",
                LOG_ERRNO("error", errno), LOG_INT("pause_ms", PAUSE_MS));
    pause_until(acceptor, clock_now() + PAUSE_MS);
}

static void dispose(struct acceptor *acceptor)
{
    wheel_cancel(acceptor->settings.wheel, &acceptor->pause);
    if (acceptor->next_turn)
        event_free(acceptor->next_turn);
    if (acceptor->socket)
        evconnlistener_free(acceptor->socket);

    free(acceptor);
}

void acceptor_free(struct acceptor *acceptor)
{
    if (acceptor)
        dispose(acceptor);
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

static int start_accepting(struct acceptor *acceptor, const struct listen_address *address)
{
    const unsigned flags =
        LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE | LEV_OPT_REUSEABLE_PORT;

    errno = 0;
    acceptor->socket =
        evconnlistener_new_bind(acceptor->settings.loop, on_accept, acceptor, flags, BACKLOG,
                                (const struct sockaddr *)&address->socket, (int)address->size);
    if (!acceptor->socket)
        return errno != 0 ? -errno : -ENOMEM;

    evconnlistener_set_error_cb(acceptor->socket, on_accept_error);

    return let_sockets_inherit(evconnlistener_get_fd(acceptor->socket));
}

int acceptor_new(struct acceptor **acceptor, const struct acceptor_settings *settings)
{
    struct listen_address address;
    struct acceptor *made;
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
    wheel_timer_init(&made->pause, on_pause_over);
    pace_init(&made->pace, settings->accepts_per_second);
    made->next_turn = evtimer_new(settings->loop, on_next_turn, made);
    error = made->next_turn ? start_accepting(made, &address) : -ENOMEM;
    if (error != 0) {
        dispose(made);
        return error;
    }

    *acceptor = made;

    return 0;
}

void acceptor_change_pace(struct acceptor *acceptor, uint32_t accepts_per_second)
{
    pace_init(&acceptor->pace, accepts_per_second);
}

uint16_t acceptor_port(const struct acceptor *acceptor)
{
    return listen_address_port_of(evconnlistener_get_fd(acceptor->socket));
}
