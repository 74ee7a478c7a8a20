#include "bench/feed.h"

#include "base/clock.h"
#include "bench/give_up.h"

#include <errno.h>
#include <stdlib.h>

enum {
    STALLED_US = 5000000, /* nothing came for so long: nothing will */
    STRIDE = 7919,        /* a prime: neighbours in time are no neighbours in memory */
    PRIMING_TRIES = 100,
};

void feed_start(struct feed *feed, const struct plan *plan, struct crowd *crowd)
{
    int rc;

    *feed = (struct feed){.plan = plan, .crowd = crowd};
    feed->numbers = calloc(plan->rooms, sizeof *feed->numbers);
    if (!feed->numbers)
        give_up("no room for rooms", ENOMEM);

    bench_message_make(&feed->message, plan->size, plan->chinese);

    rc = publisher_open(&feed->publisher, plan->way, (uint16_t)plan->publish_port);
    if (rc != 0)
        give_up("connecting to publish", rc);

    crowd_watch(crowd, feed->publisher.fd);
}

void feed_end(struct feed *feed)
{
    publisher_close(&feed->publisher);
    bench_message_free(&feed->message);
    free(feed->numbers);
}

static uint32_t viewers_in(const struct feed *feed, uint32_t room)
{
    return feed->plan->clients / feed->plan->rooms +
           (room < feed->plan->clients % feed->plan->rooms);
}

static void add(struct feed *feed, uint64_t due_us)
{
    uint32_t room = (uint32_t)(feed->published * STRIDE % feed->plan->rooms);

    bench_message_mark(&feed->message, feed->numbers[room]++, due_us);
    publisher_add(&feed->publisher, crowd_room(feed->crowd, room), feed->message.text,
                  feed->message.size);
    feed->published++;
    feed->expected += viewers_in(feed, room);
}

static void flush(struct feed *feed)
{
    int rc = publisher_flush(&feed->publisher);

    if (rc == 0)
        rc = publisher_drain(&feed->publisher);
    if (rc != 0)
        give_up("publishing", rc);
}

uint64_t feed_missing(const struct feed *feed)
{
    return feed->expected - feed->crowd->sights.messages;
}

void feed_prime(struct feed *feed)
{
    crowd_expect(feed->crowd, VIEWER_ANY);

    for (int i = 0; i < PRIMING_TRIES; i++) {
        uint64_t seen = feed->crowd->sights.messages;

        for (uint32_t room = 0; room < feed->plan->rooms; room++)
            add(feed, clock_now_us());

        flush(feed);
        crowd_settle(feed->crowd, 100000, 2000000);

        if (feed->crowd->sights.messages - seen == feed->plan->clients) {
            feed->expected = feed->crowd->sights.messages;
            feed->crowd->sights.wrong = 0;
            return;
        }
    }

    give_up("messages do not reach all viewers", ETIMEDOUT);
}

static void let_arrive(struct feed *feed)
{
    while (feed_missing(feed) > 0 && crowd_turn(feed->crowd, STALLED_US) > 0)
        flush(feed);
}

static void run_in_flight(struct feed *feed, uint64_t end)
{
    uint64_t per_message = (feed->plan->clients + feed->plan->rooms - 1) / feed->plan->rooms;
    uint64_t most = (uint64_t)(feed->plan->in_flight - 1) * per_message;

    while (clock_now_us() < end) {
        while (feed_missing(feed) <= most)
            add(feed, clock_now_us());

        flush(feed);

        if (crowd_turn(feed->crowd, STALLED_US) == 0)
            return; /* what is missing will not come */
    }
}

static void run_at_rate(struct feed *feed, uint64_t end)
{
    uint64_t start = clock_now_us(), first = feed->published, due = start, now;
    uint64_t per_message = (feed->plan->clients + feed->plan->rooms - 1) / feed->plan->rooms;
    uint64_t most = (feed->plan->rate > 100 ? feed->plan->rate : 100) * per_message;

    while (!feed->behind) {
        for (now = clock_now_us(); due <= now && due < end;) {
            add(feed, due);
            due = start + (feed->published - first) * 1000000 / feed->plan->rate;
        }

        flush(feed);
        if (due >= end)
            return;

        feed->behind = feed_missing(feed) > most;
        now = clock_now_us();
        (void)crowd_turn(feed->crowd, due > now ? due - now : 0);
    }
}

void feed_run(struct feed *feed, uint64_t us)
{
    uint64_t end = clock_now_us() + us;

    if (feed->plan->rate > 0)
        run_at_rate(feed, end);
    else
        run_in_flight(feed, end);

    if (!feed->behind)
        let_arrive(feed);
}
