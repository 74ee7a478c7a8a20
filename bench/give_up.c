#include "bench/give_up.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

_Noreturn void give_up(const char *what, int error)
{
    (void)fprintf(stderr, "bench: %s%s%s\n", what, error ? ": " : "",
                  error ? strerrordesc_np(abs(error)) : "");
    _exit(1); /* one thread: nobody to race with */
}
