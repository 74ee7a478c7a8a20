/* A day in short: messages at a rate, likes, and viewers that come, go, move to another room,
 * leave, or do not read.  Redis may be restarted meanwhile: what goes wrong then, and until
 * everything is in order again, is counted by itself. */
#include "base/clock.h"
#include "bench/crowd.h"
#include "bench/give_up.h"
#include "bench/message.h"
#include "bench/meter.h"
#include "bench/publisher.h"
#include "bench/report.h"
#include "bench/task.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

enum {
    TURN_US = 10000,
    RETRY_US = 200000,
    MENDING_US = 5000000, /* after Redis is back, until nothing may be wrong again */
    SECOND_US = 1000000,
    NAP_SECONDS = 60, /* how long a slow viewer does not read */
};

struct soak {
    const struct plan *plan;
    struct crowd crowd;
    struct publisher publisher;
    struct bench_message message;
    uint64_t *numbers; /* of the next message of each room; owned */
    uint64_t published, refused, outages;
    uint64_t came, moved, left, tapped;
    uint64_t wrong_while_mending;
    uint64_t wrong_before; /* the outage */
    uint64_t mended_at;    /* 0: all is well */
    uint64_t retry_at;
    uint32_t next; /* viewer to do something */
};

/* ---- publishing, with Redis away now and then ---- */

static void lose_redis(struct soak *soak, uint64_t now)
{
    if (soak->publisher.fd >= 0)
        crowd_unwatch(&soak->crowd, soak->publisher.fd);

    publisher_close(&soak->publisher);

    if (soak->mended_at == 0) {
        soak->outages++;
        soak->wrong_before = soak->crowd.sights.wrong;
    }

    soak->refused++;
    soak->mended_at = now + MENDING_US;
    soak->retry_at = now + RETRY_US;
}

static void find_redis(struct soak *soak, uint64_t now)
{
    int rc = publisher_open(&soak->publisher, soak->plan->way, (uint16_t)soak->plan->publish_port);

    if (rc != 0)
        lose_redis(soak, now);
    else
        crowd_watch(&soak->crowd, soak->publisher.fd);
}

/* From now on nothing is forgiven again. */
static void end_mending(struct soak *soak)
{
    soak->wrong_while_mending += soak->crowd.sights.wrong - soak->wrong_before;
    soak->crowd.sights.wrong = soak->wrong_before;
    crowd_expect(&soak->crowd, VIEWER_ANY);
    soak->mended_at = 0;
}

static void publish(struct soak *soak, uint64_t due)
{
    uint32_t room = (uint32_t)(soak->published++ % soak->plan->rooms);

    bench_message_mark(&soak->message, soak->numbers[room]++, due);
    publisher_add(&soak->publisher, crowd_room(&soak->crowd, room), soak->message.text,
                  soak->message.size);
}

static void publish_due(struct soak *soak, uint64_t start, uint64_t now)
{
    uint64_t due = (now - start) * soak->plan->rate / SECOND_US;
    int rc;

    if (soak->publisher.fd < 0 && now >= soak->retry_at)
        find_redis(soak, now);

    /* What is due while Redis is away is published when it is back. */
    if (soak->publisher.fd < 0)
        return;

    while (soak->published < due)
        publish(soak, now);

    rc = publisher_flush(&soak->publisher);
    if (rc == 0)
        rc = publisher_drain(&soak->publisher);
    if (rc != 0)
        lose_redis(soak, now);
    else if (soak->mended_at != 0 && now >= soak->mended_at)
        end_mending(soak);
}

/* ---- coming and going ---- */

/* Behind those that do not read. */
static uint32_t somebody(struct soak *soak)
{
    soak->next = soak->next + 1 < soak->plan->clients ? soak->next + 1 : soak->plan->slow;

    return soak->next;
}

static void tap(struct soak *soak)
{
    uint32_t i = somebody(soak);

    if (crowd_is_in(&soak->crowd, i)) {
        crowd_say(&soak->crowd, i, "{\"msg_type\":\"like\"}");
        soak->tapped++;
    }
}

static void stir(struct soak *soak, uint64_t turn)
{
    uint32_t i = somebody(soak), room = (uint32_t)(turn * 31 % soak->plan->rooms);

    if (!crowd_is_in(&soak->crowd, i))
        return;

    if (turn % 3 == 0) {
        crowd_reopen(&soak->crowd, i, room);
        soak->came++;
    } else if (turn % 3 == 1) {
        crowd_move(&soak->crowd, i, room);
        soak->moved++;
    } else { /* leaves the room, then enters another one */
        crowd_say(&soak->crowd, i, "{\"msg_type\":\"leave\"}");
        soak->left++;
        if (crowd_is_in(&soak->crowd, i))
            crowd_move(&soak->crowd, i, room);
    }
}

static void every_second(struct soak *soak, uint64_t second)
{
    for (uint32_t i = 0; i < soak->plan->clients; i++) {
        if (soak->crowd.viewers[i].state == VIEWER_GONE)
            crowd_reopen(&soak->crowd, i, i);
    }

    for (uint32_t i = 0; i < soak->plan->slow; i++) {
        if (second % NAP_SECONDS == 0)
            crowd_resume(&soak->crowd, i);
        else if (crowd_is_in(&soak->crowd, i))
            crowd_pause(&soak->crowd, i);
    }
}

static void run(struct soak *soak, uint64_t us)
{
    uint64_t start = clock_now_us(), now = start, stirred = 0, second = 0;

    while (now < start + us) {
        uint64_t due = (now - start) * soak->plan->churn / SECOND_US;

        publish_due(soak, start, now);

        for (; stirred < due; stirred++) {
            stir(soak, stirred);
            tap(soak);
        }

        for (; second < (now - start) / SECOND_US; second++)
            every_second(soak, second);

        (void)crowd_turn(&soak->crowd, TURN_US);
        now = clock_now_us();
    }
}

static void report(const struct soak *soak, const struct meter *meter)
{
    const struct sights *sights = &soak->crowd.sights;
    struct meter used = meter_read(meter);

    report_begin();
    meter_report(&used, "delivery", sights->messages);
    report_count("published", soak->published);
    report_count("deliveries", sights->messages);
    report_durations("latency", &sights->latency);
    report_count("came", soak->came);
    report_count("moved", soak->moved);
    report_count("left", soak->left);
    report_count("tapped", soak->tapped);
    report_count("lost", soak->crowd.lost);
    report_count("lost_slow", soak->crowd.lost_apart);
    report_count("outages", soak->outages);
    report_count("wrong", sights->wrong);
    report_count("wrong_while_mending", soak->wrong_while_mending);
    report_end();
}

void task_soak(const struct plan *plan)
{
    static struct soak soak;
    struct meter meter;

    if (plan->slow >= plan->clients || plan->protocol->steps_count == 0 ||
        !plan->protocol->steps[plan->protocol->steps_count - 1].say)
        give_up("viewers must be able to move, and not all be slow", EINVAL);

    soak.plan = plan;
    soak.next = plan->slow;
    soak.numbers = calloc(plan->rooms, sizeof *soak.numbers);
    if (!soak.numbers)
        give_up("no room for rooms", ENOMEM);

    bench_message_make(&soak.message, plan->size, plan->chinese);
    crowd_start(&soak.crowd, plan, UINT_MAX);
    crowd_fill(&soak.crowd, plan->clients, plan->window);
    crowd_forgive(&soak.crowd);
    soak.crowd.apart = plan->slow; /* theirs is not the server's latency */
    find_redis(&soak, clock_now_us());
    meter_start(&meter, plan);

    run(&soak, (uint64_t)plan->seconds_ms * 1000);
    if (soak.mended_at != 0)
        end_mending(&soak);
    report(&soak, &meter);

    publisher_close(&soak.publisher);
    crowd_end(&soak.crowd);
    bench_message_free(&soak.message);
    free(soak.numbers);
}
