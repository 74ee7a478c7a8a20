#include "bench/usage.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first number of a file of one thread: the time it ran, in ns (sched-stats.txt). */
static uint64_t time_of_thread(int pid, const char *thread)
{
    char path[300], text[64] = "";
    FILE *file;

    (void)snprintf(path, sizeof path, "/proc/%d/task/%s/schedstat", pid, thread);
    file = fopen(path, "r");
    if (!file)
        return 0;

    if (!fgets(text, sizeof text, file))
        text[0] = '\0';

    (void)fclose(file);

    return strtoull(text, NULL, 10);
}

static uint64_t cpu_of(int pid)
{
    char path[64];
    struct dirent *entry;
    uint64_t sum = 0;
    DIR *threads;

    (void)snprintf(path, sizeof path, "/proc/%d/task", pid);
    threads = opendir(path);
    if (!threads)
        return 0;

    while ((entry = readdir(threads))) /* NOLINT(concurrency-mt-unsafe): one thread */
        sum += entry->d_name[0] == '.' ? 0 : time_of_thread(pid, entry->d_name);

    (void)closedir(threads);

    return sum;
}

static uint64_t rss_of(int pid)
{
    char path[64], line[128];
    uint64_t kib = 0;
    FILE *status;

    (void)snprintf(path, sizeof path, "/proc/%d/status", pid);
    status = fopen(path, "r");
    if (!status)
        return 0;

    while (fgets(line, sizeof line, status)) {
        static const char name[] = "VmRSS:";

        if (strncmp(line, name, sizeof name - 1) == 0)
            kib = strtoull(line + sizeof name - 1, NULL, 10);
    }

    (void)fclose(status);

    return kib;
}

struct usage usage_of(int pid)
{
    return (struct usage){.cpu_ns = cpu_of(pid), .rss_kib = rss_of(pid)};
}
