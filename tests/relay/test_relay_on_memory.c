/* A relay on a real broker, the one in memory: a room's evening from the first viewer on. */
#include "relay/relay.h"

#include "base/clock.h"
#include "base/list.h"
#include "base/metrics.h"
#include "base/wheel.h"
#include "relay/broker_memory.h"
#include "relay/snapshot.h"
#include "relay/visit.h"
#include "tests/support/unit.h"

#include <event2/event.h>
#include <stdbool.h>

#define ROOM "room"

enum { PATIENCE_MS = 5000, GRACE_MS = 60 };

struct evening {
    struct event_base *loop;
    struct wheel *wheel;
    struct metrics *metrics;
    struct relay *relay;
    struct relay_room *room;
    int told[KIND_COUNT];
    struct relayed last; /* only its numbers are good later */
    int published;
    int entered;
    uint64_t online;
};

struct viewer {
    struct visit visit;
    struct evening *evening;
};

static void on_message(void *room_owner, const struct relayed *relayed)
{
    struct evening *evening = room_owner;

    evening->told[relayed->message->kind]++;
    evening->last = *relayed;
}

static void on_snapshot(void *room_owner)
{
    (void)room_owner;
}

static void on_entered(struct visit *visit, uint64_t online_num)
{
    struct evening *evening = CONTAINER_OF(visit, struct viewer, visit)->evening;

    evening->entered++;
    evening->online = online_num;
}

static void on_published(void *arg, const struct broker_status *status,
                         const struct broker_published *published)
{
    struct evening *evening = arg;

    assert_int_equal(status->refusal, REFUSAL_NONE);
    evening->published++;
    (void)published;
}

/* ---- the stage ---- */

static const struct relay_events events = {.on_message = on_message, .on_snapshot = on_snapshot};

static int set_up(void **state)
{
    static struct evening evening;
    struct broker *broker;

    evening = (struct evening){.loop = event_base_new(), .metrics = metrics_new()};
    evening.wheel = wheel_new(1, clock_now());
    broker = broker_memory_new(&(struct broker_memory_settings){
        .loop = evening.loop, .wheel = evening.wheel, .history = 100, .room_ttl_ms = 60000});
    evening.relay = relay_new(
        &(struct relay_settings){
            .loop = evening.loop,
            .wheel = evening.wheel,
            .metrics = evening.metrics,
            .region = "local",
            .worker = "a",
            .leave_grace_ms = GRACE_MS,
            .tick_ms = 20,
            .big_room = 100,
        },
        broker, &events);
    *state = &evening;

    return 0;
}

static int tear_down(void **state)
{
    struct evening *evening = *state;

    if (evening->room)
        relay_close(evening->room);
    relay_free(evening->relay);
    metrics_free(evening->metrics);
    wheel_free(evening->wheel);
    event_base_free(evening->loop);

    return 0;
}

static void turn(struct evening *evening)
{
    const struct timeval most = {.tv_usec = 1000};

    (void)event_base_loopexit(evening->loop, &most);
    (void)event_base_dispatch(evening->loop);
    (void)wheel_advance(evening->wheel, clock_now());
}

#define UNTIL(evening, condition)                           \
    do {                                                    \
        uint64_t patience_ends = clock_now() + PATIENCE_MS; \
        while (!(condition)) {                              \
            turn(evening);                                  \
            assert_true(clock_now() < patience_ends);       \
        }                                                   \
    } while (0)

static void open_room(struct evening *evening)
{
    evening->room = relay_open(evening->relay, span_of(ROOM), evening);
    assert_non_null(evening->room);
}

static void enter(struct viewer *viewer, struct evening *evening, const char *uid)
{
    static uint64_t session;
    const struct visitor visitor = {
        .uid = span_of(uid),
        .session = ++session,
        .join = span_of("{\"msg_type\":\"join\",\"from_uid\":\"7\"}"),
        .leave = span_of("{\"msg_type\":\"leave\",\"from_uid\":\"7\"}"),
    };
    int before = evening->entered;

    *viewer = (struct viewer){.visit = {.on_entered = on_entered}, .evening = evening};
    assert_int_equal(visit_enter(&viewer->visit, evening->room, &visitor), 0);
    UNTIL(evening, evening->entered > before);
}

static void publish(struct evening *evening, const char *message)
{
    int before = evening->published;

    relay_publish(
        evening->relay,
        &(struct relay_publish){.room = span_of(ROOM), .message = span_of(message), .session = 1},
        on_published, evening);
    UNTIL(evening, evening->published > before);
}

/* ---- the evening ---- */

static void what_is_published_reaches_the_room_and_later_joiners(void **state)
{
    struct evening *evening = *state;
    struct viewer anna;

    open_room(evening);
    enter(&anna, evening, "7");
    assert_int_equal(evening->online, 1);

    publish(evening, "{\"msg_type\":\"message\",\"content\":\"hi\"}");
    publish(evening, "{\"msg_type\":\"on_off_shelf\",\"goods_id\":1,\"status\":\"on\"}");
    publish(evening, "{\"msg_type\":\"subscribe\"}");
    UNTIL(evening, evening->told[KIND_FOLLOW] == 1);

    assert_int_equal(evening->told[KIND_CHAT], 1);
    assert_int_equal(evening->told[KIND_SHELF], 1);
    assert_int_equal(evening->last.subscribe_num, 1);
    assert_int_equal(evening->last.sender, 1);
    assert_int_equal(snapshot_position(relay_snapshot(evening->room)).seq, 3);

    /* The last viewer goes and the room with him; the next one finds it as it was. */
    visit_leave(&anna.visit, LEAVING_CLEANLY);
    relay_close(evening->room);
    open_room(evening);
    enter(&anna, evening, "7");

    assert_int_equal(snapshot_chat_count(relay_snapshot(evening->room)), 1);
    assert_int_equal(snapshot_shelf_count(relay_snapshot(evening->room)), 1);
    assert_int_equal(snapshot_follows(relay_snapshot(evening->room)), 1);
    visit_leave(&anna.visit, LEAVING_CLEANLY);
}

static void taps_become_likes_with_the_right_total(void **state)
{
    struct evening *evening = *state;

    open_room(evening);
    for (int i = 0; i < 1000; i++)
        relay_like(evening->room, 3);

    UNTIL(evening, evening->last.like_num == 3000);

    assert_in_range(evening->told[KIND_LIKE], 1, 10);
}

static void comings_and_goings_are_told_with_the_count(void **state)
{
    struct evening *evening = *state;
    struct viewer anna;
    struct viewer bert;

    open_room(evening);
    enter(&bert, evening, "");
    enter(&anna, evening, "7");
    assert_int_equal(evening->online, 2);
    UNTIL(evening, evening->told[KIND_JOIN] == 2);
    assert_int_equal(evening->last.online_num, 2);

    visit_leave(&anna.visit, LEAVING_LOST);
    enter(&anna, evening, "7");
    visit_leave(&anna.visit, LEAVING_LOST);
    UNTIL(evening, evening->told[KIND_LEAVE] == 1);

    assert_int_equal(evening->last.online_num, 1);
    assert_int_equal(evening->told[KIND_JOIN], 2);
    visit_leave(&bert.visit, LEAVING_CLEANLY);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_published_reaches_the_room_and_later_joiners),
        TEST(taps_become_likes_with_the_right_total),
        TEST(comings_and_goings_are_told_with_the_count),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
