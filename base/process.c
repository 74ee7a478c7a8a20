#include "base/process.h"

#include "base/span.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

static uint64_t start_ms;
static pthread_once_t start_once = PTHREAD_ONCE_INIT;

/* A small file of /proc as a span of `room`; empty when it cannot be read. */
static struct span read_proc(const char *path, char *room, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n;

    if (fd < 0)
        return span_make(room, 0);

    n = read(fd, room, size);
    (void)close(fd);

    return span_make(room, n > 0 ? (size_t)n : 0);
}

/* The nth word of a line as a number, counted from 0; 0 when there is none. */
static uint64_t word(struct span line, unsigned n)
{
    uint64_t number = 0;

    for (; n > 0; n--)
        (void)span_cut(&line, ' ');

    return span_to_u64(span_cut(&line, ' '), &number) == 0 ? number : 0;
}

static uint64_t clock_ms(clockid_t id)
{
    struct timespec t;

    (void)clock_gettime(id, &t); /* cannot fail for these clocks */

    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* /proc/self/stat: "pid (name) state ...", field 22 is the start in clock ticks since
 * boot.  The name may hold anything, so count from behind it. */
static void find_start(void)
{
    char room[1024];
    struct span stat = read_proc("/proc/self/stat", room, sizeof room);
    const char *name_end = stat.size > 0 ? memrchr(stat.data, ')', stat.size) : NULL;
    uint64_t boot_ms = clock_ms(CLOCK_REALTIME) - clock_ms(CLOCK_BOOTTIME);
    long ticks_a_second = sysconf(_SC_CLK_TCK);

    if (!name_end || ticks_a_second <= 0)
        return;

    stat = span_skip(stat, (size_t)(name_end - stat.data) + 2);
    start_ms = boot_ms + word(stat, 22 - 3) * 1000 / (uint64_t)ticks_a_second;
}

static uint64_t count_fds(void)
{
    union {
        struct dirent64 entry; /* aligned as the kernel writes them */
        char room[8192];
    } list;
    int fd = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    uint64_t count = 0;
    ssize_t size;

    if (fd < 0)
        return 0;

    while ((size = getdents64(fd, list.room, sizeof list.room)) > 0) {
        for (ssize_t at = 0; at < size;) {
            const struct dirent64 *entry = (const void *)(list.room + at);

            count++;
            at += entry->d_reclen;
        }
    }

    (void)close(fd);

    return count > 3 ? count - 3 : 0; /* without ".", ".." and the one we opened */
}

static uint64_t time_us(struct timeval t)
{
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_usec;
}

void process_usage_read(struct process_usage *usage)
{
    char room[256];
    struct rusage times = {0};
    struct rlimit files = {0};
    long page = sysconf(_SC_PAGESIZE);

    (void)pthread_once(&start_once, find_start);
    (void)getrusage(RUSAGE_SELF, &times);
    (void)getrlimit(RLIMIT_NOFILE, &files);
    *usage = (struct process_usage){
        .start_ms = start_ms,
        .cpu_us = time_us(times.ru_utime) + time_us(times.ru_stime),
        .resident_bytes =
            word(read_proc("/proc/self/statm", room, sizeof room), 1) * (uint64_t)page,
        .open_fds = count_fds(),
        .max_fds = files.rlim_cur,
    };
}

int process_keep_secrets(void)
{
    const struct rlimit none = {0, 0};

    if (setrlimit(RLIMIT_CORE, &none) != 0)
        return -errno;

#ifndef __SANITIZE_ADDRESS__ /* its search for leaks attaches to the process as a debugger does */
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return -errno;
#endif

    return 0;
}
