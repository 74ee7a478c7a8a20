#include "relay/relay.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/table.h"
#include "relay/arrival.h"
#include "relay/origin.h"
#include "relay/relay_room.h"

#include <event2/event.h>
#include <stdlib.h>

/* What is in force everywhere is read again about so often. */
#define RECHECK_MS 30000

/* ---- what the broker tells ---- */

/* Who listens is a room that is open, or the relay itself, to what is in force everywhere. */
static void on_entry(void *owner, void *listener, struct span bytes)
{
    struct relay *relay = owner;

    if (listener == relay)
        (void)moderation_take(&relay->everywhere, bytes);
    else
        relay_room_on_entry(listener, bytes);
}

static void on_listening(void *owner, void *listener)
{
    struct relay *relay = owner;

    if (listener == relay)
        moderation_read(&relay->everywhere);
    else
        relay_room_on_listening(listener);
}

static void on_state(void *owner, enum broker_state state, const char *why)
{
    struct relay *relay = owner;
    struct relay_room *room;
    size_t cursor = 0;

    (void)why;
    metrics_set(relay->settings.metrics, METRIC_BROKER_UP, 0, state == BROKER_UP);
    while ((room = table_next(relay->rooms, &cursor, NULL)))
        relay_room_on_broker(room, state);

    if (state == BROKER_UP && !relay->everywhere.known)
        moderation_read(&relay->everywhere); /* who comes waits for it */

    if (state == BROKER_UP)
        outage_end(&relay->outage);
    else
        outage_begin(&relay->outage);
}

static const struct broker_events broker_events = {
    .on_entry = on_entry, .on_listening = on_listening, .on_state = on_state};

static void on_outage(struct outage *outage)
{
    struct relay *relay = CONTAINER_OF(outage, struct relay, outage);
    struct relay_room *room;
    size_t cursor = 0;

    while ((room = table_next(relay->rooms, &cursor, NULL)))
        relay_room_on_outage(room);
}

/* ---- what the rooms tell ---- */

static void on_census_change(struct census *census)
{
    relay_room_wake(CONTAINER_OF(census, struct relay_room, census));
}

static void on_census_taken(struct census *census, struct span uid)
{
    struct relay_room *room = CONTAINER_OF(census, struct relay_room, census);

    if (room->owner && room->relay->events->on_taken)
        room->relay->events->on_taken(room->owner, uid);
}

static void on_census_refused(struct census *census, const struct broker_status *status)
{
    LOG_LIMITED(WARN, 10, 60000, "the broker refuses a census, trying without announcements",
                LOG_SPAN("room", census->room),
                LOG_TEXT("code", refusal_traits(status->refusal)->code),
                LOG_TEXT("detail", status->detail ? status->detail : ""));
}

static void on_soon(evutil_socket_t fd, short what, void *arg)
{
    struct relay *relay = arg;
    struct list woken;
    struct list_node *node;

    (void)fd;
    (void)what;
    list_init(&woken);
    list_move_all(&woken, &relay->woken); /* who is woken by this gets the next turn */
    while ((node = list_pop(&woken)))
        relay_room_attend(CONTAINER_OF(node, struct relay_room, woken));
}

/* ---- life ---- */

static void dispose(struct relay *relay)
{
    struct relay_room *room;
    size_t cursor = 0;

    relay->ending = true;
    outage_end(&relay->outage);
    broker_free(relay->broker); /* answers what is still under way */
    while (relay->rooms && (room = table_next(relay->rooms, &cursor, NULL)))
        relay_room_free(room);

    table_free(relay->rooms);
    moderation_dispose(&relay->everywhere);
    origin_free(relay->origin);
    buffer_dispose(&relay->scratch);
    buffer_dispose(&relay->announcement);
    if (relay->soon)
        event_free(relay->soon);
    free(relay);
}

struct relay *relay_new(const struct relay_settings *settings, struct broker *broker,
                        const struct relay_events *events)
{
    struct relay *relay = calloc(1, sizeof *relay);

    if (!relay) {
        broker_free(broker);
        return NULL;
    }

    relay->settings = *settings;
    relay->broker = broker;
    relay->events = events;
    list_init(&relay->woken);
    outage_init(&relay->outage, settings->wheel, on_outage);
    moderation_init(&relay->everywhere, broker, settings->wheel, &everywhere_moderation_events,
                    span_of(BROKER_EVERYWHERE));
    relay->everywhere.recheck_ms = RECHECK_MS;
    buffer_init(&relay->scratch, ARRIVAL_SCRATCH_MAX);
    buffer_init(&relay->announcement, MESSAGE_MAX_ANNOUNCEMENT);
    relay->rooms = table_new();
    relay->origin = origin_new(settings->region, settings->worker);
    relay->soon = event_new(settings->loop, -1, 0, on_soon, relay);
    if (!relay->rooms || !relay->origin || !relay->soon) {
        dispose(relay);
        return NULL;
    }

    relay->census = (struct census_settings){
        .broker = broker,
        .wheel = settings->wheel,
        .origin = relay->origin,
        .leave_grace_ms = settings->leave_grace_ms,
        .refresh_ms = settings->refresh_ms,
        .tick_ms = settings->tick_ms,
        .big_room = settings->big_room,
        .announcement = &relay->announcement,
        .on_change = on_census_change,
        .on_taken = on_census_taken,
        .on_refused = on_census_refused,
    };
    metrics_set(settings->metrics, METRIC_BROKER_UP, 0, broker->state == BROKER_UP);
    broker_start(broker, &broker_events, relay);
    if (broker_listen(broker, span_of(BROKER_EVERYWHERE), relay) != 0) {
        dispose(relay);
        return NULL;
    }

    return relay;
}

void relay_free(struct relay *relay)
{
    if (relay)
        dispose(relay);
}

enum broker_state relay_state(const struct relay *relay, const char **why)
{
    *why = relay->broker->why;

    return relay->broker->state;
}

void relay_change_limits(struct relay *relay, const struct relay_limits *limits)
{
    size_t cursor = 0;

    relay->settings.tick_ms = limits->tick_ms;
    relay->census.tick_ms = limits->tick_ms;
    for (struct relay_room *room; (room = table_next(relay->rooms, &cursor, NULL));)
        likes_change_tick(&room->likes, limits->tick_ms);

    relay->census.leave_grace_ms = limits->leave_grace_ms;
    relay->census.big_room = limits->big_room;
}

/* ---- rooms ---- */

static struct relay_room *add_room(struct relay *relay, struct span id)
{
    struct relay_room *room = relay_room_new(relay, id);

    if (!room)
        return NULL;

    if (table_put(relay->rooms, id, room) != 0) {
        relay_room_free(room);
        return NULL;
    }

    return room;
}

struct relay_room *relay_open(struct relay *relay, struct span room, void *room_owner)
{
    struct relay_room *opened = table_get(relay->rooms, room);

    if (!opened)
        opened = add_room(relay, room);
    if (!opened)
        return NULL;

    if (relay_room_open(opened, room_owner) != 0) {
        relay_room_wake(opened); /* it may have nothing to live for */
        return NULL;
    }

    return opened;
}

void relay_close(struct relay_room *room)
{
    relay_room_close(room);
}

const struct snapshot *relay_snapshot(const struct relay_room *room)
{
    return room->snapshot;
}

struct position relay_position(const struct relay_room *room)
{
    return room->position;
}

bool relay_degraded(const struct relay_room *room)
{
    return room->degraded;
}

uint64_t relay_online(const struct relay_room *room)
{
    return census_online(&room->census);
}

/* ---- publishing ---- */

/* A publish under way, and when it began. */
struct timed {
    struct metrics *metrics;
    uint64_t began_us;
    broker_on_published *done;
    void *arg;
};

static void on_published(void *arg, const struct broker_status *status,
                         const struct broker_published *published)
{
    struct timed timed = *(struct timed *)arg;

    free(arg);
    metrics_observe(timed.metrics, METRIC_PUBLISH_SECONDS, 0, clock_now_us() - timed.began_us);
    timed.done(timed.arg, status, published);
}

void relay_publish(struct relay *relay, const struct relay_publish *publish,
                   broker_on_published *done, void *arg)
{
    struct timed *timed = malloc(sizeof *timed);
    struct broker_publish request = {
        .room = publish->room,
        .message = publish->message,
        .id = publish->id,
        .origin =
            publish->session > 0 ? origin_text(relay->origin, 0, publish->session) : SPAN_NONE,
        .uid = publish->uid,
        .flags = publish->flags,
    };

    if (!timed) { /* then nobody knows how long it took */
        broker_publish(relay->broker, &request, done, arg);
        return;
    }

    *timed = (struct timed){relay->settings.metrics, clock_now_us(), done, arg};
    broker_publish(relay->broker, &request, on_published, timed);
}

void relay_read(struct relay *relay, struct span room, broker_on_snapshot *done, void *arg)
{
    broker_snapshot(relay->broker, room, done, arg);
}

void relay_read_history(struct relay *relay, struct span room, struct position after, size_t limit,
                        broker_on_history *done, void *arg)
{
    broker_history(relay->broker, room, after, limit, done, arg);
}
