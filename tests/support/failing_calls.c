#include "tests/support/failing_calls.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Not of <sys/socket.h>, which declares these for every kind of address. */
enum { LEVEL_SOCKET = 1, OPTION_ERROR = 4 };

struct iovec;

static struct {
    int remaining; /* below zero: none will fail */
    int error;
    size_t seen;
} calls[N_FAILING_CALLS] = {{-1, 0, 0}, {-1, 0, 0}, {-1, 0, 0}, {-1, 0, 0}, {-1, 0, 0}};

void fail_call_after(enum failing_call call, int count, int error)
{
    calls[call].remaining = count;
    calls[call].error = error;
}

int fail_call_never(enum failing_call call)
{
    int left = calls[call].remaining;

    calls[call].remaining = -1;

    return left;
}

size_t calls_seen(enum failing_call call)
{
    return calls[call].seen;
}

static bool fails(enum failing_call call)
{
    calls[call].seen++;

    return calls[call].remaining >= 0 && calls[call].remaining-- == 0;
}

static int fail(enum failing_call call)
{
    errno = calls[call].error;

    return -1;
}

/* What libc calls by that name; each is asked for often. */
#define REAL(name)                                \
    static union {                                \
        void *found;                              \
        __typeof__(&(name)) call;                 \
    } real;                                       \
    do {                                          \
        if (!real.found)                          \
            real.found = dlsym(RTLD_NEXT, #name); \
    } while (0)

int accept4(int fd, void *address, uint32_t *size, int flags);
int connect(int fd, const void *address, uint32_t size);
int getsockopt(int fd, int level, int option, void *value, uint32_t *size);
ssize_t readv(int fd, const struct iovec *pieces, int n);
ssize_t writev(int fd, const struct iovec *pieces, int n);

int accept4(int fd, void *address, uint32_t *size, int flags)
{
    REAL(accept4);

    return fails(CALL_ACCEPT) ? fail(CALL_ACCEPT) : real.call(fd, address, size, flags);
}

int connect(int fd, const void *address, uint32_t size)
{
    REAL(connect);

    return fails(CALL_CONNECT) ? fail(CALL_CONNECT) : real.call(fd, address, size);
}

int getsockopt(int fd, int level, int option, void *value, uint32_t *size)
{
    REAL(getsockopt);

    if (level == LEVEL_SOCKET && option == OPTION_ERROR && fails(CALL_CONNECTED)) {
        *(int *)value = calls[CALL_CONNECTED].error;
        return 0;
    }

    return real.call(fd, level, option, value, size);
}

ssize_t readv(int fd, const struct iovec *pieces, int n)
{
    REAL(readv);

    return fails(CALL_READV) ? fail(CALL_READV) : real.call(fd, pieces, n);
}

ssize_t writev(int fd, const struct iovec *pieces, int n)
{
    REAL(writev);

    return fails(CALL_WRITEV) ? fail(CALL_WRITEV) : real.call(fd, pieces, n);
}
