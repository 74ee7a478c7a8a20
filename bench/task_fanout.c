/* Messages to rooms full of viewers: what a delivery costs, how late it is, and what a
 * viewer who only waits costs. */
#include "bench/feed.h"
#include "bench/give_up.h"
#include "bench/meter.h"
#include "bench/report.h"
#include "bench/task.h"

#include <limits.h>
#include <stdio.h>

enum { WARM_US = 500000, MAX_SETTLE_US = 10000000 };

/* Less for who only wants to see that all works. */
static uint64_t quiet_us(const struct plan *plan)
{
    return plan->seconds_ms > 0 && plan->seconds_ms < 1000 ? 100000 : 500000;
}

/* So that who started us can do something in between. */
static void wait_for_a_line(struct crowd *crowd, uint64_t quiet)
{
    int c;

    (void)puts("ready");
    (void)fflush(stdout);

    do
        c = getchar();
    while (c != '\n' && c != EOF);

    crowd_settle(crowd, quiet, MAX_SETTLE_US);
}

static double per_client(const struct plan *plan, const struct usage *from, const struct usage *to)
{
    return ((double)to->rss_kib - (double)from->rss_kib) * 1024 / (double)plan->clients;
}

static void report(const struct feed *feed, const struct meter *used, uint64_t published)
{
    const struct sights *sights = &feed->crowd->sights;

    meter_report(used, "delivery", sights->messages);
    report_number("cpu_us_per_message",
                  published ? (double)used->server.cpu_ns / 1e3 / (double)published : 0, 3);
    report_count("messages", published);
    report_count("deliveries", sights->messages);
    report_number("per_second", (double)sights->messages * 1e6 / (double)used->at_us, 0);
    report_durations("latency", &sights->latency);
    report_count("others", sights->others);
    report_count("wrong", sights->wrong);
    report_count("missing", feed_missing(feed));
    report_count("behind", feed->behind);
}

static void measure(const struct plan *plan, struct crowd *crowd)
{
    struct feed feed;
    struct meter meter, used;
    uint64_t published;

    feed_start(&feed, plan, crowd);
    if (plan->protocol->uncertain)
        feed_prime(&feed);

    feed_warm(&feed, plan->seconds_ms < 1000 ? plan->seconds_ms * 500 : WARM_US);

    /* What the warm up did not bring stays missing; all else counts from here. */
    feed.expected = feed_missing(&feed);
    crowd->sights = (struct sights){.wrong = crowd->sights.wrong};
    published = feed.published;

    meter_start(&meter, plan);
    feed_run(&feed, (uint64_t)plan->seconds_ms * 1000);
    used = meter_read(&meter);

    if (crowd->sights.messages == 0) /* no figure, rather than a good one */
        give_up("nothing was delivered", 0);

    report(&feed, &used, feed.published - published);
    feed_end(&feed);
}

void task_fanout(const struct plan *plan)
{
    static struct crowd crowd; /* its histogram is large */
    struct usage empty = usage_of(&plan->server), idle, after;

    crowd_start(&crowd, plan, UINT_MAX);
    crowd_fill(&crowd, plan->clients, plan->window);
    crowd_settle(&crowd, quiet_us(plan), MAX_SETTLE_US);
    idle = usage_of(&plan->server);

    if (plan->wait)
        wait_for_a_line(&crowd, quiet_us(plan));

    report_begin();
    report_number("rss_empty_kib", (double)empty.rss_kib, 0);
    report_number("rss_bytes_per_client", per_client(plan, &empty, &idle), 0);

    if (plan->seconds_ms > 0) {
        measure(plan, &crowd);
        after = usage_of(&plan->server);
        report_number("rss_bytes_per_client_after", per_client(plan, &empty, &after), 0);
    }

    report_end();
    crowd_end(&crowd);
}
