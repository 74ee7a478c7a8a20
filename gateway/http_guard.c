#include "gateway/http_guard.h"

#include "base/clock.h"
#include "base/list.h"
#include "gateway/http_call.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>

/* Requests sent ahead are read no further than this. */
#define MAX_INPUT ((size_t)128 * 1024)

/* How often deadlines are looked at: slow requests are no emergency, but too many connections are.
 */
static const struct timeval sweep_interval = {.tv_usec = 250000};
static const struct timeval sweep_soon = {.tv_usec = 5000};

struct http_connection {
    struct list_node node; /* in `used`, the most recently active first, or in `spare` */
    struct http_guard *guard;
    struct bufferevent *bev;       /* shares: evhttp may let go of it without telling us */
    struct evbuffer_cb_entry *tap; /* on its input */
    uint64_t deadline;             /* clock_now() */
    bool idle;                     /* between two requests */
    struct http_call *call;        /* being answered */
};

struct http_guard {
    struct event_base *loop;
    struct http_limits limits;
    struct evconnlistener *listener; /* NULL: stopped */
    struct event *sweep;
    struct list used;
    struct list spare;
    struct http_connection *slots; /* one more than limits.connections: a new one takes it and … */
};

static void release(struct http_connection *connection)
{
    struct http_guard *guard = connection->guard;

    evbuffer_remove_cb_entry(bufferevent_get_input(connection->bev), connection->tap);
    bufferevent_decref(connection->bev);
    connection->bev = NULL;
    connection->call = NULL;

    list_remove(&connection->node);
    list_prepend(&guard->spare, &connection->node);
}

static void accept_again(struct http_guard *guard)
{
    if (guard->listener && !list_empty(&guard->spare))
        evconnlistener_enable(guard->listener);
}

/* evhttp sees the end of the socket and cleans up behind it. */
static void cut(const struct http_connection *connection)
{
    (void)shutdown(bufferevent_getfd(connection->bev), SHUT_RDWR);
}

/* evhttp takes its callbacks back when it frees a connection. */
static bool abandoned(const struct http_connection *connection)
{
    bufferevent_event_cb on_event = NULL;

    bufferevent_getcb(connection->bev, NULL, NULL, &on_event, NULL);

    return !on_event;
}

/* … another one goes, the longest silent.  Who waits for an answer stays. */
static void make_room(struct http_guard *guard)
{
    const struct http_connection *silent = NULL;

    LIST_FOR_EACH (node, &guard->used) {
        const struct http_connection *connection = CONTAINER_OF(node, struct http_connection, node);

        if (!connection->call)
            silent = connection;
    }

    if (silent)
        cut(silent);
    (void)event_add(guard->sweep, &sweep_soon); /* once evhttp has seen it, the slot is free */
}

static void on_sweep(evutil_socket_t fd, short what, void *arg)
{
    struct http_guard *guard = arg;
    uint64_t now = clock_now();

    (void)fd;
    (void)what;

    LIST_FOR_EACH (node, &guard->used) {
        struct http_connection *connection = CONTAINER_OF(node, struct http_connection, node);

        if (abandoned(connection))
            release(connection);
        else if (now >= connection->deadline)
            cut(connection);
    }

    (void)event_add(guard->sweep, &sweep_interval);
    if (list_empty(&guard->spare))
        make_room(guard);
    accept_again(guard);
}

/* Bytes of a request have come. */
static void on_input(struct evbuffer *input, const struct evbuffer_cb_info *info, void *arg)
{
    struct http_connection *connection = arg;
    struct http_guard *guard = connection->guard;

    (void)input;

    if (info->n_added == 0)
        return;

    list_remove(&connection->node);
    list_prepend(&guard->used, &connection->node);

    if (connection->idle) {
        connection->idle = false;
        connection->deadline = clock_now() + guard->limits.request_ms;
    }
}

/* evhttp has accepted a connection and asks for what to speak through. */
static struct bufferevent *on_accept(struct event_base *loop, void *arg)
{
    struct http_guard *guard = arg;
    struct bufferevent *bev = bufferevent_socket_new(loop, -1, BEV_OPT_CLOSE_ON_FREE);
    struct list_node *node = list_first(&guard->spare);
    struct http_connection *connection;

    if (!bev || !node)
        return bev; /* without a slot it will be refused: http_guard_begin() */

    connection = CONTAINER_OF(node, struct http_connection, node);
    connection->tap = evbuffer_add_cb(bufferevent_get_input(bev), on_input, connection);
    if (!connection->tap)
        return bev;

    bufferevent_setwatermark(bev, EV_READ, 0, MAX_INPUT);
    bufferevent_incref(bev);
    connection->bev = bev;
    connection->idle = false;
    connection->deadline = clock_now() + guard->limits.request_ms;

    list_remove(&connection->node);
    if (list_empty(&guard->spare)) {
        evconnlistener_disable(guard->listener);
        make_room(guard);
    }
    list_prepend(&guard->used, &connection->node);

    return bev;
}

/* Out of descriptors: the next sweep tries again. */
static void on_accept_error(struct evconnlistener *listener, void *evhttp)
{
    (void)evhttp;

    evconnlistener_disable(listener);
}

static void dispose(struct http_guard *guard)
{
    if (guard->sweep)
        event_free(guard->sweep);
    free(guard->slots);
    free(guard);
}

void http_guard_free(struct http_guard *guard)
{
    if (!guard)
        return;

    LIST_FOR_EACH (node, &guard->used)
        release(CONTAINER_OF(node, struct http_connection, node));

    dispose(guard);
}

struct http_guard *http_guard_new(struct event_base *loop, const struct http_limits *limits,
                                  struct evhttp *http, struct evconnlistener *listener)
{
    struct http_guard *guard = calloc(1, sizeof(*guard));

    if (!guard)
        return NULL;

    guard->limits = *limits;
    guard->listener = listener;
    guard->slots = calloc(limits->connections + 1, sizeof(guard->slots[0]));
    guard->sweep = event_new(loop, -1, 0, on_sweep, guard);
    if (!guard->slots || !guard->sweep || event_add(guard->sweep, &sweep_interval) != 0) {
        dispose(guard);
        return NULL;
    }

    list_init(&guard->used);
    list_init(&guard->spare);
    for (size_t i = 0; i <= limits->connections; i++) {
        guard->slots[i].guard = guard;
        list_append(&guard->spare, &guard->slots[i].node);
    }

    evhttp_set_bevcb(http, on_accept, guard);
    evconnlistener_set_error_cb(listener, on_accept_error);

    return guard;
}

void http_guard_stop(struct http_guard *guard)
{
    guard->listener = NULL;
}

/* ---- requests ---- */

static struct http_connection *find(struct http_guard *guard, const struct bufferevent *bev)
{
    LIST_FOR_EACH (node, &guard->used) {
        struct http_connection *connection = CONTAINER_OF(node, struct http_connection, node);

        if (connection->bev == bev)
            return connection; /* nearly always the first: its bytes have just come */
    }

    return NULL;
}

static void on_close(struct evhttp_connection *http, void *arg)
{
    struct http_connection *connection = arg;
    struct http_guard *guard = connection->guard;

    (void)http;

    if (connection->call)
        http_call_on_gone(connection->call);

    release(connection);
    accept_again(guard);
}

/* The answer has gone out. */
static void on_complete(struct evhttp_request *request, void *arg)
{
    struct http_connection *connection = arg;
    const struct http_limits *limits = &connection->guard->limits;

    (void)request;

    /* The next request may be here already. */
    connection->idle = evbuffer_get_length(bufferevent_get_input(connection->bev)) == 0;
    connection->deadline = clock_now() + (connection->idle ? limits->idle_ms : limits->request_ms);
}

struct http_connection *http_guard_begin(struct http_guard *guard, struct evhttp_request *request,
                                         struct http_call *call)
{
    struct evhttp_connection *http = evhttp_request_get_connection(request);
    struct http_connection *connection = find(guard, evhttp_connection_get_bufferevent(http));

    if (!connection)
        return NULL;

    connection->call = call;
    connection->deadline = UINT64_MAX; /* whoever answers has one of his own */
    evhttp_connection_set_closecb(http, on_close, connection);
    evhttp_request_set_on_complete_cb(request, on_complete, connection);

    return connection;
}

void http_guard_end(struct http_connection *connection)
{
    connection->call = NULL;
    connection->deadline = clock_now() + connection->guard->limits.request_ms;
}
