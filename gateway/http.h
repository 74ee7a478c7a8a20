/* http.h - the internal HTTP API: publishing for backends that do not speak Redis,
 * the rooms for who operates them, probes and metrics.  Never on the clients' port.
 *
 * Whoever has the internal key may do everything here.  Without a key all is open
 * on a loopback address, except to web pages (a request with an Origin); on other
 * addresses only the probes and metrics answer.
 *
 * Errors are {"code","message"} of schema/refusal.h.  Only what evhttp refuses before
 * it is a request (no HTTP, headers over HTTP_MAX_HEADERS, a body over HTTP_MAX_BODY)
 * is answered by evhttp's own page.
 *
 * Lives on one worker and belongs to its thread; what it says of the others it asks them by
 * survey, and it answers 503 when one is stuck. */
#ifndef GATEWAY_HTTP_H
#define GATEWAY_HTTP_H

#include "base/attributes.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_MAX_HEADERS 8192
#define HTTP_MAX_BODY 65536

struct event_base;
struct http;
struct http_reasons;
struct metrics;
struct relay;
struct surveyor;

/* A room with viewers on a worker. */
struct http_room {
    struct span name; /* valid until control returns to the loop */
    uint64_t viewers;
};

/* What a worker says of itself; called on its own thread. */
struct http_witness {
    /* The next of its rooms, in any order; `*cursor` starts as 0.  False at the end. */
    bool (*next_room)(void *worker, size_t *cursor, struct http_room *room);
    /* Adds a reason for each thing that keeps it from serving; none: it is ready. */
    void (*judge_readiness)(void *worker, struct http_reasons *reasons);
};

struct http_settings {
    struct event_base *loop;              /* borrowed */
    const char *address;                  /* host:port; borrowed for the call */
    const char *key;                      /* borrowed; NULL or "": none */
    struct relay *relay;                  /* borrowed */
    struct surveyor *surveyor;            /* borrowed: asks the workers ... */
    const struct http_witness *witness;   /* ... these things */
    const struct metrics *const *metrics; /* borrowed: of every worker */
    size_t n_metrics;
    struct metrics *counts; /* borrowed: this worker's own; NULL: nothing is counted */
    size_t max_connections; /* 0: 256 */
    uint64_t request_ms;    /* for one request to arrive; 0: 10 s */
    uint64_t idle_ms;       /* a connection between two requests; 0: 75 s */
};

/* 0; -EADDRINUSE and the like, -EINVAL for the address, -ENOMEM (nothing is made). */
int http_new(struct http **http, const struct http_settings *settings) MUST_USE;

/* Connections are closed.  Answers of the relay and of surveys that are still to come may come
 * afterwards, they go nowhere.  NULL is allowed. */
void http_free(struct http *http);

/* Requests need this key from now on; borrowed, NULL or "": none. */
void http_change_key(struct http *http, const char *key);

/* The port bound, for address "...:0". */
uint16_t http_port(const struct http *http);

/* "redis: connection refused" */
void http_reason(struct http_reasons *reasons, const char *subject, const char *why);

#endif
