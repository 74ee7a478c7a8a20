/* memory_queue.h - requests that wait for the next turn of the loop.
 *
 * Every request must be answered, even one whose arguments found no memory to be
 * copied to.  So the queue grows while there still are free places: when growing
 * fails, MEMORY_QUEUE_SPARE requests find a place to be refused from.  (More of
 * them than that in one turn, all without memory, end the process: there is no
 * honest answer left.) */
#ifndef RELAY_MEMORY_QUEUE_H
#define RELAY_MEMORY_QUEUE_H

#include "base/attributes.h"
#include "base/span.h"
#include "relay/broker.h"
#include "schema/refusal.h"

#include <stdbool.h>
#include <stddef.h>

#define MEMORY_QUEUE_SPARE 64

enum memory_verb {
    MEMORY_START,
    MEMORY_LISTEN,
    MEMORY_PUBLISH,
    MEMORY_SNAPSHOT,
    MEMORY_HISTORY,
    MEMORY_CENSUS,
    MEMORY_MODERATE,
    MEMORY_SANCTIONS
};

struct memory_request {
    enum memory_verb verb;
    enum refusal refusal; /* not NONE: just to be answered with this */
    union {
        broker_on_published *published;
        broker_on_snapshot *snapshot;
        broker_on_history *history;
        broker_on_counted *counted;
        broker_on_moderated *moderated;
        broker_on_sanctions *sanctions;
    } done;
    void *arg;
    void *copy; /* of what the spans below point to */
    struct span room;
    struct position after; /* of a history */
    size_t limit;
    struct broker_publish publish;
    struct broker_census census;
    struct broker_moderate moderate;
};

struct memory_queue {
    struct memory_request *requests; /* a ring */
    size_t first;
    size_t count;
    size_t capacity;
};

void memory_queue_dispose(struct memory_queue *queue);

/* 0, or -ENOMEM. */
int memory_queue_init(struct memory_queue *queue) MUST_USE;

/* Each adds a request, its arguments copied, at the end.  Without memory for the copy it is
 * added as refused (REFUSAL_INTERNAL). */
void memory_queue_start(struct memory_queue *queue);
void memory_queue_publish(struct memory_queue *queue, const struct broker_publish *publish,
                          broker_on_published *done, void *arg);
void memory_queue_snapshot(struct memory_queue *queue, struct span room, broker_on_snapshot *done,
                           void *arg);
void memory_queue_history(struct memory_queue *queue, struct span room, struct position after,
                          size_t limit, broker_on_history *done, void *arg);
void memory_queue_census(struct memory_queue *queue, const struct broker_census *census,
                         broker_on_counted *done, void *arg);
void memory_queue_moderate(struct memory_queue *queue, const struct broker_moderate *moderate,
                           broker_on_moderated *done, void *arg);
void memory_queue_sanctions(struct memory_queue *queue, struct span room, broker_on_sanctions *done,
                            void *arg);

/* This one may fail, and then nothing is added.  0 or -ENOMEM. */
int memory_queue_listen(struct memory_queue *queue, struct span room) MUST_USE;

/* Takes the first one out; end with memory_request_dispose().  False when there is none. */
bool memory_queue_take(struct memory_queue *queue, struct memory_request *request);

void memory_request_dispose(struct memory_request *request);

#endif
