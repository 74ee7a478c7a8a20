/* orders.h - what a worker that runs can be told by the main thread, or by its team.
 *
 * Given by any thread, taken on the worker's through its mailbox.  Of orders of one kind
 * that have not been taken yet the last one counts. */
#ifndef GATEWAY_ORDERS_H
#define GATEWAY_ORDERS_H

#include "base/attributes.h"

struct mailbox;
struct orders;
struct reload;

struct orders_events {
    void (*on_drain)(void *owner);
    void (*on_stop)(void *owner);
    void (*on_end)(void *owner);
    void (*on_reload)(void *owner, struct reload *reload); /* gives it */
};

/* After the mailbox.  NULL is allowed. */
void orders_free(struct orders *orders);

/* Borrows all.  NULL when out of memory. */
struct orders *orders_new(struct mailbox *mailbox, const struct orders_events *events, void *owner)
    OWNER_CALLS(orders_free);

/* Once each; does nothing afterwards. */
void orders_drain(struct orders *orders);
void orders_stop(struct orders *orders);
void orders_end(struct orders *orders);

/* Shares it. */
void orders_reload(struct orders *orders, struct reload *reload);

#endif
