/* http_guard.h - the connections of the internal HTTP server, kept within bounds.
 *
 * evhttp limits the size of a request, but neither how long one may take to arrive
 * (a byte now and then keeps it waiting for ever) nor how many connections there
 * are.  So each connection has a slot here: past its deadline it is cut, and when
 * no slot is left the one that has been silent longest and waits for no answer
 * makes room.  A slot also knows the call being answered, so that nobody answers a
 * client that has gone.
 *
 * Belongs to one worker's thread. */
#ifndef GATEWAY_HTTP_GUARD_H
#define GATEWAY_HTTP_GUARD_H

#include "base/attributes.h"

#include <stddef.h>
#include <stdint.h>

struct event_base;
struct evconnlistener;
struct evhttp;
struct evhttp_request;
struct http_call;
struct http_connection;
struct http_guard;

struct http_limits {
    size_t connections;
    uint64_t request_ms; /* for a request to arrive, and again for its answer to be taken */
    uint64_t idle_ms;    /* a connection between two requests */
};

/* After the evhttp it watches has been freed.  NULL is allowed. */
void http_guard_free(struct http_guard *guard);

/* Watches all connections `http` takes from now on, and stops `listener` from accepting while there
 * are too many; both are borrowed.  NULL when out of memory. */
struct http_guard *http_guard_new(struct event_base *loop, const struct http_limits *limits,
                                  struct evhttp *http, struct evconnlistener *listener)
    OWNER_CALLS(http_guard_free);

/* Before evhttp is freed, which frees the listener first and then the connections. */
void http_guard_stop(struct http_guard *guard);

/* The request has arrived whole and will be answered by `call`, which is told by
 * http_call_on_gone() when the client has gone before.  The connection it came by; NULL: it is not
 * to be answered. */
struct http_connection *http_guard_begin(struct http_guard *guard, struct evhttp_request *request,
                                         struct http_call *call) MUST_USE;

/* The call has been answered: evhttp now sends it, and then waits for the next request. */
void http_guard_end(struct http_connection *connection);

#endif
