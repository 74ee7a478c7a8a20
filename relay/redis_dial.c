#include "relay/redis_dial.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <unistd.h>

enum { LOST_MS = 5000 }; /* the kernel gives up what is not acknowledged */

static const struct {
    int error;
    const char *why;
} reasons[] = {
    {ECONNREFUSED, "redis: connection refused"},  {ECONNRESET, "redis: connection reset"},
    {EPIPE, "redis: connection reset"},           {ETIMEDOUT, "redis: connection timed out"},
    {EHOSTUNREACH, "redis: host unreachable"},    {ENETUNREACH, "redis: network unreachable"},
    {EADDRNOTAVAIL, "redis: no local port left"}, {EMFILE, "redis: no file descriptor left"},
    {ENFILE, "redis: no file descriptor left"},   {ENOMEM, "redis: no memory to connect"},
};

const char *redis_dial_why(int error)
{
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        if (reasons[i].error == error || reasons[i].error == -error)
            return reasons[i].why;
    }

    return "redis: connection failed";
}

int redis_dial(const struct sockaddr *address, socklen_t size)
{
    const int on = 1;
    const unsigned lost_ms = LOST_MS;
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int error;

    if (fd < 0)
        return -errno;

    /* Without these it works, only less well. */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &lost_ms, sizeof lost_ms);

    if (connect(fd, address, size) == 0 || errno == EINPROGRESS)
        return fd;

    error = errno;
    (void)close(fd);

    return -error;
}
