#include "relay/memory_log.h"

#include <errno.h>
#include <stdlib.h>

enum { FIRST_CAPACITY = 8 };

void memory_log_init(struct memory_log *log, size_t max)
{
    *log = (struct memory_log){.max = max};
}

static size_t place_of(const struct memory_log *log, size_t i)
{
    size_t place = log->first + i;

    return place < log->capacity ? place : place - log->capacity;
}

void memory_log_dispose(struct memory_log *log)
{
    for (size_t i = 0; i < log->count; i++)
        bytes_release(log->entries[place_of(log, i)]);

    free(log->entries);
    memory_log_init(log, log->max);
}

int memory_log_reserve(struct memory_log *log)
{
    size_t capacity = log->capacity > 0 ? log->capacity * 2 : FIRST_CAPACITY;
    struct bytes **entries;

    if (log->count < log->capacity || log->capacity == log->max)
        return 0;

    if (capacity > log->max)
        capacity = log->max;

    entries = calloc(capacity, sizeof(void *));
    if (!entries)
        return -ENOMEM;

    for (size_t i = 0; i < log->count; i++)
        entries[i] = log->entries[place_of(log, i)];

    free(log->entries);
    log->entries = entries;
    log->first = 0;
    log->capacity = capacity;

    return 0;
}

void memory_log_append(struct memory_log *log, struct bytes *entry)
{
    if (log->count == log->capacity) {
        bytes_release(log->entries[log->first]);
        log->first = place_of(log, 1);
        log->count--;
    }

    log->entries[place_of(log, log->count)] = bytes_share(entry);
    log->count++;
}

void memory_log_replace(struct memory_log *log, size_t i, struct bytes *entry)
{
    struct bytes **place = &log->entries[place_of(log, i)];

    bytes_release(*place);
    *place = bytes_share(entry);
}

void memory_log_remove(struct memory_log *log, size_t i)
{
    bytes_release(log->entries[place_of(log, i)]);

    for (log->count--; i < log->count; i++)
        log->entries[place_of(log, i)] = log->entries[place_of(log, i + 1)];
}

struct span memory_log_at(const struct memory_log *log, size_t i)
{
    const struct bytes *entry = log->entries[place_of(log, i)];

    return span_make(entry->data, entry->size);
}
