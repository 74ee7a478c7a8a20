#include "tests/relay/scene.h"

#include "base/bytes.h"
#include "base/clock.h"
#include "base/list.h"
#include "base/metrics.h"
#include "base/wheel.h"
#include "schema/kinds.h"
#include "tests/support/failing_malloc.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- the journal ---- */

static void tell(struct scene *scene, const char *line)
{
    static char text[1 << 16];

    /* What the relay is denied while allocations fail is not denied to its journal. */
    if (!scene->journal.data) {
        scene->journal.data = unfailing_calloc(1, sizeof text);
        scene->journal.capacity = sizeof text;
    }

    (void)buffer_add_text(&scene->journal, line);
    (void)buffer_add_text(&scene->journal, "; ");
    if (scene->on_told)
        scene->on_told(scene);
}

const char *scene_journal(struct scene *scene)
{
    return scene->journal.data ? buffer_text(&scene->journal) : "";
}

static void on_message(void *room_owner, const struct relayed *relayed)
{
    const char *name = kind_traits(relayed->message->kind)->name;
    char line[256];
    int size = snprintf(line, sizeof line, "%s", name);
    char *end = line + size;
    size_t left = sizeof line - (size_t)size;

    switch (relayed->message->kind) {
    case KIND_JOIN:
    case KIND_LEAVE:
        (void)snprintf(end, left, " %llu", (unsigned long long)relayed->online_num);
        break;
    case KIND_LIKE:
        (void)snprintf(end, left, " %llu +%llu", (unsigned long long)relayed->like_num,
                       (unsigned long long)relayed->delta);
        break;
    case KIND_FOLLOW:
        (void)snprintf(end, left, " %llu", (unsigned long long)relayed->subscribe_num);
        break;
    case KIND_CHAT:
    case KIND_BUY:
    case KIND_SHELF:
    case KIND_CUSTOM:
    case KIND_RECALL:
    case KIND_COUNT:
        (void)snprintf(end, left, " %.*s", SPAN_ARGS(relayed->entry->id));
        break;
    }

    if (relayed->sender > 0)
        (void)snprintf(line + strlen(line), sizeof line - strlen(line), " from %llu",
                       (unsigned long long)relayed->sender);
    tell(room_owner, line);
}

static void on_snapshot(void *room_owner)
{
    tell(room_owner, "snapshot");
}

static void on_missed(void *room_owner)
{
    struct scene *scene = room_owner;
    char line[64];

    (void)snprintf(line, sizeof line, "missed at %llu",
                   (unsigned long long)relay_position(scene->room).seq);
    tell(scene, line);
}

static void on_taken(void *room_owner, struct span uid)
{
    struct scene *scene = room_owner;

    (void)snprintf(scene->taken, sizeof scene->taken, "%.*s", SPAN_ARGS(uid));
}

static void on_degraded(void *room_owner, bool degraded)
{
    tell(room_owner, degraded ? "degraded" : "whole");
}

static void on_entered(struct visit *visit, uint64_t online_num)
{
    struct viewer *viewer = CONTAINER_OF(visit, struct viewer, visit);
    char line[128];

    (void)snprintf(line, sizeof line, "entered %s %llu", viewer->name,
                   (unsigned long long)online_num);
    tell(viewer->scene, line);
}

/* ---- setting it up ---- */

static const struct relay_events events = {.on_message = on_message,
                                           .on_snapshot = on_snapshot,
                                           .on_missed = on_missed,
                                           .on_taken = on_taken,
                                           .on_degraded = on_degraded};

int scene_setup(void **state)
{
    struct scene *scene = calloc(1, sizeof *scene);

    clock_set_for_test(1000);
    buffer_init(&scene->journal, 1 << 16);
    scene->loop = event_base_new();
    scene->wheel = wheel_new(1, clock_now());
    scene->metrics = metrics_new();
    scene->broker = scripted_broker_new();
    scene->relay = relay_new(
        &(struct relay_settings){
            .loop = scene->loop,
            .wheel = scene->wheel,
            .metrics = scene->metrics,
            .region = "local",
            .worker = "a",
            .leave_grace_ms = SCENE_GRACE_MS,
            .refresh_ms = SCENE_REFRESH_MS,
            .tick_ms = SCENE_TICK_MS,
            .big_room = SCENE_BIG_ROOM,
        },
        &scene->broker->broker, &events);
    scene->broker->listens = 0; /* from now on: to rooms */
    scripted_state(scene->broker, BROKER_UP);
    *state = scene;

    return 0;
}

int scene_teardown(void **state)
{
    struct scene *scene = *state;

    scene_close(scene);
    relay_free(scene->relay);
    metrics_free(scene->metrics);
    wheel_free(scene->wheel);
    event_base_free(scene->loop);
    buffer_dispose(&scene->journal);
    free(scene);
    clock_real_for_test();

    return 0;
}

int64_t scene_metric(const struct scene *scene, enum metric which, unsigned label)
{
    const struct metrics *metrics = scene->metrics;

    return metrics_read(&metrics, 1, which, label);
}

/* ---- letting it play ---- */

void scene_turn(struct scene *scene)
{
    assert_int_not_equal(event_base_loop(scene->loop, EVLOOP_NONBLOCK), -1);
}

void scene_pass(struct scene *scene, uint64_t ms)
{
    for (uint64_t i = 0; i < ms; i += 10) {
        clock_advance_for_test(i + 10 <= ms ? 10 : ms - i);
        (void)wheel_advance(scene->wheel, clock_now());
        scene_turn(scene);
    }
}

void scene_open(struct scene *scene)
{
    scene->room = relay_open(scene->relay, span_of(ROOM), scene);
    assert_non_null(scene->room);
    scripted_listening(scene->broker, ROOM);
    scene_turn(scene);
}

void scene_open_at(struct scene *scene, uint64_t term, uint64_t seq)
{
    scene_open(scene);
    scene_answer_snapshot(scene, &(struct broker_snapshot){.position = {term, seq}});
    ASSERT_TOLD(scene, "snapshot; ");
}

void scene_open_empty(struct scene *scene)
{
    scene_open_at(scene, 0, 0);
}

void scene_close(struct scene *scene)
{
    if (scene->room)
        relay_close(scene->room);

    scene->room = NULL;
    scene_turn(scene);
}

void scene_arrive(struct scene *scene, const char *entry)
{
    scripted_entry(scene->broker, ROOM, entry);
}

void scene_answer_snapshot(struct scene *scene, const struct broker_snapshot *snapshot)
{
    struct scripted_request *request = scripted_oldest(scene->broker, SCRIPTED_SNAPSHOT);

    assert_non_null(request);
    scripted_snapshot(scene->broker, request, snapshot);
    scene_turn(scene);
}

void scene_answer_history(struct scene *scene, struct position position, bool complete,
                          const char *const *entries)
{
    struct scripted_request *request = scripted_oldest(scene->broker, SCRIPTED_HISTORY);
    struct span spans[BROKER_HISTORY_MAX];
    struct broker_history history = {
        .position = position, .entries = spans, .complete = complete, .likes = scene->likes};

    assert_non_null(request);
    for (; entries && entries[history.n_entries]; history.n_entries++)
        spans[history.n_entries] = span_of(entries[history.n_entries]);

    scripted_history(scene->broker, request, &history);
    scene_turn(scene);
}

uint64_t scene_asked_after(const struct scene *scene)
{
    const struct scripted_request *request = scripted_oldest(scene->broker, SCRIPTED_HISTORY);

    return request ? request->after.seq : 0;
}

void scene_answer_census(struct scene *scene, uint64_t online)
{
    struct scripted_request *request = scripted_oldest(scene->broker, SCRIPTED_CENSUS);

    assert_non_null(request);
    scripted_counted(scene->broker, request, online, NULL);
    scene_turn(scene);
}

const char *scene_census(struct scene *scene)
{
    static const char *const verbs[] = {[CENSUS_ENTER] = "enter",
                                        [CENSUS_LEAVE] = "leave",
                                        [CENSUS_LOST] = "lost",
                                        [CENSUS_EXPIRE] = "expire"};
    static char text[8192];
    const struct scripted_request *request = scripted_oldest(scene->broker, SCRIPTED_CENSUS);
    size_t size = 0;

    if (!request)
        return "none";

    size += (size_t)snprintf(text, sizeof text, "%llu:", (unsigned long long)request->count);
    for (size_t i = 0; i < request->n_items; i++) {
        const struct scripted_item *item = &request->items[i];

        size += (size_t)snprintf(text + size, sizeof text - size, " %s%s%s%s%s", verbs[item->verb],
                                 item->uid[0] ? " " : "", item->uid,
                                 item->announcement[0] ? " aloud" : "",
                                 i + 1 < request->n_items ? "," : "");
    }

    return text;
}

/* ---- viewers ---- */

int viewer_try_enter(struct viewer *viewer, struct scene *scene, const char *uid, uint64_t session)
{
    static const char join[] = "{\"msg_type\":\"join\"}";
    struct visitor visitor = {.uid = span_of(uid), .session = session};
    int rc;

    *viewer = (struct viewer){.scene = scene, .name = uid[0] ? uid : "somebody"};
    viewer->visit.on_entered = on_entered;

    visitor.join = bytes_copy(join, sizeof join - 1);
    if (!visitor.join)
        return -ENOMEM;

    rc = visit_enter(&viewer->visit, scene->room, &visitor);
    bytes_release(visitor.join);

    return rc;
}

void viewer_enter(struct viewer *viewer, struct scene *scene, const char *uid)
{
    static uint64_t session;

    assert_int_equal(viewer_try_enter(viewer, scene, uid, ++session), 0);
    scene_turn(scene);
}
