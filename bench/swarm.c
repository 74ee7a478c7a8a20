/* swarm - the load: many viewers on one thread, and who publishes to them.
 *
 *     swarm TASK --port P --publish-port P --pid PID [...]
 *
 * Does what the task says, prints one JSON object, and ends with 0.  Whatever makes the
 * figures meaningless (a viewer is lost, a message is refused) ends it with 1 instead;
 * what is missing or comes twice is counted in the report. */
#include "bench/plan.h"
#include "bench/task.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

static const struct {
    const char *name;
    void (*run)(const struct plan *plan);
    const char *help;
} tasks[] = {
    {"fanout", task_fanout, "messages to rooms, in flight or at a rate: CPU, latency, memory"},
    {"storm", task_storm, "connect, and join, as fast as one core goes"},
    {"publish", task_publish, "how many messages a second one way in takes"},
    {"tell", task_tell, "how many messages a second viewers can send"},
    {"likes", task_likes, "taps at a rate, with goods put on the shelf amid them"},
    {"soak", task_soak, "moderate load with viewers that come, go, move and do not read"},
};

enum { TASKS = sizeof tasks / sizeof tasks[0] };

static void allow_many_files(void)
{
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return;

    files.rlim_cur = files.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &files);
}

int main(int argc, char **argv)
{
    for (unsigned i = 0; argc > 1 && i < TASKS; i++) {
        struct plan plan;

        if (strcmp(tasks[i].name, argv[1]) != 0)
            continue;

        allow_many_files();
        plan_read(&plan, argc - 2, argv + 2);
        tasks[i].run(&plan);
        return 0;
    }

    (void)fprintf(stderr, "usage: swarm TASK [OPTIONS]\n\ntasks:\n");
    for (unsigned i = 0; i < TASKS; i++)
        (void)fprintf(stderr, "    %-15s %s\n", tasks[i].name, tasks[i].help);
    (void)fprintf(stderr, "\noptions:\n");
    plan_explain();

    return 2;
}
