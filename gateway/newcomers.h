/* newcomers.h - connections whose request is not whole: they wait for the rest, for a time.
 *
 * The deadline is for all of the request together, so a slow one costs a socket and a small
 * buffer for a few seconds and nothing else.
 *
 * Belongs to one worker's thread. */
#ifndef GATEWAY_NEWCOMERS_H
#define GATEWAY_NEWCOMERS_H

#include "base/attributes.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>

struct address_count;
struct event_base;
struct newcomers;
struct wheel;

struct newcomers_events {
    /* More has come: `head` is all there is.  True: it was whole or bad, and fd was taken. */
    bool (*on_more)(void *owner, int fd, struct span head, struct address_count *count);

    /* The time is over; gives fd. */
    void (*on_late)(void *owner, int fd, bool said_something);
};

struct newcomers_settings {
    struct event_base *loop; /* borrowed */
    struct wheel *wheel;     /* borrowed */
    const struct newcomers_events *events;
    void *owner;
};

/* Closes those who wait.  NULL is allowed. */
void newcomers_free(struct newcomers *newcomers);

/* NULL when out of memory. */
struct newcomers *newcomers_new(const struct newcomers_settings *settings)
    OWNER_CALLS(newcomers_free);

/* Takes the socket, from which `head` has been read; it has until due_ms (of clock_now()).  Without
 * memory it is closed.  Shares `count`, which may be NULL. */
void newcomers_wait(struct newcomers *newcomers, int fd, struct span head,
                    struct address_count *count, uint64_t due_ms);

/* Reads at most `max` bytes that are there.  True if some were, or will be (*size 0). */
bool newcomers_read(int fd, char *bytes, size_t max, size_t *size);

#endif
