#include "bench/plan.h"

#include "bench/give_up.h"
#include "bench/protocol.h"
#include "bench/way.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum kind { NUMBER, DURATION, TEXT, SWITCH, PROCESS };

struct option {
    const char *name;
    enum kind kind;
    size_t at; /* in struct plan */
    const char *help;
};

#define OPTION(name, kind, member, help)                \
    {                                                   \
        name, kind, offsetof(struct plan, member), help \
    }

/* clang-format off */
static const struct option options[] = {
    OPTION("--port", NUMBER, port, "where viewers connect"),
    OPTION("--publish-port", NUMBER, publish_port, "where messages are published"),
    OPTION("--pid", PROCESS, server, "of the server; may come again"),
    OPTION("--redis-pid", PROCESS, redis, "of Redis"),
    OPTION("--protocol", TEXT, protocol_name, "how viewers speak (live)"),
    OPTION("--way", TEXT, way_name, "how messages are published (fcall)"),
    OPTION("--room", TEXT, room_name, "the room, or how the names of rooms begin (bench)"),
    OPTION("--clients", NUMBER, clients, "viewers (1000)"),
    OPTION("--rooms", NUMBER, rooms, "that they are in (1)"),
    OPTION("--in-flight", NUMBER, in_flight, "messages on their way at once (1)"),
    OPTION("--rate", NUMBER, rate, "messages a second, whether they arrive or not"),
    OPTION("--seconds", DURATION, seconds_ms, "how long (5)"),
    OPTION("--size", NUMBER, size, "bytes of a message (200)"),
    OPTION("--window", NUMBER, window, "connections being made at once (64)"),
    OPTION("--connections", NUMBER, connections, "that publish (1)"),
    OPTION("--churn", NUMBER, churn, "viewers that come, go or move a second (100)"),
    OPTION("--slow", NUMBER, slow, "viewers that do not read (10)"),
    OPTION("--chinese", SWITCH, chinese, "messages are filled with Chinese"),
    OPTION("--tls", SWITCH, tls, "viewers speak TLS"),
    OPTION("--wait", SWITCH, wait, "for a line on stdin before publishing"),
};
/* clang-format on */

enum { OPTIONS = sizeof options / sizeof options[0] };

static _Noreturn void wrong(const char *name)
{
    (void)fprintf(stderr, "swarm: %s: not understood\n", name);
    _exit(2);
}

void plan_explain(void)
{
    for (unsigned i = 0; i < OPTIONS; i++)
        (void)fprintf(stderr, "    %-15s %s\n", options[i].name, options[i].help);
}

static const struct option *option_named(const char *name)
{
    for (unsigned i = 0; i < OPTIONS; i++) {
        if (strcmp(options[i].name, name) == 0)
            return &options[i];
    }

    wrong(name);
}

static void add_process(struct processes *processes, const char *text)
{
    if (processes->count == USAGE_MAX_PROCESSES)
        give_up("too many processes", 0);

    processes->pids[processes->count++] = (int)strtol(text, NULL, 10);
}

static void *member(struct plan *plan, const struct option *option)
{
    return (char *)plan + option->at;
}

static void set(struct plan *plan, const struct option *option, const char *text)
{
    void *at = member(plan, option);
    char *end = NULL;

    switch (option->kind) {
    case NUMBER:
        *(uint32_t *)at = (uint32_t)strtoul(text, &end, 10);
        break;
    case DURATION:
        *(uint32_t *)at = (uint32_t)(strtod(text, &end) * 1e3);
        break;
    case TEXT:
        *(const char **)at = text;
        break;
    case PROCESS:
        add_process(at, text);
        break;
    case SWITCH: /* has no text */
        break;
    }

    if (end && (*end != '\0' || end == text))
        wrong(option->name);
}

void plan_read(struct plan *plan, int argc, char **argv)
{
    *plan = (struct plan){.protocol_name = "live",
                          .way_name = "fcall",
                          .room_name = "bench",
                          .clients = 1000,
                          .rooms = 1,
                          .in_flight = 1,
                          .seconds_ms = 5000,
                          .size = 200,
                          .window = 64,
                          .connections = 1,
                          .churn = 100,
                          .slow = 10};

    for (int i = 0; i < argc; i++) {
        const struct option *option = option_named(argv[i]);

        if (option->kind == SWITCH)
            *(bool *)member(plan, option) = true;
        else if (++i < argc)
            set(plan, option, argv[i]);
        else
            wrong(option->name);
    }

    plan->protocol = protocol_find(plan->protocol_name);
    plan->way = way_find(plan->way_name);

    if (!plan->protocol)
        wrong(plan->protocol_name);
    if (!plan->way)
        wrong(plan->way_name);
    if (plan->rooms == 0 || plan->in_flight == 0 || plan->window == 0 || plan->connections == 0)
        give_up("nothing to do", EINVAL);
}
