/* plan.h - what the command line of swarm asks for. */
#ifndef BENCH_PLAN_H
#define BENCH_PLAN_H

#include "bench/usage.h"

#include <stdbool.h>
#include <stdint.h>

struct protocol;
struct way;

struct plan {
    const char *protocol_name, *way_name, *room_name;
    const struct protocol *protocol;
    const struct way *way;
    uint32_t port;         /* where viewers connect */
    uint32_t publish_port; /* where messages are published */
    struct processes server, redis;
    uint32_t clients, rooms;
    uint32_t in_flight; /* messages on their way at once; with a rate: taken as 1 */
    uint32_t rate;      /* a second; 0: as fast as in_flight allows */
    uint32_t seconds_ms;
    uint32_t size;        /* of a message, bytes */
    uint32_t window;      /* connections being made, or joins being answered, at once */
    uint32_t connections; /* that publish */
    uint32_t churn;       /* viewers that come, go or move, a second */
    uint32_t slow;        /* viewers that do not read */
    bool chinese;         /* what fills the messages */
    bool tls;             /* viewers speak it */
    bool wait;            /* says "ready", then waits for a line before it publishes */
};

/* Reads the command line behind the task's name; ends the program with 2 when it is wrong. */
void plan_read(struct plan *plan, int argc, char **argv);

void plan_explain(void);

#endif
