#include "base/random.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/types.h>

/* Up to 256 bytes the kernel answers whole, uninterrupted by signals. */
enum { POOL_SIZE = 256 };

static _Thread_local unsigned char pool[POOL_SIZE];
static _Thread_local size_t pool_left;

static void from_kernel(unsigned char *out, size_t size)
{
    while (size > 0) {
        ssize_t n = getrandom(out, size, 0);

        if (n > 0) {
            out += n;
            size -= (size_t)n;
        } else if (errno != EINTR) {
            abort();
        }
    }
}

void random_bytes(void *out, size_t size)
{
    if (size > POOL_SIZE) {
        from_kernel(out, size);
        return;
    }

    if (pool_left < size) {
        from_kernel(pool, POOL_SIZE);
        pool_left = POOL_SIZE;
    }

    pool_left -= size;
    memcpy(out, pool + pool_left, size);
    explicit_bzero(pool + pool_left, size);
}

uint64_t random_u64(void)
{
    uint64_t n;

    random_bytes(&n, sizeof n);

    return n;
}

void random_hex(char *out, size_t digits)
{
    static const char hex[] = "0123456789abcdef";

    uint64_t bits = 0;

    for (size_t i = 0; i < digits; i++) {
        if (i % 16 == 0)
            bits = random_u64();

        out[i] = hex[bits & 15];
        bits >>= 4;
    }

    out[digits] = '\0';
}

uint64_t random_below(uint64_t n)
{
    uint64_t uneven; /* numbers below it would come up once too often */
    uint64_t r;

    if (n == 0)
        return 0;

    uneven = (0 - n) % n;
    do
        r = random_u64();
    while (r < uneven);

    return r % n;
}
