#include "relay/broker_memory.h"

#include "base/clock.h"
#include "relay/memory_answer.h"
#include "relay/memory_moderation.h"
#include "relay/memory_queue.h"
#include "relay/memory_recall.h"
#include "relay/memory_room.h"
#include "relay/memory_rooms.h"
#include "relay/publication.h"
#include "schema/message.h"

#include <errno.h>
#include <event2/event.h>
#include <stdbool.h>
#include <stdlib.h>

struct broker_memory {
    struct broker base; /* first, so that the two pointers convert */
    struct event *turn; /* the next turn of the loop */
    struct memory_queue queue;
    struct memory_rooms *rooms;
    struct memory_moderation *moderation;
    struct publication publication; /* the one being checked */
    struct memory_cut cut;          /* the one being shown */
    struct memory_past past;        /* likewise */
};

static struct broker_memory *self_of(struct broker *broker)
{
    return (struct broker_memory *)broker;
}

/* ---- what happens at the turn ---- */

static void start(struct broker_memory *self)
{
    self->base.state = BROKER_UP;
    self->base.why = "in this process";
    self->base.events->on_state(self->base.owner, self->base.state, self->base.why);
}

static void listen_to(struct broker_memory *self, struct span id)
{
    struct memory_room *room = memory_rooms_find(self->rooms, id);

    if (!room || room->listening != LISTENING_SOON)
        return; /* changed its mind meanwhile, or asked twice */

    room->listening = LISTENING_YES;
    self->base.events->on_listening(self->base.owner, room->listener);
}

static void deliver(struct broker_memory *self, const struct memory_room *room, struct span entry)
{
    if (room->listening == LISTENING_YES && entry.size > 0)
        self->base.events->on_entry(self->base.owner, room->listener, entry);
}

static void publish_now(struct broker_memory *self, const struct memory_request *request)
{
    struct publication *publication = &self->publication;
    enum refusal refusal = publication_check(publication, &request->publish);
    struct memory_outcome outcome = {.entry = SPAN_NONE};
    struct memory_room *room = NULL;

    if (refusal == REFUSAL_NONE) {
        room = memory_rooms_use(self->rooms, request->publish.room);
        refusal = room ? memory_room_publish(room, publication, &outcome) : REFUSAL_INTERNAL;
    }

    if (refusal == REFUSAL_NONE)
        deliver(self, room, outcome.entry);

    memory_answer_published(request, refusal, publication->detail, &outcome.published);
}

static void snapshot_now(struct broker_memory *self, const struct memory_request *request)
{
    const struct memory_room *room = memory_rooms_find(self->rooms, request->room);

    if (room)
        memory_room_cut(room, &self->cut);
    else
        self->cut.snapshot =
            (struct broker_snapshot){.chat = self->cut.chat, .shelf = self->cut.shelf};

    memory_answer_snapshot(request, REFUSAL_NONE, &self->cut.snapshot);
}

static void history_now(struct broker_memory *self, const struct memory_request *request)
{
    const struct memory_room *room = memory_rooms_find(self->rooms, request->room);

    if (room)
        memory_room_past(room, request->after, request->limit, &self->past);
    else
        self->past.history =
            (struct broker_history){.entries = self->past.entries, .complete = true};

    memory_answer_history(request, REFUSAL_NONE, &self->past.history);
}

static void census_now(struct broker_memory *self, const struct memory_request *request)
{
    const struct broker_census *census = &request->census;
    struct memory_room *room = memory_rooms_use(self->rooms, census->room);
    enum census_outcome *outcomes = calloc(census->n_items + 1, sizeof *outcomes);
    bool *returning = calloc(census->n_items + 1, sizeof *returning);

    if (!room || !outcomes || !returning ||
        memory_census_apply(&room->census, census, outcomes, clock_now()) != 0) {
        memory_answer_counted(request, REFUSAL_INTERNAL, NULL);
        goto out;
    }

    for (size_t i = 0; i < census->n_items; i++) {
        returning[i] = outcomes[i] == OUTCOME_RETURNING;
        deliver(self, room, memory_room_announce(room, &census->items[i], outcomes[i]));
    }

    memory_answer_counted(request, REFUSAL_NONE,
                          &(struct broker_counted){room->census.online, returning});

out:
    free(outcomes);
    free(returning);
}

static void recall_now(struct broker_memory *self, const struct memory_request *request)
{
    const struct broker_moderate *recall = &request->moderate;
    struct memory_room *room = memory_rooms_find(self->rooms, recall->room);
    struct span entry = SPAN_NONE;
    const char *detail = memory_recall_fault(recall->room, recall->uid);
    enum refusal refusal = detail ? REFUSAL_MALFORMED : REFUSAL_NOT_IN_HISTORY;

    if (!detail && room)
        refusal = memory_recall(room, recall->uid, &entry, &detail);
    if (refusal == REFUSAL_NONE && entry.size > 0)
        deliver(self, room, entry);

    memory_answer_moderated(request, refusal, detail, entry.size > 0);
}

static void moderate_now(struct broker_memory *self, const struct memory_request *request)
{
    const struct broker_moderate *change = &request->moderate;
    struct memory_moderated moderated;
    enum refusal refusal = memory_moderation_change(self->moderation, change, &moderated);
    const struct memory_room *room = memory_rooms_find(self->rooms, change->room);

    if (refusal == REFUSAL_NONE && room)
        deliver(self, room, moderated.entry);

    memory_answer_moderated(request, refusal, moderated.detail, moderated.changed);
}

static void sanctions_now(struct broker_memory *self, const struct memory_request *request)
{
    struct broker_sanctions sanctions;
    enum refusal refusal = memory_moderation_read(self->moderation, request->room, &sanctions);

    memory_answer_sanctions(request, refusal, &sanctions);
}

static void do_now(struct broker_memory *self, const struct memory_request *request)
{
    switch (request->verb) {
    case MEMORY_START:
        start(self);
        return;
    case MEMORY_LISTEN:
        listen_to(self, request->room);
        return;
    case MEMORY_PUBLISH:
        publish_now(self, request);
        return;
    case MEMORY_SNAPSHOT:
        snapshot_now(self, request);
        return;
    case MEMORY_HISTORY:
        history_now(self, request);
        return;
    case MEMORY_CENSUS:
        census_now(self, request);
        return;
    case MEMORY_MODERATE:
        (request->moderate.verb == MODERATE_RECALL ? recall_now : moderate_now)(self, request);
        return;
    case MEMORY_SANCTIONS:
        sanctions_now(self, request);
        return;
    }
}

/* Lets the turn come, after what is ready now: a timer of no time.  That may lack memory;
 * being active now does not. */
static void want_turn(struct broker_memory *self)
{
    static const struct timeval at_once = {0, 0};

    if (!event_pending(self->turn, EV_TIMEOUT, NULL) && event_add(self->turn, &at_once) != 0)
        event_active(self->turn, EV_TIMEOUT, 0);
}

static void on_turn(evutil_socket_t fd, short what, void *arg)
{
    struct broker_memory *self = arg;
    struct memory_request request;

    (void)fd;
    (void)what;
    /* What is asked for meanwhile waits for another turn. */
    for (size_t n = self->queue.count; n > 0 && memory_queue_take(&self->queue, &request); n--) {
        if (request.refusal == REFUSAL_NONE)
            do_now(self, &request);
        else
            memory_answer_refuse(&request, request.refusal);

        memory_request_dispose(&request);
    }

    if (self->queue.count > 0)
        want_turn(self);
}

/* ---- the interface ---- */

static void memory_start(struct broker *broker)
{
    struct broker_memory *self = self_of(broker);

    memory_queue_start(&self->queue);
    want_turn(self);
}

static int memory_listen(struct broker *broker, struct span id, void *listener)
{
    struct broker_memory *self = self_of(broker);
    struct memory_room *room = memory_rooms_use(self->rooms, id);

    if (!room)
        return -ENOMEM;

    if (room->listening == LISTENING_NO) {
        if (memory_queue_listen(&self->queue, id) != 0)
            return -ENOMEM;

        room->listening = LISTENING_SOON;
        want_turn(self);
    }

    room->listener = listener;

    return 0;
}

static void memory_unlisten(struct broker *broker, struct span id)
{
    struct broker_memory *self = self_of(broker);
    struct memory_room *room = memory_rooms_find(self->rooms, id);

    if (room && room->listening != LISTENING_NO) {
        room->listening = LISTENING_NO;
        room->listener = NULL;
        memory_rooms_touch(self->rooms, room);
    }
}

static void memory_publish(struct broker *broker, const struct broker_publish *publish,
                           broker_on_published *done, void *arg)
{
    struct broker_memory *self = self_of(broker);

    memory_queue_publish(&self->queue, publish, done, arg);
    want_turn(self);
}

static void memory_snapshot(struct broker *broker, struct span room, broker_on_snapshot *done,
                            void *arg)
{
    struct broker_memory *self = self_of(broker);

    memory_queue_snapshot(&self->queue, room, done, arg);
    want_turn(self);
}

static void memory_history(struct broker *broker, struct span room, struct position after,
                           size_t limit, broker_on_history *done, void *arg)
{
    struct broker_memory *self = self_of(broker);

    memory_queue_history(&self->queue, room, after, limit, done, arg);
    want_turn(self);
}

static void memory_census(struct broker *broker, const struct broker_census *census,
                          broker_on_counted *done, void *arg)
{
    struct broker_memory *self = self_of(broker);

    memory_queue_census(&self->queue, census, done, arg);
    want_turn(self);
}

static void memory_moderate(struct broker *broker, const struct broker_moderate *moderate,
                            broker_on_moderated *done, void *arg)
{
    struct broker_memory *self = self_of(broker);

    memory_queue_moderate(&self->queue, moderate, done, arg);
    want_turn(self);
}

static void memory_sanctions(struct broker *broker, struct span room, broker_on_sanctions *done,
                             void *arg)
{
    struct broker_memory *self = self_of(broker);

    memory_queue_sanctions(&self->queue, room, done, arg);
    want_turn(self);
}

static void dispose(struct broker_memory *self)
{
    if (self->turn)
        event_free(self->turn);

    memory_queue_dispose(&self->queue);
    memory_rooms_free(self->rooms);
    memory_moderation_free(self->moderation);
    publication_dispose(&self->publication);
    free(self);
}

static void memory_free(struct broker *broker)
{
    struct broker_memory *self = self_of(broker);
    struct memory_request request;

    while (memory_queue_take(&self->queue, &request)) {
        memory_answer_refuse(&request, REFUSAL_UNAVAILABLE);
        memory_request_dispose(&request);
    }

    dispose(self);
}

struct broker *broker_memory_new(const struct broker_memory_settings *settings)
{
    static const struct broker_traits traits = {
        .name = "memory",
        .start = memory_start,
        .free = memory_free,
        .listen = memory_listen,
        .unlisten = memory_unlisten,
        .publish = memory_publish,
        .snapshot = memory_snapshot,
        .history = memory_history,
        .census = memory_census,
        .moderate = memory_moderate,
        .sanctions = memory_sanctions,
    };
    struct broker_memory *self = calloc(1, sizeof *self);

    if (!self)
        return NULL;

    self->base.traits = &traits;
    self->base.state = BROKER_DOWN;
    self->base.why = "not started";
    publication_init(&self->publication);
    self->rooms = memory_rooms_new(settings);
    self->moderation = memory_moderation_new();
    self->turn = evtimer_new(settings->loop, on_turn, self);
    if (!self->rooms || !self->moderation || !self->turn || memory_queue_init(&self->queue) != 0) {
        dispose(self);
        return NULL;
    }

    return &self->base;
}
