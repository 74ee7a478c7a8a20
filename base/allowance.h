/* allowance.h - how much memory this process may use.
 *
 * That is the least of the machine's memory and the limits of its control group and of those above
 * it: a container's, or MemoryMax= of systemd. */
#ifndef BASE_ALLOWANCE_H
#define BASE_ALLOWANCE_H

#include <stdint.h>

/* In bytes; `root` is "" but in tests, where the files of the control group lie below it. */
uint64_t allowance_bytes(const char *root);

#endif
