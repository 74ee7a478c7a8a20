/* mailbox.h - how another thread has something done on a worker's thread.
 *
 * A letter is opened on the loop of the mailbox's worker, once, in the order letters were posted.
 * What the poster wrote before it posted is there for who opens.  Posting wakes the loop through
 * an eventfd and neither waits nor allocates.
 *
 * For questions about a worker and orders to it, never on a message's way. */
#ifndef GATEWAY_MAILBOX_H
#define GATEWAY_MAILBOX_H

#include "base/attributes.h"

struct event_base;
struct mailbox;

/* Lives inside the object it is about. */
struct letter {
    struct letter *next; /* while on its way */
    /* May post the letter again, to any mailbox, and free what it lives in. */
    void (*open)(struct letter *letter, void *reader);
};

/* Letters that have not been opened are forgotten: they belong to who posted them.  NULL is
 * allowed. */
void mailbox_free(struct mailbox *mailbox);

/* Borrows `loop` and `reader`, who is told to each letter that is opened: what the worker knows
 * of itself.  NULL when out of memory or descriptors. */
struct mailbox *mailbox_new(struct event_base *loop, void *reader) OWNER_CALLS(mailbox_free);

/* Any thread, while the mailbox lives.  Borrows the letter until it is opened; it is in one
 * mailbox at a time. */
void mailbox_post(struct mailbox *mailbox, struct letter *letter);

#endif
