/* newcomers.h - connections whose request is not whole: they wait for the rest, for a time.
 *
 * The deadline is for all of the request together, and for the handshake of TLS before it,
 * so a slow one costs a socket and a small buffer for a few seconds and nothing else; with
 * TLS more, but only from its first word on.  Of those handshakes a few are gone on with in
 * each turn of the loop, and the others in the next ones.
 *
 * Belongs to one worker's thread. */
#ifndef GATEWAY_NEWCOMERS_H
#define GATEWAY_NEWCOMERS_H

#include "base/attributes.h"
#include "base/metrics.h"
#include "base/span.h"

#include <stdbool.h>
#include <stdint.h>

struct client_socket;
struct event_base;
struct newcomers;
struct wheel;

struct newcomers_events {
    /* It begins the handshake of TLS, which takes memory.  True: there is none, and the socket was
     * taken. */
    bool (*on_hello)(void *owner, const struct client_socket *socket);

    /* More has come: `head` is all there is.  True: it was whole or bad, and the socket was
     * taken. */
    bool (*on_more)(void *owner, const struct client_socket *socket, struct span head);

    /* The time is over; gives the socket. */
    void (*on_late)(void *owner, const struct client_socket *socket, bool said_something);

    /* It does not agree with us on TLS, or speaks something else; gives the socket. */
    void (*on_stranger)(void *owner, struct client_socket *socket, enum tls_failure failure);
};

struct newcomers_settings {
    struct event_base *loop; /* borrowed */
    struct wheel *wheel;     /* borrowed */
    struct metrics *metrics; /* borrowed */
    const struct newcomers_events *events;
    void *owner;
};

/* What those of this process hold, on any thread: no burden (base/burden.h), for closing clients
 * who are behind would not make it less. */
size_t newcomers_bytes(void);

/* Closes those who wait.  NULL is allowed. */
void newcomers_free(struct newcomers *newcomers);

/* NULL when out of memory. */
struct newcomers *newcomers_new(const struct newcomers_settings *settings)
    OWNER_CALLS(newcomers_free);

/* Takes the socket, from which `head` has been read, and shares its count; it has until due_ms (of
 * clock_now()).  If it has TLS the handshake comes first.  Without memory it is closed. */
void newcomers_wait(struct newcomers *newcomers, const struct client_socket *socket,
                    struct span head, uint64_t due_ms);

#endif
