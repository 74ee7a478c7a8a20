/* random.h - unpredictable bytes and numbers.
 *
 * From the kernel's generator, drawn in pools of a few hundred bytes per
 * thread, so that an id or a jitter costs no system call.  Good for secrets:
 * bytes handed out are wiped from the pool.  Cannot fail once the system is up;
 * without a generator the process ends, because nothing honest could go on.
 *
 * Any thread.  A process that forks without exec would share pools: we never do. */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

void random_bytes(void *out, size_t size);

uint64_t random_u64(void);

/* Writes `digits` lower-case hex digits and a NUL: out holds digits + 1. */
void random_hex(char *out, size_t digits);

/* 0 to n - 1, each as likely; 0 when n is 0. */
uint64_t random_below(uint64_t n);

#endif
