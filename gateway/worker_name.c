#include "gateway/worker_name.h"

#include "base/random.h"

#include <ctype.h>
#include <stdio.h>
#include <unistd.h>

void worker_name_choose(char name[WORKER_NAME_MAX + 1], unsigned index)
{
    char host[32] = "", digits[9];

    if (gethostname(host, sizeof host - 1) != 0)
        host[0] = '\0';

    for (char *c = host; *c; c++) {
        if (!isalnum((unsigned char)*c) && *c != '-' && *c != '.')
            *c = '_';
    }

    random_hex(digits, sizeof digits - 1);
    (void)snprintf(name, WORKER_NAME_MAX + 1, "%s.%s.%u", host, digits, index);
}
