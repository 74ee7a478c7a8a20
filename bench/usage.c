#include "bench/usage.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

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

/* The number, in KiB, behind `name` in /proc/PID/FILE. */
static uint64_t memory_of(int pid, const char *file, const char *name)
{
    char path[64], line[256];
    uint64_t kib = 0;
    FILE *status;

    (void)snprintf(path, sizeof path, "/proc/%d/%s", pid, file);
    status = fopen(path, "r");
    if (!status)
        return 0;

    while (fgets(line, sizeof line, status)) {
        if (strncmp(line, name, strlen(name)) == 0)
            kib = strtoull(line + strlen(name), NULL, 10);
    }

    (void)fclose(status);

    return kib;
}

struct usage usage_of(const struct processes *processes)
{
    struct usage usage = {0};

    for (unsigned i = 0; i < processes->count; i++) {
        usage.cpu_ns += cpu_of(processes->pids[i]);
        usage.rss_kib += processes->count == 1
                             ? memory_of(processes->pids[i], "status", "VmRSS:")
                             : memory_of(processes->pids[i], "smaps_rollup", "Pss:");
    }

    return usage;
}

uint64_t usage_own_cpu_ns(void)
{
    struct rusage own;

    if (getrusage(RUSAGE_SELF, &own) != 0)
        return 0;

    return (uint64_t)(own.ru_utime.tv_sec + own.ru_stime.tv_sec) * 1000000000 +
           (uint64_t)(own.ru_utime.tv_usec + own.ru_stime.tv_usec) * 1000;
}
