/* ws_context.h - a worker's libwebsockets, set up the way we need it.
 *
 * On the worker's loop, without timers of its own (they would be one sorted list:
 * accepting would cost more the more are connected), without a listener, with its log
 * in ours.  Only ws_door.c uses this.
 *
 * Contexts are made one after another; each belongs to one worker's thread then. */
#ifndef GATEWAY_WS_CONTEXT_H
#define GATEWAY_WS_CONTEXT_H

#include "base/attributes.h"
#include "base/span.h"

struct client_socket;
struct event_base;
struct lws;
struct lws_protocols;
struct ws_context;

/* Closes the connections: CLOSED comes for each before this returns.  Not from inside
 * one of libwebsockets' callbacks.  NULL is allowed. */
void ws_context_free(struct ws_context *context);

/* Borrows loop, protocols and user (lws_context_user).  NULL: out of memory, or
 * libwebsockets refuses and has logged why. */
struct ws_context *ws_context_new(struct event_base *loop, const struct lws_protocols *protocols,
                                  void *user) OWNER_CALLS(ws_context_free);

/* Takes the socket, whose upgrade was judged good: ESTABLISHED comes from inside this call, and is
 * where it is answered.  `frames` were read after the request; if there is TLS, nothing is pending
 * in it.  NULL: it has been closed. */
struct lws *ws_context_adopt(struct ws_context *context, const struct client_socket *socket,
                             struct span frames);

#endif
