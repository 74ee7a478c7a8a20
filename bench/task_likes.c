/* A room that taps: viewers send likes at a rate, each when it is due, while a backend puts
 * goods on the shelf every second, which nobody may miss. */
#include "base/clock.h"
#include "bench/feed.h"
#include "bench/give_up.h"
#include "bench/meter.h"
#include "bench/report.h"
#include "bench/task.h"

#include <errno.h>
#include <limits.h>

enum { SHELF_US = 1000000, QUIET_US = 500000, STALLED_US = 10000000, AT_ONCE = 2000 };

struct party {
    const struct plan *plan;
    struct crowd crowd;
    struct publisher publisher;
    struct bench_message shelf;
    uint64_t shelved;
    uint64_t taps;
    uint64_t refused; /* taps that the socket did not take */
    uint32_t tapper;  /* who is next */
};

static void tap(struct party *party)
{
    static const char like[] = "{\"msg_type\":\"like\"}";
    int rc = viewer_say(&party->crowd.viewers[party->tapper], FRAME_TEXT, like, sizeof like - 1);

    if (rc == 0)
        party->taps++;
    else if (rc == -EAGAIN)
        party->refused++;
    else
        give_up("tapping", rc);

    party->tapper = (party->tapper + 1) % party->plan->clients;
}

static void put_on_shelf(struct party *party, uint64_t due)
{
    int rc;

    bench_message_mark(&party->shelf, party->shelved++, due);
    publisher_add(&party->publisher, crowd_room(&party->crowd, 0), party->shelf.text,
                  party->shelf.size);

    rc = publisher_flush(&party->publisher);
    if (rc == 0)
        rc = publisher_drain(&party->publisher);
    if (rc != 0)
        give_up("publishing", rc);
}

static void run(struct party *party, uint64_t us)
{
    uint64_t start = clock_now_us(), end = start + us, next_shelf = start + SHELF_US / 2;
    uint64_t now = start, taps = 0;

    while (now < end) {
        uint64_t due = (now - start) * party->plan->rate / 1000000;

        /* Not all that is due, if that is much: what has arrived wants to be read too. */
        for (int i = 0; i < AT_ONCE && taps < due; i++, taps++)
            tap(party);

        if (now >= next_shelf) {
            put_on_shelf(party, next_shelf);
            next_shelf += SHELF_US;
        }

        (void)crowd_turn(&party->crowd, 500);
        now = clock_now_us();
    }
}

static uint64_t missing(const struct party *party)
{
    return party->shelved * party->plan->clients - party->crowd.sights.messages;
}

static void report(const struct party *party, const struct meter *used, uint64_t sending_us)
{
    const struct sights *sights = &party->crowd.sights;

    meter_report(used, "tap", party->taps);
    report_count("taps", party->taps);
    report_number("per_second", (double)party->taps * 1e6 / (double)sending_us, 0);
    report_count("refused", party->refused);
    report_count("shelved", party->shelved);
    report_durations("latency", &sights->latency);
    report_count("others", sights->others);
    report_count("wrong", sights->wrong);
    report_count("missing", missing(party));
}

void task_likes(const struct plan *plan)
{
    static struct party party;
    struct meter meter, used;
    uint64_t sending_us;
    int rc;

    party.plan = plan;
    crowd_start(&party.crowd, plan, UINT_MAX);
    crowd_fill(&party.crowd, plan->clients, plan->window);
    crowd_settle(&party.crowd, QUIET_US, STALLED_US);

    bench_message_make_shelf(&party.shelf);
    rc = publisher_open(&party.publisher, plan->way, (uint16_t)plan->publish_port);
    if (rc != 0)
        give_up("connecting to publish", rc);

    meter_start(&meter, plan);
    run(&party, (uint64_t)plan->seconds_ms * 1000);
    sending_us = meter_read(&meter).at_us;
    while (missing(&party) > 0 && crowd_turn(&party.crowd, STALLED_US) > 0)
        ;
    crowd_settle(&party.crowd, QUIET_US, STALLED_US); /* the last sums */
    used = meter_read(&meter);

    report_begin();
    report(&party, &used, sending_us);
    report_end();

    publisher_close(&party.publisher);
    bench_message_free(&party.shelf);
    crowd_end(&party.crowd);
}
