/* deadline_queue.h - one timer for many that all wait equally long.
 *
 * Since everybody waits the same time, who is added last is due last: a list in
 * order of arrival is always sorted, and adding and removing cost nothing however
 * many wait.  The members live inside the objects they belong to; nothing is
 * allocated after deadline_queue_new.
 *
 * Belongs to one worker's thread. */
#ifndef GATEWAY_DEADLINE_QUEUE_H
#define GATEWAY_DEADLINE_QUEUE_H

#include "base/attributes.h"
#include "base/list.h"

#include <stdint.h>

struct event_base;
struct deadline_queue;

struct deadline {
    struct list_node node; /* in a queue, or in a list of its owner's */
    uint64_t due_ms;       /* while in a queue */
};

/* Members still in it are forgotten.  NULL is allowed. */
void deadline_queue_free(struct deadline_queue *queue);

/* Borrows `loop`.  `expire` is called for each member wait_ms after it was added, which is no
 * longer in the queue then; it may add, remove and free any.  NULL when out of memory. */
struct deadline_queue *deadline_queue_new(struct event_base *loop, uint64_t wait_ms,
                                          void (*expire)(struct deadline *deadline))
    OWNER_CALLS(deadline_queue_free);

/* Takes the member out of the list it is in, whichever, and lets it wait from now on. */
void deadline_queue_add(struct deadline_queue *queue, struct deadline *deadline);

/* Another time to wait, for those who wait already too: from when they were added. */
void deadline_queue_change_wait(struct deadline_queue *queue, uint64_t wait_ms);

/* Any member; NULL when the queue is empty. */
struct deadline *deadline_queue_first(const struct deadline_queue *queue);

#endif
