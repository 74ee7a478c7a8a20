/* Viewers wander at random between two workers whose messages take their time, some seeds with
 * links that break.  In the end the count is right, whatever happened. */
#include "base/bytes.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "base/wheel.h"
#include "relay/relay.h"
#include "relay/visit.h"
#include "tests/relay/census_model.h"
#include "tests/support/unit.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>

#define ROOM "room"
#define JOIN "{\"msg_type\":\"join\"}"

enum { GRACE_MS = 1000, TICK_MS = 50, STEPS = 300, SEEDS = 400, SOCKETS = 4 };

struct wanderer {
    struct visit visit; /* in no room: a free place */
    uint64_t online;    /* as it was answered */
};

struct storm {
    struct model model;
    struct event_base *loop;
    struct wheel *wheel;
    struct metrics *metrics;
    struct relay *relays[MODEL_WORKERS];
    struct relay_room *rooms[MODEL_WORKERS];
    bool down[MODEL_WORKERS];
    struct wanderer sockets[MODEL_UIDS][SOCKETS];
    struct bytes *join; /* what all say of themselves */
    uint64_t sessions;
    uint32_t random;
};

static unsigned below(struct storm *storm, unsigned n)
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

static void turn(struct storm *storm)
{
    assert_int_not_equal(event_base_loop(storm->loop, EVLOOP_NONBLOCK), -1);
}

static void pass(struct storm *storm, uint64_t ms)
{
    clock_advance_for_test(ms);
    (void)wheel_advance(storm->wheel, clock_now());
    turn(storm);
}

/* All that can be done and delivered is. */
static void settle(struct storm *storm)
{
    bool any = true;

    while (any) {
        any = false;
        for (int i = 0; i < MODEL_WORKERS; i++) {
            any |= model_do_request(&storm->model, i);
            any |= model_answer(&storm->model, i);
            any |= model_deliver(&storm->model, i);
        }
        turn(storm);
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

static void set_up(struct storm *storm, uint32_t seed)
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
    model_init(&storm->model, ROOM, GRACE_MS);

    for (int i = 0; i < MODEL_WORKERS; i++) {
        const struct relay_settings settings = {.loop = storm->loop,
                                                .wheel = storm->wheel,
                                                .metrics = storm->metrics,
                                                .region = "local",
                                                .worker = i == 0 ? "a" : "b",
                                                .leave_grace_ms = GRACE_MS,
                                                .tick_ms = TICK_MS,
                                                .big_room = 1000};

        storm->model.workers[i].broker = scripted_broker_new();
        storm->relays[i] = relay_new(&settings, &storm->model.workers[i].broker->broker, &events);
        storm->rooms[i] = relay_open(storm->relays[i], span_of(ROOM), storm);
        storm->down[i] = true;
        restore(storm, i);
    }

    settle(storm);
}

static void tear_down(struct storm *storm)
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

static void enter(struct storm *storm, int uid, int worker)
{
    const struct visitor visitor = {span_of(model_uid(uid)), ++storm->sessions, storm->join};

    for (int i = 0; i < SOCKETS; i++) {
        struct wanderer *socket = &storm->sockets[uid][i];

        if (socket->visit.room)
            continue;

        *socket = (struct wanderer){.visit = {.on_entered = on_entered}};
        assert_int_equal(visit_enter(&socket->visit, storm->rooms[worker], &visitor), 0);
        return;
    }
}

static void lose_all(struct storm *storm, int uid, const struct wanderer *but)
{
    for (int i = 0; i < SOCKETS; i++) {
        if (&storm->sockets[uid][i] != but)
            visit_leave(&storm->sockets[uid][i].visit, LEAVING_LOST);
    }
}

static struct wanderer *some_socket(struct storm *storm, int uid)
{
    return &storm->sockets[uid][below(storm, SOCKETS)];
}

static bool is_here(const struct storm *storm, int uid)
{
    for (int i = 0; i < SOCKETS; i++) {
        if (storm->sockets[uid][i].visit.room)
            return true;
    }

    return false;
}

/* A phone moves on: the new socket comes before the old one is seen to be dead, or after. */
static void wander(struct storm *storm)
{
    int uid = (int)below(storm, MODEL_UIDS);
    int worker = (int)below(storm, MODEL_WORKERS);

    switch (below(storm, 6)) {
    case 0:
    case 1:
        enter(storm, uid, worker);
        break;
    case 2:
    case 3:
        visit_leave(&some_socket(storm, uid)->visit, LEAVING_LOST);
        break;
    case 4:
        visit_leave(&some_socket(storm, uid)->visit, LEAVING_CLEANLY);
        break;
    default:
        lose_all(storm, uid, NULL);
    }
}

static void move_something(struct storm *storm)
{
    int worker = (int)below(storm, MODEL_WORKERS);

    if (storm->down[worker])
        return;

    switch (below(storm, 3)) {
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

static void break_or_mend(struct storm *storm)
{
    int worker = (int)below(storm, MODEL_WORKERS);

    if (storm->down[worker]) {
        restore(storm, worker);
    } else {
        storm->down[worker] = true;
        model_cut(&storm->model, worker);
    }
}

/* Everything is mended and told, and whoever is lost has been given up. */
static void calm(struct storm *storm)
{
    for (int i = 0; i < MODEL_WORKERS; i++)
        restore(storm, i);

    for (int i = 0; i < 12; i++) {
        settle(storm);
        pass(storm, GRACE_MS);
    }

    settle(storm);
}

static uint64_t viewers_here(const struct storm *storm)
{
    uint64_t n = 0;

    for (int uid = 0; uid < MODEL_UIDS; uid++)
        n += is_here(storm, uid);

    return n;
}

/* One more comes and is told how many there are. */
static void assert_newcomer_is_told(struct storm *storm, uint64_t online)
{
    struct wanderer newcomer = {.visit = {.on_entered = on_entered}};
    const struct visitor visitor = {.uid = span_of(model_uid(0)), .session = ++storm->sessions};

    lose_all(storm, 0, NULL);
    calm(storm);
    online = viewers_here(storm);
    assert_int_equal(visit_enter(&newcomer.visit, storm->rooms[0], &visitor), 0);
    turn(storm);
    settle(storm);

    assert_int_equal(newcomer.online, online + 1);
    visit_leave(&newcomer.visit, LEAVING_CLEANLY);
    settle(storm);
}

/* ---- the claims ---- */

static void a_patient_wanderer_is_announced_and_counted_exactly(void **state)
{
    static struct storm storm;

    for (uint32_t seed = 1; seed <= SEEDS; seed++) {
        set_up(&storm, seed);

        /* A step in its own time: the one before is known to all, but for the grace. */
        for (int i = 0; i < STEPS / 3; i++) {
            int uid = (int)below(&storm, MODEL_UIDS);
            int worker = (int)below(&storm, MODEL_WORKERS);

            if (below(&storm, 2)) {
                struct wanderer *old = some_socket(&storm, uid);

                lose_all(&storm, uid, old->visit.room ? old : NULL);
                settle(&storm);
                enter(&storm, uid, worker);
                settle(&storm);
                visit_leave(&old->visit, LEAVING_LOST);
            } else {
                lose_all(&storm, uid, NULL);
            }
            settle(&storm);
            pass(&storm, below(&storm, GRACE_MS));
            settle(&storm);
        }

        calm(&storm);
        assert_int_equal(model_online(&storm.model), viewers_here(&storm));
        assert_false(storm.model.doubled);
        for (int uid = 0; uid < MODEL_UIDS; uid++)
            assert_int_equal(storm.model.announced[uid], is_here(&storm, uid));
        assert_newcomer_is_told(&storm, model_online(&storm.model));
        tear_down(&storm);
    }

    (void)state;
}

static void haste_does_not_spoil_the_count(void **state)
{
    static struct storm storm;

    for (uint32_t seed = 1; seed <= SEEDS; seed++) {
        set_up(&storm, seed);

        for (int i = 0; i < STEPS; i++) {
            if (below(&storm, 3) == 0)
                wander(&storm);
            else
                move_something(&storm);
            if (below(&storm, 10) == 0)
                pass(&storm, below(&storm, GRACE_MS / 2));
            turn(&storm);
        }

        calm(&storm);
        assert_int_equal(model_online(&storm.model), viewers_here(&storm));
        assert_newcomer_is_told(&storm, model_online(&storm.model));
        tear_down(&storm);
    }

    (void)state;
}

static void links_that_break_spoil_the_count_only_while_dead_sockets_linger(void **state)
{
    static struct storm storm;

    for (uint32_t seed = 1; seed <= SEEDS; seed++) {
        set_up(&storm, seed);

        for (int i = 0; i < STEPS; i++) {
            if (below(&storm, 3) == 0)
                wander(&storm);
            else
                move_something(&storm);
            if (below(&storm, 10) == 0)
                pass(&storm, below(&storm, GRACE_MS / 2));
            if (below(&storm, 20) == 0)
                break_or_mend(&storm);
            turn(&storm);
        }

        /* In the end nobody has sockets but those who come anew. */
        for (int uid = 0; uid < MODEL_UIDS; uid++)
            lose_all(&storm, uid, NULL);
        calm(&storm);
        assert_int_equal(model_online(&storm.model), 0);
        for (int uid = 0; uid < MODEL_UIDS; uid += 2)
            enter(&storm, uid, uid % MODEL_WORKERS);
        calm(&storm);
        assert_int_equal(model_online(&storm.model), viewers_here(&storm));
        assert_newcomer_is_told(&storm, model_online(&storm.model));

        tear_down(&storm);
    }

    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_patient_wanderer_is_announced_and_counted_exactly),
        cmocka_unit_test(haste_does_not_spoil_the_count),
        cmocka_unit_test(links_that_break_spoil_the_count_only_while_dead_sockets_linger),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
