/* listener.h - accepts clients' connections, reads their upgrade requests, and hands
 * the good ones to the WebSocket door.
 *
 * A request has a size (upgrade_policy) and a deadline for all of it together (newcomers.h).
 * Refusals are answered here.  Each worker has a listener of its own on the same address
 * (acceptor.h).
 *
 * With an identity (tls_identity.h) clients speak TLS: the handshake is made here, then the
 * request is read and judged as any other, and the connection is handed on with its TLS. */
#ifndef GATEWAY_LISTENER_H
#define GATEWAY_LISTENER_H

#include "base/attributes.h"
#include "gateway/upgrade.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct addresses;
struct admit_settings;
struct event_base;
struct listener;
struct metrics;
struct pressure;
struct tls_identity;
struct wheel;
struct ws_door;

struct listener_limits {
    uint64_t handshake_ms;       /* for a whole request, with the handshake of TLS */
    uint32_t accepts_per_second; /* of this listener; more wait in its backlog.  0: no limit */
    size_t max_sessions;         /* of its door; more are refused.  0: no limit */
    size_t max_per_address;      /* connections; more are refused.  0: no limit */
};

struct listener_settings {
    struct event_base *loop;            /* borrowed */
    struct wheel *wheel;                /* borrowed */
    struct metrics *metrics;            /* borrowed */
    struct ws_door *door;               /* borrowed */
    const struct pressure *pressure;    /* under which nobody comes in; NULL: none; borrowed */
    struct addresses *addresses;        /* NULL: none are counted; borrowed */
    const char *address;                /* host:port, [v6]:port; borrowed for the call */
    uint16_t port;                      /* instead of the address's own; 0: that one */
    struct upgrade_policy policy;       /* its texts are borrowed */
    const struct admit_settings *admit; /* borrowed */
    struct tls_identity *identity;      /* shared; NULL: clients speak plainly */
    struct listener_limits limits;
    bool first; /* of this process there: -EADDRINUSE if another one listens, even if it shares */
};

/* 0; -EADDRINUSE and the like (nothing is made). */
int listener_new(struct listener **listener, const struct listener_settings *settings) MUST_USE;

/* Connections whose request is not complete are closed.  NULL is allowed. */
void listener_free(struct listener *listener);

/* Requests are judged and limited by these from now on; the texts are borrowed.  Shares `identity`
 * for those who come from now on; who is connected stays so.  NULL: the one in use. */
void listener_change(struct listener *listener, const struct upgrade_policy *policy,
                     const struct listener_limits *limits, struct tls_identity *identity);

/* The port bound, for address "…:0". */
uint16_t listener_port(const struct listener *listener);

#endif
