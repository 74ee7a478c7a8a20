/* process.h - what this process uses of the machine, from /proc, and shows of itself. */
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

#include "base/attributes.h"

#include <stdint.h>

struct process_usage {
    uint64_t start_ms; /* since 1970; the same at each call */
    uint64_t cpu_us;   /* user and system */
    uint64_t resident_bytes;
    uint64_t open_fds;
    uint64_t max_fds;
};

/* Reads all of it; what the system does not tell is 0.  A few system calls.  Any thread. */
void process_usage_read(struct process_usage *usage);

/* From now on the memory of this process, which holds keys and passwords, is written into no core
 * file and read by no other process of the same user.  0, or negative. */
int process_keep_secrets(void) MUST_USE;

#endif
