#include "tests/support/failing_recv.h"

#include <errno.h>
#include <sys/socket.h>

static _Thread_local int remaining = -1; /* below zero: none will fail */
static _Thread_local int error_then;

/* The linker asks for these names.
 * NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming) */
ssize_t __real_recv(int fd, void *bytes, size_t size, int flags);
ssize_t __wrap_recv(int fd, void *bytes, size_t size, int flags);

void fail_recv_after(int count, int error)
{
    remaining = count;
    error_then = error;
}

int fail_recv_never(void)
{
    int left = remaining;

    remaining = -1;

    return left;
}

ssize_t __wrap_recv(int fd, void *bytes, size_t size, int flags)
{
    if (remaining >= 0 && remaining-- == 0) {
        errno = error_then;
        return -1;
    }

    return __real_recv(fd, bytes, size, flags);
}
/* NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming) */
