#include "gateway/newcomers.h"

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/burden.h"
#include "base/list.h"
#include "base/wheel.h"
#include "gateway/addresses.h"
#include "gateway/upgrade.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct newcomers {
    struct newcomers_settings settings;
    struct list waiting;
    char read[UPGRADE_MAX_BYTES]; /* while a socket is read */
};

struct newcomer {
    struct list_node node;
    struct wheel_timer deadline;
    struct newcomers *newcomers;
    struct event *readable;
    struct buffer head; /* what has come of the request */
    struct address_count *count;
    int fd;
};

/* With its event and a request of the usual size. */
#define NEWCOMER_COST (sizeof(struct newcomer) + 4096)

bool newcomers_read(int fd, char *bytes, size_t max, size_t *size)
{
    ssize_t got = recv(fd, bytes, max, MSG_DONTWAIT);

    *size = got > 0 ? (size_t)got : 0;

    return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

/* The socket stays with the caller. */
static int newcomer_free(struct newcomer *newcomer)
{
    int fd = newcomer->fd;

    burden_sub(NEWCOMER_COST);
    list_remove(&newcomer->node);
    wheel_cancel(newcomer->newcomers->settings.wheel, &newcomer->deadline);
    if (newcomer->readable)
        event_free(newcomer->readable);
    buffer_dispose(&newcomer->head);
    address_leave(newcomer->count);
    free(newcomer);

    return fd;
}

static void on_deadline(struct wheel_timer *timer)
{
    struct newcomer *newcomer = CONTAINER_OF(timer, struct newcomer, deadline);
    const struct newcomers_settings *settings = &newcomer->newcomers->settings;
    bool said_something = newcomer->head.size > 0;

    settings->events->on_late(settings->owner, newcomer_free(newcomer), said_something);
}

/* The event is not pending meanwhile: the socket may change hands. */
static void on_readable(evutil_socket_t fd, short what, void *owner)
{
    struct newcomer *newcomer = owner;
    struct newcomers *newcomers = newcomer->newcomers;
    size_t room = UPGRADE_MAX_BYTES - newcomer->head.size;
    size_t size;

    (void)what;

    if (!newcomers_read(fd, newcomers->read, room, &size) ||
        buffer_add(&newcomer->head, newcomers->read, size) != 0) {
        (void)close(newcomer_free(newcomer));
        return;
    }

    if (newcomers->settings.events->on_more(newcomers->settings.owner, fd,
                                            buffer_span(&newcomer->head), newcomer->count))
        (void)newcomer_free(newcomer);
    else if (event_add(newcomer->readable, NULL) != 0)
        (void)close(newcomer_free(newcomer));
}

void newcomers_wait(struct newcomers *newcomers, int fd, struct span head,
                    struct address_count *count, uint64_t due_ms)
{
    struct newcomer *newcomer = calloc(1, sizeof *newcomer);

    if (!newcomer) {
        (void)close(fd);
        return;
    }

    newcomer->newcomers = newcomers;
    newcomer->fd = fd;
    newcomer->count = address_share(count);
    burden_add(NEWCOMER_COST);
    list_append(&newcomers->waiting, &newcomer->node);
    buffer_init(&newcomer->head, UPGRADE_MAX_BYTES);
    wheel_timer_init(&newcomer->deadline, on_deadline);
    wheel_add(newcomers->settings.wheel, &newcomer->deadline, due_ms);
    newcomer->readable = event_new(newcomers->settings.loop, fd, EV_READ, on_readable, newcomer);

    if (!newcomer->readable || event_add(newcomer->readable, NULL) != 0 ||
        buffer_add_span(&newcomer->head, head) != 0)
        (void)close(newcomer_free(newcomer));
}

void newcomers_free(struct newcomers *newcomers)
{
    if (!newcomers)
        return;

    LIST_FOR_EACH (node, &newcomers->waiting)
        (void)close(newcomer_free(CONTAINER_OF(node, struct newcomer, node)));

    free(newcomers);
}

struct newcomers *newcomers_new(const struct newcomers_settings *settings)
{
    struct newcomers *newcomers = calloc(1, sizeof *newcomers);

    if (!newcomers)
        return NULL;

    newcomers->settings = *settings;
    list_init(&newcomers->waiting);

    return newcomers;
}
