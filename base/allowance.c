#include "base/allowance.h"

#include "base/span.h"

#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

enum { MAX_PATH = 4096 };

/* Where limits of memory are: of the second version of control groups, which names no controller in
 * /proc/self/cgroup, and of the first. */
static const struct hierarchy {
    const char *controller, *folder, *file;
} hierarchies[] = {
    {"", "/sys/fs/cgroup", "memory.max"},
    {"memory", "/sys/fs/cgroup/memory", "memory.limit_in_bytes"},
};

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* UINT64_MAX: there is no limit. */
static uint64_t limit_of(const char *root, const struct hierarchy *hierarchy, struct span group)
{
    char path[MAX_PATH], text[32];
    uint64_t limit = UINT64_MAX;
    FILE *file;

    if (snprintf(path, sizeof path, "%s%s%.*s/%s", root, hierarchy->folder, (int)group.size,
                 group.data, hierarchy->file) >= (int)sizeof path)
        return UINT64_MAX;

    file = fopen(path, "re");
    if (!file)
        return UINT64_MAX;

    if (!fgets(text, sizeof text, file) || span_to_u64(span_trim(span_of(text)), &limit) != 0)
        limit = UINT64_MAX; /* "max" */
    (void)fclose(file);

    return limit;
}

/* A group is held by the limits of those above it too; the uppermost is left to allowance_bytes().
 * In a container it may be named as the host names it: then only the uppermost is there. */
static uint64_t limit_up_from(const char *root, const struct hierarchy *hierarchy,
                              struct span group)
{
    uint64_t limit = UINT64_MAX;

    while (group.size > 0) {
        if (group.data[group.size - 1] != '/')
            limit = least(limit, limit_of(root, hierarchy, group));

        while (group.size > 0 && group.data[--group.size] != '/')
            continue;
    }

    return limit;
}

/* Of a line `4:memory:/group`. */
static uint64_t limit_by_line(const char *root, struct span line)
{
    struct span controller;

    (void)span_cut(&line, ':');
    controller = span_cut(&line, ':');
    for (size_t i = 0; i < sizeof hierarchies / sizeof hierarchies[0]; i++) {
        if (span_is(controller, hierarchies[i].controller))
            return limit_up_from(root, &hierarchies[i], line);
    }

    return UINT64_MAX;
}

static uint64_t limit_of_own_groups(const char *root)
{
    char line[MAX_PATH];
    uint64_t limit = UINT64_MAX;
    FILE *file;

    if (snprintf(line, sizeof line, "%s/proc/self/cgroup", root) >= (int)sizeof line)
        return UINT64_MAX;

    file = fopen(line, "re");
    if (!file)
        return UINT64_MAX;

    while (fgets(line, sizeof line, file))
        limit = least(limit, limit_by_line(root, span_trim(span_of(line))));
    (void)fclose(file);

    return limit;
}

uint64_t allowance_bytes(const char *root)
{
    uint64_t limit = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);

    for (size_t i = 0; i < sizeof hierarchies / sizeof hierarchies[0]; i++)
        limit = least(limit, limit_of(root, &hierarchies[i], SPAN_NONE));

    return least(limit, limit_of_own_groups(root));
}
