#include "tests/relay/evening.h"

#include "base/bytes.h"
#include "base/list.h"
#include "base/metrics.h"
#include "base/wheel.h"

#include <event2/event.h>
#include <stdio.h>
#include <string.h>

static void on_message(void *room_owner, const struct relayed *relayed)
{
    struct host *host = room_owner;

    host->told[relayed->message->kind]++;
    host->last = *relayed;
}

static void on_snapshot(void *room_owner)
{
    ((struct host *)room_owner)->snapshots++;
}

static void on_entered(struct visit *visit, uint64_t online_num)
{
    struct guest *guest = CONTAINER_OF(visit, struct guest, visit);

    guest->entered = true;
    guest->online = online_num;
}

static void on_published(void *arg, const struct broker_status *status,
                         const struct broker_published *published)
{
    struct host *host = arg;

    (void)published;
    assert_int_equal(status->refusal, REFUSAL_NONE);
    host->published++;
}

void evening_begin(struct evening *evening)
{
    memset(evening, 0, sizeof *evening);
    evening->loop = event_base_new();
    evening->wheel = wheel_new(1, clock_now());
    evening->metrics = metrics_new();
}

void evening_add(struct evening *evening, int worker, struct broker *broker)
{
    static const struct relay_events events = {.on_message = on_message,
                                               .on_snapshot = on_snapshot};
    static const char *const names[EVENING_WORKERS] = {"a", "b"};
    struct host *host = &evening->hosts[worker];

    host->evening = evening;
    host->relay = relay_new(
        &(struct relay_settings){
            .loop = evening->loop,
            .wheel = evening->wheel,
            .metrics = evening->metrics,
            .region = "local",
            .worker = names[worker],
            .leave_grace_ms = EVENING_GRACE_MS,
            .tick_ms = 20,
            .big_room = 100,
        },
        broker, &events);
    assert_non_null(host->relay);
}

void evening_end(struct evening *evening)
{
    for (int i = 0; i < EVENING_WORKERS; i++) {
        if (evening->hosts[i].room)
            relay_close(evening->hosts[i].room);
        relay_free(evening->hosts[i].relay);
    }

    metrics_free(evening->metrics);
    wheel_free(evening->wheel);
    event_base_free(evening->loop);
}

void evening_turn(struct evening *evening)
{
    const struct timeval most = {.tv_usec = 1000};

    (void)event_base_loopexit(evening->loop, &most);
    (void)event_base_dispatch(evening->loop);
    (void)wheel_advance(evening->wheel, clock_now());
}

void host_open(struct host *host)
{
    host->room = relay_open(host->relay, span_of(ROOM), host);
    assert_non_null(host->room);
}

void host_publish(struct host *host, const char *message)
{
    int before = host->published;

    relay_publish(
        host->relay,
        &(struct relay_publish){.room = span_of(ROOM), .message = span_of(message), .session = 1},
        on_published, host);
    UNTIL(host->evening, host->published > before);
}

void guest_enter(struct guest *guest, struct host *host, const char *uid)
{
    static uint64_t session;
    char text[64];
    int size = snprintf(text, sizeof text, "{\"msg_type\":\"join\",\"from_uid\":\"%s\"}", uid);
    const struct visitor visitor = {
        .uid = span_of(uid), .session = ++session, .join = bytes_copy(text, (size_t)size)};

    *guest = (struct guest){.visit = {.on_entered = on_entered}, .evening = host->evening};
    assert_int_equal(visit_enter(&guest->visit, host->room, &visitor), 0);
    bytes_release(visitor.join);
    UNTIL(host->evening, guest->entered);
}
