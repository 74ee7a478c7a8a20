#include "tests/relay/storm.h"

#include "base/bytes.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "base/wheel.h"
#include "tests/support/unit.h"

#include <event2/event.h>
#include <string.h>

#define ROOM "room"
#define JOIN "{\"msg_type\":\"join\"}"

enum { TICK_MS = 50 };

unsigned storm_below(struct storm *storm, unsigned n)
{
    storm->random = storm->random * 1664525 + 1013904223;

    return (storm->random >> 8) % n;
}

static void on_message(void *room_owner, const struct relayed *relayed)
{
    (void)room_owner;
    (void)relayed;
}

static void on_snapshot(void *room_owner)
{
    (void)room_owner;
}

static void on_entered(struct visit *visit, uint64_t online_num)
{
    CONTAINER_OF(visit, struct wanderer, visit)->online = online_num;
}

void storm_turn(struct storm *storm)
{
    assert_int_not_equal(event_base_loop(storm->loop, EVLOOP_NONBLOCK), -1);
}

void storm_pass(struct storm *storm, uint64_t ms)
{
    clock_advance_for_test(ms);
    (void)wheel_advance(storm->wheel, clock_now());
    storm_turn(storm);
}

void storm_settle(struct storm *storm)
{
    bool any = true;

    while (any) {
        any = false;
        for (int i = 0; i < MODEL_WORKERS; i++) {
            any |= model_do_request(&storm->model, i);
            any |= model_answer(&storm->model, i);
            any |= model_deliver(&storm->model, i);
        }
        storm_turn(storm);
    }
}

static void restore(struct storm *storm, int worker)
{
    if (!storm->down[worker])
        return;

    storm->down[worker] = false;
    scripted_state(storm->model.workers[worker].broker, BROKER_UP);
    scripted_listening(storm->model.workers[worker].broker, ROOM);
}

void storm_begin(struct storm *storm, uint32_t seed)
{
    static const struct relay_events events = {.on_message = on_message,
                                               .on_snapshot = on_snapshot};

    memset(storm, 0, sizeof *storm);
    clock_set_for_test(1000);
    storm->random = seed;
    storm->loop = event_base_new();
    storm->wheel = wheel_new(1, clock_now());
    storm->metrics = metrics_new();
    storm->join = bytes_copy(JOIN, sizeof JOIN - 1);
    model_init(&storm->model, ROOM, STORM_GRACE_MS);

    for (int i = 0; i < MODEL_WORKERS; i++) {
        const struct relay_settings settings = {.loop = storm->loop,
                                                .wheel = storm->wheel,
                                                .metrics = storm->metrics,
                                                .region = "local",
                                                .worker = i == 0 ? "a" : "b",
                                                .leave_grace_ms = STORM_GRACE_MS,
                                                .tick_ms = TICK_MS,
                                                .big_room = 1000};

        storm->model.workers[i].broker = scripted_broker_new();
        storm->relays[i] = relay_new(&settings, &storm->model.workers[i].broker->broker, &events);
        storm->rooms[i] = relay_open(storm->relays[i], span_of(ROOM), storm);
        storm->down[i] = true;
        restore(storm, i);
    }

    storm_settle(storm);
}

void storm_end(struct storm *storm)
{
    for (int i = 0; i < MODEL_WORKERS; i++) {
        relay_close(storm->rooms[i]);
        relay_free(storm->relays[i]);
    }

    model_dispose(&storm->model);
    bytes_release(storm->join);
    metrics_free(storm->metrics);
    wheel_free(storm->wheel);
    event_base_free(storm->loop);
    clock_real_for_test();
}

/* ---- what viewers do ---- */

void storm_enter(struct storm *storm, int uid, int worker)
{
    const struct visitor visitor = {span_of(model_uid(uid)), ++storm->sessions, storm->join};

    for (int i = 0; i < STORM_SOCKETS; i++) {
        struct wanderer *socket = &storm->sockets[uid][i];

        if (socket->visit.room)
            continue;

        *socket = (struct wanderer){.visit = {.on_entered = on_entered}};
        assert_int_equal(visit_enter(&socket->visit, storm->rooms[worker], &visitor), 0);
        return;
    }
}

void storm_lose(struct storm *storm, int uid, const struct wanderer *but)
{
    for (int i = 0; i < STORM_SOCKETS; i++) {
        if (&storm->sockets[uid][i] != but)
            visit_leave(&storm->sockets[uid][i].visit, LEAVING_LOST);
    }
}

struct wanderer *storm_some_socket(struct storm *storm, int uid)
{
    return &storm->sockets[uid][storm_below(storm, STORM_SOCKETS)];
}

bool storm_is_here(const struct storm *storm, int uid)
{
    for (int i = 0; i < STORM_SOCKETS; i++) {
        if (storm->sockets[uid][i].visit.room)
            return true;
    }

    return false;
}

void storm_wander(struct storm *storm)
{
    int uid = (int)storm_below(storm, MODEL_UIDS);
    int worker = (int)storm_below(storm, MODEL_WORKERS);

    switch (storm_below(storm, 6)) {
    case 0:
    case 1:
        storm_enter(storm, uid, worker);
        break;
    case 2:
    case 3:
        visit_leave(&storm_some_socket(storm, uid)->visit, LEAVING_LOST);
        break;
    case 4:
        visit_leave(&storm_some_socket(storm, uid)->visit, LEAVING_CLEANLY);
        break;
    default:
        storm_lose(storm, uid, NULL);
    }
}

void storm_move_something(struct storm *storm)
{
    int worker = (int)storm_below(storm, MODEL_WORKERS);

    if (storm->down[worker])
        return;

    switch (storm_below(storm, 3)) {
    case 0:
        (void)model_do_request(&storm->model, worker);
        break;
    case 1:
        (void)model_answer(&storm->model, worker);
        break;
    default:
        (void)model_deliver(&storm->model, worker);
    }
}

void storm_break_or_mend(struct storm *storm)
{
    int worker = (int)storm_below(storm, MODEL_WORKERS);

    if (storm->down[worker]) {
        restore(storm, worker);
    } else {
        storm->down[worker] = true;
        model_cut(&storm->model, worker);
    }
}

void storm_calm(struct storm *storm)
{
    for (int i = 0; i < MODEL_WORKERS; i++)
        restore(storm, i);

    for (int i = 0; i < 12; i++) {
        storm_settle(storm);
        storm_pass(storm, STORM_GRACE_MS);
    }

    storm_settle(storm);
}

uint64_t storm_viewers(const struct storm *storm)
{
    uint64_t n = 0;

    for (int uid = 0; uid < MODEL_UIDS; uid++)
        n += storm_is_here(storm, uid);

    return n;
}

void storm_newcomer_is_told(struct storm *storm)
{
    struct wanderer newcomer = {.visit = {.on_entered = on_entered}};
    const struct visitor visitor = {.uid = span_of(model_uid(0)), .session = ++storm->sessions};
    uint64_t online;

    storm_lose(storm, 0, NULL);
    storm_calm(storm);
    online = storm_viewers(storm);
    assert_int_equal(visit_enter(&newcomer.visit, storm->rooms[0], &visitor), 0);
    storm_turn(storm);
    storm_settle(storm);

    assert_int_equal(newcomer.online, online + 1);
    visit_leave(&newcomer.visit, LEAVING_CLEANLY);
    storm_settle(storm);
}
