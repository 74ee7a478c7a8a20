#include "tests/support/watched_send.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { MAX_WATCHED = 64 };

struct watched {
    size_t sends;
    size_t allowed; /* bytes that go through before the error */
    int error;      /* what sends end with then */
    uint16_t port;
};

static struct watched watched[MAX_WATCHED];
static size_t n_watched;
static int until_failure = -1; /* below zero: none will fail */
static int failure;

/* The linker asks for these names.
 * NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming) */
ssize_t __real_send(int fd, const void *bytes, size_t size, int flags);
ssize_t __wrap_send(int fd, const void *bytes, size_t size, int flags);

void watched_send_reset(void)
{
    n_watched = 0;
}

static struct watched *find(uint16_t port)
{
    for (size_t i = 0; i < n_watched; i++) {
        if (watched[i].port == port)
            return &watched[i];
    }

    return NULL;
}

static struct watched *watch(uint16_t port)
{
    struct watched *found = find(port);

    if (found)
        return found;

    if (n_watched == MAX_WATCHED)
        abort();

    watched[n_watched] = (struct watched){.port = port, .allowed = SIZE_MAX};

    return &watched[n_watched++];
}

void watched_send_count(uint16_t port)
{
    watch(port)->sends = 0;
}

size_t watched_send_counted(uint16_t port)
{
    return watch(port)->sends;
}

void watched_send_refuse(uint16_t port)
{
    watched_send_allow(port, 0);
}

void watched_send_accept(uint16_t port)
{
    watch(port)->allowed = SIZE_MAX;
}

void watched_send_allow(uint16_t port, size_t bytes)
{
    watch(port)->allowed = bytes;
    watch(port)->error = EAGAIN;
}

size_t watched_send_allowed(uint16_t port)
{
    return watch(port)->allowed;
}

void watched_send_break(uint16_t port)
{
    watch(port)->allowed = 0;
    watch(port)->error = ECONNRESET;
}

void watched_send_fail_after(int count, int error)
{
    until_failure = count;
    failure = error;
}

int watched_send_fail_never(void)
{
    int left = until_failure;

    until_failure = -1;

    return left;
}

static struct watched *watched_at_other_end(int fd)
{
    struct sockaddr_in peer = {0};
    socklen_t size = sizeof peer;

    if (n_watched == 0 || getpeername(fd, (struct sockaddr *)&peer, &size) != 0)
        return NULL;

    return find(ntohs(peer.sin_port));
}

ssize_t __wrap_send(int fd, const void *bytes, size_t size, int flags)
{
    struct watched *to;

    if (until_failure >= 0 && until_failure-- == 0) {
        errno = failure;
        return -1;
    }

    to = watched_at_other_end(fd);
    if (!to)
        return __real_send(fd, bytes, size, flags);

    if (to->allowed == 0) {
        errno = to->error;
        return -1;
    }

    to->sends++;
    if (size > to->allowed)
        size = to->allowed;

    if (to->allowed != SIZE_MAX)
        to->allowed -= size;

    return __real_send(fd, bytes, size, flags);
}
/* NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming) */
