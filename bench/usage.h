/* usage.h - what processes have used, read from /proc. */
#ifndef BENCH_USAGE_H
#define BENCH_USAGE_H

#include <stdint.h>

enum { USAGE_MAX_PROCESSES = 8 };

struct processes {
    int pids[USAGE_MAX_PROCESSES];
    unsigned count;
};

struct usage {
    uint64_t cpu_ns;  /* of all threads, user and system */
    uint64_t rss_kib; /* resident memory; what processes share counts once (Pss) if there are
                       * several of them */
};

/* Together.  Nothing for processes that do not exist. */
struct usage usage_of(const struct processes *processes);

/* Of this one. */
uint64_t usage_own_cpu_ns(void);

#endif
