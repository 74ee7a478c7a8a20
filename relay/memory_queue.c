#include "relay/memory_queue.h"

#include "schema/message.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void memory_request_dispose(struct memory_request *request)
{
    free(request->copy);
    request->copy = NULL;
}

bool memory_queue_take(struct memory_queue *queue, struct memory_request *request)
{
    if (queue->count == 0)
        return false;

    *request = queue->requests[queue->first];
    queue->first = (queue->first + 1) % queue->capacity;
    queue->count--;

    return true;
}

void memory_queue_dispose(struct memory_queue *queue)
{
    struct memory_request request;

    while (memory_queue_take(queue, &request))
        memory_request_dispose(&request);

    free(queue->requests);
    *queue = (struct memory_queue){0};
}

int memory_queue_init(struct memory_queue *queue)
{
    size_t capacity = (size_t)MEMORY_QUEUE_SPARE * 2;

    *queue = (struct memory_queue){.requests = calloc(capacity, sizeof *queue->requests)};
    if (!queue->requests)
        return -ENOMEM;

    queue->capacity = capacity;

    return 0;
}

static void grow(struct memory_queue *queue)
{
    size_t capacity = queue->capacity * 2;
    struct memory_request *requests = calloc(capacity, sizeof *requests);

    if (!requests)
        return; /* there still are the spare places */

    for (size_t i = 0; i < queue->count; i++)
        requests[i] = queue->requests[(queue->first + i) % queue->capacity];

    free(queue->requests);
    queue->requests = requests;
    queue->first = 0;
    queue->capacity = capacity;
}

static void add(struct memory_queue *queue, const struct memory_request *request)
{
    if (queue->capacity - queue->count <= MEMORY_QUEUE_SPARE)
        grow(queue);

    if (queue->count == queue->capacity)
        abort();

    queue->requests[(queue->first + queue->count) % queue->capacity] = *request;
    queue->count++;
}

/* Copies one span behind `*at`, which moves on. */
static struct span copy_span(char **at, struct span span)
{
    struct span copy = span_make(*at, span.size);

    if (span.size > 0)
        memcpy(*at, span.data, span.size);

    *at += span.size;

    return copy;
}

void memory_queue_start(struct memory_queue *queue)
{
    const struct memory_request request = {.verb = MEMORY_START, .refusal = REFUSAL_NONE};

    add(queue, &request);
}

int memory_queue_listen(struct memory_queue *queue, struct span room)
{
    struct memory_request request = {.verb = MEMORY_LISTEN, .refusal = REFUSAL_NONE};
    char *at = malloc(room.size + 1);

    if (!at)
        return -ENOMEM;

    request.copy = at;
    request.room = copy_span(&at, room);
    add(queue, &request);

    return 0;
}

void memory_queue_publish(struct memory_queue *queue, const struct broker_publish *publish,
                          broker_on_published *done, void *arg)
{
    struct memory_request request = {
        .verb = MEMORY_PUBLISH, .refusal = REFUSAL_NONE, .done.published = done, .arg = arg};
    char *at = NULL;

    if (publish->message.size > MESSAGE_MAX_BYTES)
        request.refusal = REFUSAL_TOO_BIG;
    else
        at = malloc(publish->room.size + publish->message.size + publish->id.size +
                    publish->origin.size + publish->uid.size + 1);

    if (at) {
        request.copy = at;
        request.publish.room = copy_span(&at, publish->room);
        request.publish.message = copy_span(&at, publish->message);
        request.publish.id = copy_span(&at, publish->id);
        request.publish.origin = copy_span(&at, publish->origin);
        request.publish.uid = copy_span(&at, publish->uid);
        request.publish.flags = publish->flags;
    } else if (request.refusal == REFUSAL_NONE) {
        request.refusal = REFUSAL_INTERNAL;
    }

    add(queue, &request);
}

/* One that has but the room to copy. */
static void add_about(struct memory_queue *queue, struct span room, struct memory_request *request)
{
    char *at = malloc(room.size + 1);

    request->copy = at;
    if (at)
        request->room = copy_span(&at, room);
    else
        request->refusal = REFUSAL_INTERNAL;

    add(queue, request);
}

void memory_queue_snapshot(struct memory_queue *queue, struct span room, broker_on_snapshot *done,
                           void *arg)
{
    struct memory_request request = {
        .verb = MEMORY_SNAPSHOT, .refusal = REFUSAL_NONE, .done.snapshot = done, .arg = arg};

    add_about(queue, room, &request);
}

void memory_queue_history(struct memory_queue *queue, struct span room, struct position after,
                          size_t limit, broker_on_history *done, void *arg)
{
    struct memory_request request = {.verb = MEMORY_HISTORY,
                                     .refusal = REFUSAL_NONE,
                                     .done.history = done,
                                     .arg = arg,
                                     .after = after,
                                     .limit = limit};

    add_about(queue, room, &request);
}

static size_t census_size(const struct broker_census *census)
{
    size_t size = census->n_items * sizeof *census->items + census->room.size + 1;

    for (size_t i = 0; i < census->n_items; i++) {
        const struct census_item *item = &census->items[i];

        size += item->uid.size + item->announcement.size + item->origin.size;
    }

    return size;
}

void memory_queue_census(struct memory_queue *queue, const struct broker_census *census,
                         broker_on_counted *done, void *arg)
{
    struct memory_request request = {.verb = MEMORY_CENSUS,
                                     .refusal = REFUSAL_NONE,
                                     .done.counted = done,
                                     .arg = arg,
                                     .census = *census};
    struct census_item *items = malloc(census_size(census));
    char *at;

    request.copy = items;
    if (!items) {
        request.refusal = REFUSAL_INTERNAL;
        add(queue, &request);
        return;
    }

    request.census.items = items;
    at = (char *)(items + census->n_items);
    request.census.room = copy_span(&at, census->room);
    for (size_t i = 0; i < census->n_items; i++) {
        const struct census_item *item = &census->items[i];

        items[i] = (struct census_item){
            .verb = item->verb,
            .uid = copy_span(&at, item->uid),
            .announcement = copy_span(&at, item->announcement),
            .origin = copy_span(&at, item->origin),
        };
    }

    add(queue, &request);
}

void memory_queue_moderate(struct memory_queue *queue, const struct broker_moderate *moderate,
                           broker_on_moderated *done, void *arg)
{
    struct memory_request request = {.verb = MEMORY_MODERATE,
                                     .refusal = REFUSAL_NONE,
                                     .done.moderated = done,
                                     .arg = arg,
                                     .moderate = *moderate};
    char *at = malloc(moderate->room.size + moderate->uid.size + 1);

    request.copy = at;
    if (at) {
        request.moderate.room = copy_span(&at, moderate->room);
        request.moderate.uid = copy_span(&at, moderate->uid);
    } else {
        request.refusal = REFUSAL_INTERNAL;
    }

    add(queue, &request);
}

void memory_queue_sanctions(struct memory_queue *queue, struct span room, broker_on_sanctions *done,
                            void *arg)
{
    struct memory_request request = {
        .verb = MEMORY_SANCTIONS, .refusal = REFUSAL_NONE, .done.sanctions = done, .arg = arg};

    add_about(queue, room, &request);
}
