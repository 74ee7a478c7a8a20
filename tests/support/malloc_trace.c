#include "tests/support/malloc_trace.h"

#include <execinfo.h>
#include <limits.h>
#include <link.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { MAX_FRAMES = 96, SLOTS = 1 << 16, STACKS = 1 << 16 };

/* Places in the program that were on the stack of somebody who asked, by what came of it. */
static uintptr_t places[2][SLOTS];
static uint64_t stacks[STACKS]; /* granted before: most are, again and again */
static size_t refusals;
static const char *folder;
static uintptr_t first, last, bias; /* the program's own code; where it was loaded */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local bool inside;

/* The linker provides these. */
extern const char __executable_start[], etext[]; /* NOLINT */

static void note(uintptr_t *set, uintptr_t place)
{
    size_t slot = (place * 0x9e3779b97f4a7c15u) >> 48;

    while (set[slot] != 0 && set[slot] != place)
        slot = (slot + 1) % SLOTS;
    set[slot] = place;
}

static bool is_new(void *const *frames, int n)
{
    uint64_t hash = 14695981039346656037u;

    for (int i = 0; i < n; i++)
        hash = (hash ^ (uintptr_t)frames[i]) * 1099511628211u;
    if (stacks[hash % STACKS] == hash)
        return false;

    stacks[hash % STACKS] = hash;

    return true;
}

void malloc_trace(bool refused)
{
    void *frames[MAX_FRAMES];
    int n;

    if (!folder || inside)
        return;

    inside = true; /* the first backtrace() allocates */
    n = backtrace(frames, MAX_FRAMES);
    (void)pthread_mutex_lock(&mutex);
    refusals += refused;
    for (int i = 0; i < n && (refused || i > 0 || is_new(frames, n)); i++) {
        uintptr_t place = (uintptr_t)frames[i];

        if (place >= first && place < last)
            note(places[refused], place - 1 - bias); /* the call, not where it returns to */
    }
    (void)pthread_mutex_unlock(&mutex);
    inside = false;
}

static int find_bias(struct dl_phdr_info *info, size_t size, void *arg)
{
    (void)size;
    (void)arg;
    bias = info->dlpi_addr;

    return 1; /* the program is the first */
}

__attribute__((constructor)) static void begin(void)
{
    first = (uintptr_t)__executable_start;
    last = (uintptr_t)etext;
    (void)dl_iterate_phdr(find_bias, NULL);
    folder = getenv("LIVEGATE_TORTURE"); /* NOLINT(concurrency-mt-unsafe) */
}

__attribute__((destructor)) static void end(void)
{
    char path[PATH_MAX], program[PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", program, sizeof program - 1);
    FILE *out;

    if (!folder || size < 0)
        return;

    program[size] = '\0';
    (void)snprintf(path, sizeof path, "%s/%ld", folder, (long)getpid());
    out = fopen(path, "we");
    if (!out)
        return;

    (void)fprintf(out, "%s %zu\n", program, refusals);
    for (int refused = 0; refused < 2; refused++) {
        for (size_t i = 0; i < SLOTS; i++) {
            if (places[refused][i] != 0)
                (void)fprintf(out, "%d %#zx\n", refused, places[refused][i]);
        }
    }
    (void)fclose(out);
}
