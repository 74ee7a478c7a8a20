/* usage.h - what another process has used, read from /proc. */
#ifndef BENCH_USAGE_H
#define BENCH_USAGE_H

#include <stdint.h>

struct usage {
    uint64_t cpu_ns;  /* of all its threads, user and system */
    uint64_t rss_kib; /* resident memory */
};

/* Zeros when there is no such process. */
struct usage usage_of(int pid);

#endif
