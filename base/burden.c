#include "base/burden.h"

#include <stdatomic.h>

/* Of the process and not of a worker: memory is the process's, and it is what runs out. */
static atomic_size_t burden;

void burden_add(size_t bytes)
{
    atomic_fetch_add_explicit(&burden, bytes, memory_order_relaxed);
}

void burden_sub(size_t bytes)
{
    atomic_fetch_sub_explicit(&burden, bytes, memory_order_relaxed);
}

size_t burden_bytes(void)
{
    return atomic_load_explicit(&burden, memory_order_relaxed);
}
