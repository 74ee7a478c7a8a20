/* allowance.h - how much memory this process may use.
 *
 * In a container that is the limit of its control group, elsewhere the machine's memory. */
#ifndef BASE_ALLOWANCE_H
#define BASE_ALLOWANCE_H

#include <stdint.h>

/* In bytes; `root` is "" but in tests, where the files of the control group lie below it. */
uint64_t allowance_bytes(const char *root);

#endif
