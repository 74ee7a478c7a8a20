/* Schedules of loss, repetition, reorder, renewed links, restarts and lost messages, at random but
 * by a seed: whatever happens, a room is told each message once, in order, and all that Redis kept.
 *
 * A failure names its seed; REPAIR_STORM_SEED=n plays that schedule alone. */
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/wheel.h"
#include "relay/relay.h"
#include "relay/snapshot.h"
#include "tests/relay/redis_model.h"
#include "tests/support/unit.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>

enum { SCHEDULES = 10000, STEPS = 120, BEFORE = 20, LAST_WORDS = 3 };

struct storm {
    unsigned long long seed;
    struct redis_model model;
    struct event_base *loop;
    struct wheel *wheel;
    struct metrics *metrics;
    struct relay *relay;
    struct relay_room *room;
    bool up;
    bool may_lose; /* Redis, what it has acknowledged */
    bool skew;     /* clocks of several Redis differ */
    unsigned names;
    unsigned told[MODEL_MAX]; /* names, in order */
    size_t n_told;
    bool was_told[MODEL_MAX];
    bool waits[MODEL_MAX];    /* not acknowledged: its publisher tries again */
    bool repeated[MODEL_MAX]; /* published in a second place */
    unsigned missed;
    unsigned missed_before;     /* the last words */
    struct position goes_on_at; /* after what was missed */
};

#define CLAIM(storm, claim)                                                \
    do {                                                                   \
        if (!(claim))                                                      \
            fail_msg("REPAIR_STORM_SEED=%llu: %s", (storm)->seed, #claim); \
    } while (0)

static void on_message(void *room_owner, const struct relayed *relayed)
{
    struct storm *storm = room_owner;
    unsigned name = (unsigned)strtoul(relayed->entry->id.data + 1, NULL, 10);
    bool twice = storm->was_told[name];

    CLAIM(storm, !twice);
    storm->was_told[name] = true;
    storm->told[storm->n_told++] = name;
}

static void on_snapshot(void *room_owner)
{
    (void)room_owner;
}

static void on_missed(void *room_owner)
{
    struct storm *storm = room_owner;

    storm->missed++;
    storm->goes_on_at = relay_position(storm->room);
}

static const struct relay_events events = {
    .on_message = on_message, .on_snapshot = on_snapshot, .on_missed = on_missed};

/* ---- what happens ---- */

static void pass(struct storm *storm, uint64_t ms)
{
    clock_advance_for_test(ms);
    (void)wheel_advance(storm->wheel, clock_now());
    CLAIM(storm, event_base_loop(storm->loop, EVLOOP_NONBLOCK) != -1);
}

static void publish(struct storm *storm, unsigned name)
{
    redis_model_publish(&storm->model, name, storm->skew);
    storm->waits[name] = redis_model_chance(&storm->model, 20);
}

static void retry(struct storm *storm)
{
    for (unsigned name = 0; name < storm->names; name++) {
        if (!storm->waits[name])
            continue;

        storm->repeated[name] |= redis_model_find(&storm->model, name) < 0;
        publish(storm, name);
        return;
    }
}

static void link_down(struct storm *storm)
{
    struct redis_model *model = &storm->model;

    /* What is on its way is mostly gone; some may still come through the next link. */
    if (!redis_model_chance(model, 20))
        model->n_channel = 0;
    if (!storm->up)
        return;

    storm->up = false;
    scripted_state(model->broker, BROKER_DOWN);
    while (redis_model_refuse(model, REFUSAL_TIMEOUT))
        ;
}

static void link_up(struct storm *storm)
{
    if (!storm->up) {
        storm->up = true;
        scripted_state(storm->model.broker, BROKER_UP);
    }
    scripted_listening(storm->model.broker, ROOM);
}

static void restart(struct storm *storm)
{
    struct redis_model *model = &storm->model;
    size_t lost = 0;

    link_down(storm);
    if (storm->may_lose)
        lost = redis_model_chance(model, 10) ? MODEL_MAX : redis_model_below(model, 6);
    if (model->n_terms < MODEL_TERMS - 1)
        redis_model_restart(model, lost);
}

static void step(struct storm *storm)
{
    struct redis_model *model = &storm->model;
    unsigned n = redis_model_below(model, 100);

    if (n < 25)
        publish(storm, storm->names++);
    else if (n < 30)
        retry(storm);
    else if (n < 60 && storm->up)
        redis_model_deliver(model);
    else if (n < 72)
        (void)redis_model_do(model);
    else if (n < 84)
        (void)redis_model_answer(model);
    else if (n < 86)
        (void)redis_model_refuse(model, REFUSAL_UNAVAILABLE);
    else if (n < 92)
        pass(storm, redis_model_below(model, 1500));
    else if (n < 94)
        link_down(storm);
    else if (n < 98)
        link_up(storm);
    else if (n < 99)
        restart(storm);

    pass(storm, 1);
}

/* ---- its beginning and its end ---- */

static void begin(struct storm *storm, unsigned long long seed)
{
    static const unsigned losses[] = {0, 20, 60};
    struct redis_model *model = &storm->model;

    *storm = (struct storm){.seed = seed, .up = true};
    clock_set_for_test(1000000);
    storm->loop = event_base_new();
    storm->wheel = wheel_new(1, clock_now());
    storm->metrics = metrics_new();
    model->random = seed;
    model->broker = scripted_broker_new();
    model->history = redis_model_chance(model, 20) ? 5 : MODEL_MAX;
    model->chances = (struct redis_model_chances){.loss = losses[redis_model_below(model, 3)],
                                                  .repeat = redis_model_below(model, 2) * 20,
                                                  .reorder = redis_model_below(model, 2) * 30};
    storm->may_lose = redis_model_chance(model, 50);
    storm->skew = storm->may_lose && redis_model_chance(model, 50);
    storm->relay = relay_new(&(struct relay_settings){.loop = storm->loop,
                                                      .wheel = storm->wheel,
                                                      .metrics = storm->metrics,
                                                      .region = "local",
                                                      .worker = "a",
                                                      .tick_ms = 100,
                                                      .big_room = 10},
                             &model->broker->broker, &events);
    scripted_state(model->broker, BROKER_UP);

    for (unsigned i = redis_model_below(model, BEFORE); i > 0; i--) {
        storm->was_told[storm->names] = false;
        redis_model_publish(model, storm->names++, false);
    }
    model->n_channel = 0;
    storm->room = relay_open(storm->relay, span_of(ROOM), storm);
    scripted_listening(model->broker, ROOM);
    CLAIM(storm, redis_model_do(model) && redis_model_answer(model));
}

/* All that is under way comes to its end; and it has one. */
static void settle(struct storm *storm, unsigned seconds)
{
    struct redis_model *model = &storm->model;

    for (unsigned i = 0; i <= 2 * seconds; i++) {
        unsigned answers = 0;

        if (i > 0)
            pass(storm, 500);
        while (model->n_channel > 0)
            redis_model_deliver(model);
        (void)redis_model_answer(model);
        while (redis_model_do(model) && redis_model_answer(model))
            CLAIM(storm, ++answers < 20);
    }
}

/* Everybody is acknowledged, nothing is lost any more but perhaps the very last word. */
static void calm_down(struct storm *storm)
{
    struct redis_model *model = &storm->model;

    model->chances = (struct redis_model_chances){0};
    (void)redis_model_answer(model);
    link_up(storm);
    settle(storm, 5);
    for (unsigned name = 0; name < storm->names; name++) {
        storm->repeated[name] |= storm->waits[name] && redis_model_find(model, name) < 0;
        if (storm->waits[name])
            redis_model_publish(model, name, storm->skew);
    }
    settle(storm, 1);
    storm->missed_before = storm->missed;
    for (unsigned i = 0; i < LAST_WORDS; i++)
        redis_model_publish(model, storm->names++, storm->skew);
    settle(storm, 5);

    if (redis_model_chance(model, 50)) {
        redis_model_publish(model, storm->names++, storm->skew);
        model->n_channel = 0;
        settle(storm, 5);
    }
}

static void check_what_was_told(struct storm *storm, size_t first)
{
    const struct redis_model *model = &storm->model;

    for (unsigned i = 0; i < LAST_WORDS; i++) {
        bool last_words_or_their_loss_are_told =
            storm->was_told[storm->names - 1 - i] || storm->missed > storm->missed_before;

        CLAIM(storm, last_words_or_their_loss_are_told);
    }

    for (size_t i = 0; i < model->n_log; i++) {
        uint64_t term = model->log[i].position.term;
        bool must_be_heard_of = /* a lower term that came and went unheard is not */
            !storm->skew || term == model->log[model->n_log - 1].position.term;
        bool is_gone =
            storm->missed > 0 && /* or Redis went back and forth between */
            (storm->may_lose || position_compare(model->log[i].position, storm->goes_on_at) <= 0);
        bool what_redis_kept_is_told = is_gone || !must_be_heard_of || model->log[i].name < first ||
                                       storm->was_told[model->log[i].name];

        CLAIM(storm, what_redis_kept_is_told);
    }
}

static void check_order(const struct storm *storm)
{
    int place = -1;

    for (size_t i = 0; i < storm->n_told; i++) {
        int found = redis_model_find(&storm->model, storm->told[i]);

        if (found < 0 || storm->repeated[storm->told[i]])
            continue;

        CLAIM(storm, found > place);
        place = found;
    }
}

static void check_what_joiners_are_shown(const struct storm *storm)
{
    const struct redis_model *model = &storm->model;
    const struct snapshot *snapshot = relay_snapshot(storm->room);
    size_t n = snapshot_chat_count(snapshot);
    /* All of it, or (a lower term that came and went unheard) the end of it. */
    size_t shown = storm->skew ? LAST_WORDS : n;

    CLAIM(storm, snapshot_position(snapshot).seq == model->log[model->n_log - 1].position.seq);
    for (size_t i = 1; i <= shown && i <= model->n_log; i++) {
        struct entry entry;
        bool joiners_are_shown_what_redis_has =
            entry_parse(&entry, snapshot_chat(snapshot, n - i)) == 0 &&
            strtoul(entry.id.data + 1, NULL, 10) == model->log[model->n_log - i].name;

        CLAIM(storm, joiners_are_shown_what_redis_has);
    }
}

static void check(struct storm *storm, size_t first)
{
    bool may_miss = storm->may_lose || storm->model.history < MODEL_MAX;

    CLAIM(storm, storm->missed == 0 || may_miss);
    CLAIM(storm, scripted_waiting(storm->model.broker) == 0);
    CLAIM(storm, !relay_degraded(storm->room));
    check_what_was_told(storm, first);
    check_order(storm);
    check_what_joiners_are_shown(storm);
}

static void end(struct storm *storm)
{
    relay_close(storm->room);
    pass(storm, 1);
    relay_free(storm->relay);
    metrics_free(storm->metrics);
    wheel_free(storm->wheel);
    event_base_free(storm->loop);
    clock_real_for_test();
}

static void play(unsigned long long seed)
{
    static struct storm storm;
    size_t first;

    begin(&storm, seed);
    first = storm.names;
    for (int i = 0; i < STEPS; i++)
        step(&storm);
    calm_down(&storm);
    check(&storm, first);
    end(&storm);
}

static void whatever_happens_each_message_is_told_once_and_in_order(void **state)
{
    const char *alone = getenv("REPAIR_STORM_SEED");

    (void)state;
    if (alone) {
        play(strtoull(alone, NULL, 10));
        return;
    }

    log_set_level(LEVEL_ERROR);
    for (unsigned long long seed = 1; seed <= SCHEDULES; seed++)
        play(seed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_happens_each_message_is_told_once_and_in_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
