#include "gateway/farewell.h"

#include "gateway/deadline_queue.h"

#include <errno.h>
#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct farewell {
    struct event_base *loop;
    struct deadline_queue *queue;
    size_t sockets;
};

struct leaving {
    struct deadline deadline;
    struct farewell *farewell;
    struct event *readable;
    size_t discarded;
    int fd;
};

static void let_go(struct leaving *leaving)
{
    leaving->farewell->sockets--;
    list_remove(&leaving->deadline.node);
    event_free(leaving->readable);
    (void)close(leaving->fd);
    free(leaving);
}

static void on_deadline(struct deadline *deadline)
{
    let_go(CONTAINER_OF(deadline, struct leaving, deadline));
}

/* Reads and discards; false when the peer is done or has had its share. */
static bool discard(int fd, size_t *discarded)
{
    char bytes[4096];
    ssize_t got;

    do {
        got = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
        if (got > 0)
            *discarded += (size_t)got;
    } while (got > 0 && *discarded < FAREWELL_MAX_BYTES);

    return got < 0 && (errno == EAGAIN || errno == EINTR);
}

static void on_readable(evutil_socket_t fd, short what, void *owner)
{
    struct leaving *leaving = owner;

    (void)what;

    if (!discard(fd, &leaving->discarded))
        let_go(leaving);
}

static void dispose(struct farewell *farewell)
{
    struct deadline *first;

    while (farewell->queue && (first = deadline_queue_first(farewell->queue)))
        on_deadline(first);

    deadline_queue_free(farewell->queue);
    free(farewell);
}

void farewell_free(struct farewell *farewell)
{
    if (farewell)
        dispose(farewell);
}

struct farewell *farewell_new(struct event_base *loop)
{
    struct farewell *farewell = calloc(1, sizeof *farewell);

    if (!farewell)
        return NULL;

    farewell->loop = loop;
    farewell->queue = deadline_queue_new(loop, FAREWELL_MS, on_deadline);
    if (!farewell->queue) {
        dispose(farewell);
        return NULL;
    }

    return farewell;
}

/* 0, or -ENOMEM. */
static int wait_for_peer(struct farewell *farewell, int fd, size_t discarded)
{
    struct leaving *leaving = malloc(sizeof *leaving);

    if (!leaving)
        return -ENOMEM;

    leaving->farewell = farewell;
    leaving->discarded = discarded;
    leaving->fd = fd;
    list_node_init(&leaving->deadline.node);
    leaving->readable = event_new(farewell->loop, fd, EV_READ | EV_PERSIST, on_readable, leaving);
    if (!leaving->readable || event_add(leaving->readable, NULL) != 0) {
        if (leaving->readable)
            event_free(leaving->readable);
        free(leaving);
        return -ENOMEM;
    }

    farewell->sockets++;
    deadline_queue_add(farewell->queue, &leaving->deadline);

    return 0;
}

void farewell_close(struct farewell *farewell, int fd)
{
    size_t discarded = 0;

    if (shutdown(fd, SHUT_WR) != 0 || farewell->sockets >= FAREWELL_MAX_SOCKETS ||
        !discard(fd, &discarded) || wait_for_peer(farewell, fd, discarded) != 0)
        (void)close(fd);
}
