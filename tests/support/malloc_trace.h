/* malloc_trace.h - notes on whose behalf memory was asked for, and who was refused it.
 *
 * Does so only when LIVEGATE_TORTURE names a folder: at its end the test writes there a file that
 * script/check-torture reads. */
#ifndef TESTS_SUPPORT_MALLOC_TRACE_H
#define TESTS_SUPPORT_MALLOC_TRACE_H

#include <stdbool.h>

/* Somebody asks for memory, and is refused or not.  From any thread. */
void malloc_trace(bool refused);

#endif
