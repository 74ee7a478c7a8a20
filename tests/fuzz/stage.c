#include "tests/fuzz/stage.h"

#include "base/burden.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "base/wheel.h"
#include "gateway/fanout.h"
#include "gateway/session.h"
#include "relay/broker_memory.h"
#include "tests/fuzz/claim.h"
#include "tests/fuzz/cut_broker.h"
#include "tests/fuzz/stage_ws.h"

#include <event2/event.h>

enum {
    START_MS = 1000000,
    TICK_MS = 10,
    TELL_MS = 50,
    STEP_MS = 100,
    HOUR_MS = 3600000,
    BIG_ROOM = 3,
    HISTORY = 2000, /* more than is said in one run: nothing falls out of it */
    TURNS_TO_SETTLE = 12
};

static void open_rooms(struct stage *stage, const struct stage_settings *settings)
{
    struct relay_settings relay = {
        .loop = stage->loop,
        .wheel = stage->wheel,
        .metrics = stage->metrics,
        .region = "local",
        .worker = "fuzz",
        .leave_grace_ms = settings->leave_grace_ms,
        .tick_ms = TELL_MS,
        .big_room = BIG_ROOM,
    };
    struct hub_settings hub = {
        .wheel = stage->wheel,
        .metrics = stage->metrics,
        .fanout = stage->fanout,
        .banners = &banners_default,
        .dialects = {.fallback = &dialect_live},
        .default_room = "a",
        .ping_interval_ms = HOUR_MS,
        .room_log_frames = settings->room_log ? settings->room_log : 256,
        .room_log_bytes = 256 << 10,
        .room_logs_bytes = 1 << 20,
        .admit = {.open = true, .allowances = settings->allowances},
    };
    struct broker_memory_settings broker = {
        .loop = stage->loop, .wheel = stage->wheel, .history = HISTORY, .room_ttl_ms = HOUR_MS};

    stage->hub = hub_new(&hub);
    claim(stage->hub != NULL);
    stage->broker = cut_broker_new(&broker);
    claim(stage->broker != NULL);
    stage->relay = relay_new(&relay, stage->broker, &hub_relay_events);
    claim(stage->relay != NULL);
    hub_use_relay(stage->hub, stage->relay);
}

void stage_start(struct stage *stage, const struct stage_settings *settings)
{
    struct fanout_settings fanout = {.slow_ms = settings->impatient ? 0 : HOUR_MS,
                                     .first = true,
                                     .memory_limit = settings->memory_limit ? settings->memory_limit
                                                                            : SIZE_MAX};

    clock_set_for_test(START_MS);
    *stage = (struct stage){.loop = event_base_new()};
    list_init(&stage->sockets);
    stage->wheel = wheel_new(TICK_MS, clock_now());
    stage->metrics = metrics_new();
    claim(stage->loop && stage->wheel && stage->metrics);
    fanout.loop = stage->loop;
    fanout.wheel = stage->wheel;
    fanout.metrics = stage->metrics;
    stage->fanout = fanout_new(&fanout);
    claim(stage->fanout != NULL);
    open_rooms(stage, settings);
    stage_settle(stage);
}

void stage_stop(struct stage *stage)
{
    LIST_FOR_EACH (node, &stage->sockets)
        stage_hang_up(stage, CONTAINER_OF(node, struct ws, node), 0, "");

    claim(list_empty(&stage->hub->sessions));
    claim(hub_room_count(stage->hub) == 0);
    relay_free(stage->relay);
    hub_free(stage->hub);
    fanout_free(stage->fanout);
    metrics_free(stage->metrics);
    wheel_free(stage->wheel);
    event_base_free(stage->loop);
    claim(burden_bytes() == 0);
    clock_real_for_test();
}

void stage_step(struct stage *stage)
{
    cut_broker_turn(stage->broker);
    (void)event_base_loop(stage->loop, EVLOOP_ONCE | EVLOOP_NONBLOCK);
    (void)wheel_advance(stage->wheel, clock_now());
    stage_turn_sockets(stage);
}

void stage_settle(struct stage *stage)
{
    for (int i = 0; i < TURNS_TO_SETTLE; i++)
        stage_step(stage);
}

void stage_pass(struct stage *stage, uint64_t ms)
{
    for (; ms > STEP_MS; ms -= STEP_MS) {
        clock_advance_for_test(STEP_MS);
        stage_step(stage);
    }
    clock_advance_for_test(ms);
    stage_step(stage);
}

/* ---- what must always hold ---- */

static void check_membership(const struct membership *membership, const struct session *session)
{
    const struct hub_room *room = membership->room;

    claim(membership->session == session);
    claim(hub_find_room(session->hub, span_of(room->id)) == room);
    if (membership->index == NOT_A_MEMBER)
        return;

    claim(membership->index < room->n_members);
    claim(room->members[membership->index].membership == membership);
    claim(room->members[membership->index].session == session);
}

/* How many memberships it has. */
static size_t check_session(const struct session *session)
{
    size_t n = 0;

    claim(session->ws && session->ws->session == session);
    LIST_FOR_EACH (node, &session->memberships) {
        check_membership(CONTAINER_OF(node, struct membership, node), session);
        n++;
    }
    claim(n == session->n_memberships);
    claim(n <= 1 || !session->dialect->one_room);

    return n;
}

/* How many are in it. */
static size_t check_room(const struct hub_room *room)
{
    size_t speakers = 0;

    claim(room->n_memberships > 0 && room->n_members <= room->n_memberships);
    for (size_t i = 0; i < DIALECT_COUNT; i++)
        speakers += room->speakers[i];
    claim(speakers == room->n_memberships);

    return room->n_memberships;
}

void stage_check(const struct stage *stage)
{
    const struct metrics *metrics = stage->metrics;
    size_t sockets = 0, sessions = 0, memberships = 0, in_rooms = 0, cursor = 0;
    int64_t behind = 0;

    LIST_FOR_EACH (node, &stage->sockets)
        sockets++;

    LIST_FOR_EACH (node, &stage->hub->sessions) {
        const struct session *session = CONTAINER_OF(node, struct session, node);

        memberships += check_session(session);
        behind += session->laggard != NULL;
        sessions++;
    }

    for (const struct hub_room *room; (room = hub_next_room(stage->hub, &cursor));)
        in_rooms += check_room(room);

    claim(sockets == sessions);
    claim(memberships == in_rooms);
    claim(behind == metrics_read(&metrics, 1, METRIC_SESSIONS_BEHIND, 0));
}
