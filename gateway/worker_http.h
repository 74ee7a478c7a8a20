/* worker_http.h - the internal HTTP of the first worker, and what each worker tells it of itself
 * when it asks them by survey. */
#ifndef GATEWAY_WORKER_HTTP_H
#define GATEWAY_WORKER_HTTP_H

#include "base/attributes.h"

#include <stddef.h>

struct drain;
struct event_base;
struct http;
struct hub;
struct mailbox;
struct metrics;
struct options;
struct pressure;
struct relay;
struct surveyor;
struct wheel;

/* What a worker knows of itself: the reader of its mailbox. */
struct worker_witness {
    const struct hub *hub;
    const struct relay *relay;
    const struct pressure *pressure;
    const struct drain *drain;
};

/* All NULL: not open. */
struct worker_http {
    struct surveyor *surveyor;
    struct http *http;
};

/* All borrowed. */
struct worker_http_settings {
    const struct options *options;
    struct event_base *loop;
    struct wheel *wheel;
    struct relay *relay;
    struct mailbox *mailbox;                  /* of the worker it lives on */
    struct metrics *metrics;                  /* likewise */
    const struct metrics *const *all_metrics; /* of every worker … */
    struct mailbox *const *all_mailboxes;     /* … each read by a worker_witness */
    size_t n_workers;
};

/* After the threads of the other workers have ended. */
void worker_http_close(struct worker_http *door);

/* 0; negative: to be closed all the same, and logged unless it is -ENOMEM. */
int worker_http_open(struct worker_http *door, const struct worker_http_settings *settings)
    MUST_USE;

#endif
