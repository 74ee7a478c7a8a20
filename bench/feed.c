#include "bench/feed.h"

#include "base/clock.h"
#include "bench/give_up.h"

#include <errno.h>
#include <stdlib.h>

enum {
    STALLED_US = 5000000, /* nothing came for so long: nothing will */
    LATE_US = 1000000,    /* later than this it does not keep up */
    FULL_US = 1000,
    STRIDE = 7919, /* a prime: neighbours in time are no neighbours in memory */
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

/* A socket that has been full wants to be asked again. */
static uint64_t until_due(const struct feed *feed, uint64_t due, uint64_t now)
{
    uint64_t us = due > now ? due - now : 0;

    return feed->publisher.out_size > 0 && us > FULL_US ? FULL_US : us;
}

/* Until something has come; false when nothing will. */
static bool turn(struct feed *feed)
{
    uint64_t stalled = clock_now_us() + STALLED_US;

    do {
        if (crowd_turn(feed->crowd, until_due(feed, stalled, clock_now_us())) > 0)
            return true;

        flush(feed);
    } while (clock_now_us() < stalled);

    return false;
}

static void run_in_flight(struct feed *feed, uint64_t end)
{
    uint64_t per_message = (feed->plan->clients + feed->plan->rooms - 1) / feed->plan->rooms;
    uint64_t most = (uint64_t)(feed->plan->in_flight - 1) * per_message;

    while (clock_now_us() < end) {
        while (feed_missing(feed) <= most)
            add(feed, clock_now_us());

        flush(feed);

        if (!turn(feed))
            return; /* what is missing will not come */
    }

    while (feed_missing(feed) > 0 && turn(feed))
        flush(feed);
}

static void run_at_rate(struct feed *feed, uint64_t end)
{
    uint64_t start = clock_now_us(), first = feed->published, due = start, now = start;
    uint64_t per_message = (feed->plan->clients + feed->plan->rooms - 1) / feed->plan->rooms;
    uint64_t most = (feed->plan->rate > 100 ? feed->plan->rate : 100) * per_message;

    while (due < end || (feed_missing(feed) > 0 && now < end + LATE_US)) {
        for (now = clock_now_us(); due <= now && due < end;) {
            add(feed, due);
            due = start + (feed->published - first) * 1000000 / feed->plan->rate;
        }

        flush(feed);

        feed->behind = feed_missing(feed) > most;
        if (feed->behind)
            return;

        now = clock_now_us();
        (void)crowd_turn(feed->crowd, until_due(feed, due < end ? due : end + LATE_US, now));
    }

    feed->behind = now >= end + LATE_US;
}

void feed_warm(struct feed *feed, uint64_t us)
{
    run_in_flight(feed, clock_now_us() + us);
}

void feed_run(struct feed *feed, uint64_t us)
{
    uint64_t end = clock_now_us() + us;

    if (feed->plan->rate > 0)
        run_at_rate(feed, end);
    else
        run_in_flight(feed, end);
}
