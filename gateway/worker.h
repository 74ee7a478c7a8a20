/* worker.h - one thread, a complete gateway: its own loop, listener, WebSockets, rooms and
 * broker.  Workers share the options (read only) and are counted together; nothing else.
 *
 * worker_new() and worker_free() are called by one thread for all workers, one after
 * another; worker_run() by the worker's own. */
#ifndef GATEWAY_WORKER_H
#define GATEWAY_WORKER_H

#include "base/attributes.h"

#include <stddef.h>
#include <stdint.h>

struct mailbox;
struct metrics;
struct options;
struct orders;
struct worker;

struct worker_settings {
    const struct options *options;            /* borrowed */
    unsigned index;                           /* from 0 */
    uint16_t port;                            /* where the first listens; 0 for the first */
    struct metrics *metrics;                  /* its own; borrowed */
    const struct metrics *const *all_metrics; /* of every worker; borrowed, as the following: */
    struct mailbox *const *all_mailboxes;     /* complete before the first thread starts */
    size_t n_workers;

    /* It has drained (drain.h): once, on its thread. */
    void (*on_drained)(void *owner);
    void *owner;
};

/* Opens everything, listening sockets too, but serves nobody before worker_run().
 * 0; a negative errno has been logged with its reason. */
int worker_new(struct worker **result, const struct worker_settings *settings) MUST_USE;

/* Serves until it is ordered to drain or to stop, and then until its clients are gone (drain.h).
 * When it has drained it goes on answering backends and probes until orders_end(): 0.
 * -EIO: its loop has failed, and nobody is served any more. */
int worker_run(struct worker *worker) MUST_USE;

/* For who wants it to drain, to stop, to end or to take other settings; any thread. */
struct orders *worker_orders(const struct worker *worker);

/* Where it listens for clients, for address "...:0"; before worker_run(). */
uint16_t worker_port(const struct worker *worker);

/* For what is to be done on its thread; letters are opened with its struct worker_witness
 * (worker_http.h) as the reader. */
struct mailbox *worker_mailbox(const struct worker *worker);

/* As it is called in Redis; any thread. */
const char *worker_name(const struct worker *worker);

/* NULL is allowed. */
void worker_free(struct worker *worker);

#endif
