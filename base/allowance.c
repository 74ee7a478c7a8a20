#include "base/allowance.h"

#include "base/span.h"

#include <stdio.h>
#include <unistd.h>

/* Of the second version and of the first. */
static const char *const files[] = {
    "/sys/fs/cgroup/memory.max",
    "/sys/fs/cgroup/memory/memory.limit_in_bytes",
};

/* UINT64_MAX: there is no limit. */
static uint64_t limit_in(const char *root, const char *name)
{
    char path[1024], text[32];
    uint64_t limit = UINT64_MAX;
    FILE *file;

    if (snprintf(path, sizeof path, "%s%s", root, name) >= (int)sizeof path)
        return UINT64_MAX;

    file = fopen(path, "re");
    if (!file)
        return UINT64_MAX;

    if (!fgets(text, sizeof text, file) || span_to_u64(span_trim(span_of(text)), &limit) != 0)
        limit = UINT64_MAX; /* "max" */
    (void)fclose(file);

    return limit;
}

uint64_t allowance_bytes(const char *root)
{
    uint64_t least = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);

    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        uint64_t limit = limit_in(root, files[i]);

        if (limit < least)
            least = limit;
    }

    return least;
}
