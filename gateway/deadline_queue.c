#include "gateway/deadline_queue.h"

#include "base/clock.h"

#include <event2/event.h>
#include <stdlib.h>

struct deadline_queue {
    struct list waiting; /* who is due first stands first */
    struct event *timer; /* pending while somebody waits, or once more for nothing */
    uint64_t wait_ms;
    void (*expire)(struct deadline *deadline);
};

struct deadline *deadline_queue_first(const struct deadline_queue *queue)
{
    struct list_node *first = list_first(&queue->waiting);

    return first ? CONTAINER_OF(first, struct deadline, node) : NULL;
}

static void arm(struct deadline_queue *queue, uint64_t wait_ms)
{
    struct timeval wait = {(time_t)(wait_ms / 1000), (suseconds_t)(wait_ms % 1000 * 1000)};

    /* Fails only when out of memory; then the next one that is added tries again. */
    (void)event_add(queue->timer, &wait);
}

static void on_timer(evutil_socket_t fd, short what, void *owner)
{
    struct deadline_queue *queue = owner;
    uint64_t now = clock_now();
    struct deadline *first = deadline_queue_first(queue);

    (void)fd;
    (void)what;

    while (first && first->due_ms <= now) {
        list_remove(&first->node);
        queue->expire(first);
        first = deadline_queue_first(queue);
    }

    if (first)
        arm(queue, first->due_ms - now);
}

static void dispose(struct deadline_queue *queue)
{
    if (queue->timer)
        event_free(queue->timer);

    free(queue);
}

void deadline_queue_free(struct deadline_queue *queue)
{
    if (queue)
        dispose(queue);
}

struct deadline_queue *deadline_queue_new(struct event_base *loop, uint64_t wait_ms,
                                          void (*expire)(struct deadline *deadline))
{
    struct deadline_queue *queue = malloc(sizeof *queue);

    if (!queue)
        return NULL;

    list_init(&queue->waiting);
    queue->wait_ms = wait_ms;
    queue->expire = expire;
    queue->timer = evtimer_new(loop, on_timer, queue);
    if (!queue->timer) {
        dispose(queue);
        return NULL;
    }

    return queue;
}

/* All of them by as much, so they stay in order. */
void deadline_queue_change_wait(struct deadline_queue *queue, uint64_t wait_ms)
{
    LIST_FOR_EACH (node, &queue->waiting) {
        struct deadline *deadline = CONTAINER_OF(node, struct deadline, node);

        deadline->due_ms += wait_ms - queue->wait_ms; /* modulo, so that it may be less */
    }

    queue->wait_ms = wait_ms;
    if (!list_empty(&queue->waiting))
        arm(queue, 0); /* which finds out who is due */
}

void deadline_queue_add(struct deadline_queue *queue, struct deadline *deadline)
{
    list_remove(&deadline->node);
    deadline->due_ms = clock_now() + queue->wait_ms;
    list_append(&queue->waiting, &deadline->node);

    if (!evtimer_pending(queue->timer, NULL))
        arm(queue, queue->wait_ms);
}
