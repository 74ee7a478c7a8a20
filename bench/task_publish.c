/* How many messages a second one way in takes.  Each connection keeps `in-flight` requests
 * unanswered, and they go to rooms in which nobody is. */
#include "base/clock.h"
#include "bench/give_up.h"
#include "bench/message.h"
#include "bench/meter.h"
#include "bench/publisher.h"
#include "bench/report.h"
#include "bench/task.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX_CONNECTIONS = 256, STALLED_MS = 5000 };

struct mill {
    const struct plan *plan;
    struct publisher publishers[MAX_CONNECTIONS];
    struct pollfd sockets[MAX_CONNECTIONS];
    struct bench_message message;
    uint64_t published;
};

static void open_all(struct mill *mill)
{
    for (uint32_t i = 0; i < mill->plan->connections; i++) {
        int rc = publisher_open(&mill->publishers[i], mill->plan->way,
                                (uint16_t)mill->plan->publish_port);

        if (rc != 0)
            give_up("connecting to publish", rc);

        mill->sockets[i].fd = mill->publishers[i].fd;
    }
}

/* Half of the window at once, so that requests travel in batches. */
static void refill(struct mill *mill, struct publisher *publisher)
{
    uint64_t under_way = publisher->sent - publisher->answered;
    uint64_t most = under_way > mill->plan->in_flight / 2 ? 0 : mill->plan->in_flight;
    char room[48];
    int rc;

    for (; under_way < most; under_way++) {
        (void)snprintf(room, sizeof room, "%s%u", mill->plan->room_name,
                       (unsigned)(mill->published % mill->plan->rooms));
        bench_message_mark(&mill->message, mill->published++, clock_now_us());
        publisher_add(publisher, room, mill->message.text, mill->message.size);
    }

    rc = publisher_flush(publisher);
    if (rc != 0)
        give_up("publishing", rc);
}

static uint64_t answered(const struct mill *mill)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < mill->plan->connections; i++)
        sum += mill->publishers[i].answered;

    return sum;
}

static void run(struct mill *mill, uint64_t us)
{
    uint64_t end = clock_now_us() + us;

    while (clock_now_us() < end) {
        for (uint32_t i = 0; i < mill->plan->connections; i++) {
            refill(mill, &mill->publishers[i]);
            mill->sockets[i].events =
                (short)(mill->publishers[i].out_size > 0 ? POLLIN | POLLOUT : POLLIN);
        }

        if (poll(mill->sockets, mill->plan->connections, STALLED_MS) <= 0)
            give_up("no answers", ETIMEDOUT);

        for (uint32_t i = 0; i < mill->plan->connections; i++) {
            int rc = mill->sockets[i].revents ? publisher_drain(&mill->publishers[i]) : 0;

            if (rc != 0)
                give_up("publishing", rc);
        }
    }
}

void task_publish(const struct plan *plan)
{
    static struct mill mill;
    struct meter meter, used;
    uint64_t before, done;

    if (plan->connections > MAX_CONNECTIONS || !plan->way->answer)
        give_up("this way of publishing is not measured so", EINVAL);

    mill.plan = plan;
    bench_message_make(&mill.message, plan->size, plan->chinese);
    open_all(&mill);

    run(&mill, (uint64_t)plan->seconds_ms * 100); /* warm */
    before = answered(&mill);
    meter_start(&meter, plan);
    run(&mill, (uint64_t)plan->seconds_ms * 1000);
    used = meter_read(&meter);
    done = answered(&mill) - before;

    report_begin();
    meter_report(&used, "message", done);
    report_number("redis_cpu_us_per_message", (double)used.redis.cpu_ns / 1e3 / (double)done, 3);
    report_count("messages", done);
    report_number("per_second", (double)done * 1e6 / (double)used.at_us, 0);
    report_end();

    for (uint32_t i = 0; i < plan->connections; i++)
        publisher_close(&mill.publishers[i]);
    bench_message_free(&mill.message);
}
