#include "tests/fuzz/cut_broker.h"

#include "relay/broker_memory.h"
#include "schema/room.h"
#include "tests/fuzz/claim.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_ROOMS = 16, MAX_REFUSED = 4096, MAX_ITEMS = 256 };

struct refused {
    broker_on_published *published; /* one of these */
    broker_on_snapshot *snapshot;
    broker_on_history *history;
    broker_on_counted *counted;
    broker_on_moderated *moderated;
    broker_on_sanctions *sanctions;
    void *arg;
};

struct place {
    char room[ROOM_ID_MAX + 1]; /* "": free */
    void *listener;
};

struct cut_broker {
    struct broker base; /* first, so that the two pointers convert */
    struct broker *inner;
    bool cut;
    bool deaf;
    struct place places[MAX_ROOMS]; /* what is listened to */
    struct refused refused[MAX_REFUSED];
    size_t n_refused;
};

static struct cut_broker *self_of(struct broker *broker)
{
    return (struct cut_broker *)broker;
}

static bool refuses(const struct cut_broker *self)
{
    return self->cut && !self->deaf;
}

static void refuse_later(struct cut_broker *self, const struct refused *refused)
{
    claim(self->n_refused < MAX_REFUSED);
    self->refused[self->n_refused++] = *refused;
}

static void refuse_now(const struct refused *refused)
{
    static const struct broker_status status = {.refusal = REFUSAL_UNAVAILABLE};
    static const struct broker_published published = {SPAN_NONE, {0, 0}};
    static const struct broker_snapshot snapshot = {0};
    static const struct broker_history history = {0};
    static const bool returning[MAX_ITEMS] = {false};
    static const struct broker_counted counted = {0, returning};
    static const struct broker_sanctions sanctions = {0};

    if (refused->published)
        refused->published(refused->arg, &status, &published);
    else if (refused->snapshot)
        refused->snapshot(refused->arg, &status, &snapshot);
    else if (refused->history)
        refused->history(refused->arg, &status, &history);
    else if (refused->moderated)
        refused->moderated(refused->arg, &status, false);
    else if (refused->sanctions)
        refused->sanctions(refused->arg, &status, &sanctions);
    else
        refused->counted(refused->arg, &status, &counted);
}

void cut_broker_turn(struct broker *broker)
{
    struct cut_broker *self = self_of(broker);
    static struct refused now[MAX_REFUSED];
    size_t n = self->n_refused;

    memcpy(now, self->refused, n * sizeof now[0]);
    self->n_refused = 0;
    for (size_t i = 0; i < n; i++)
        refuse_now(&now[i]);
}

/* ---- what the inner one says ---- */

static void on_entry(void *owner, void *listener, struct span bytes)
{
    struct cut_broker *self = owner;

    if (!self->cut)
        self->base.events->on_entry(self->base.owner, listener, bytes);
}

static void on_listening(void *owner, void *listener)
{
    struct cut_broker *self = owner;

    if (!self->cut)
        self->base.events->on_listening(self->base.owner, listener);
}

static void say_state(struct cut_broker *self, enum broker_state state)
{
    self->base.state = state;
    self->base.why = state == BROKER_UP ? "whole" : "cut";
    self->base.events->on_state(self->base.owner, state, self->base.why);
}

static void on_state(void *owner, enum broker_state state, const char *why)
{
    struct cut_broker *self = owner;

    (void)why;
    if (!self->cut)
        say_state(self, state);
}

void cut_broker_cut(struct broker *broker, bool deaf)
{
    struct cut_broker *self = self_of(broker);

    if (self->cut)
        return;

    self->cut = true;
    self->deaf = deaf;
    say_state(self, BROKER_DOWN);
}

void cut_broker_mend(struct broker *broker)
{
    struct cut_broker *self = self_of(broker);

    if (!self->cut)
        return;

    self->cut = false;
    say_state(self, BROKER_UP);
    for (size_t i = 0; i < MAX_ROOMS; i++) {
        if (self->places[i].room[0] != '\0')
            self->base.events->on_listening(self->base.owner, self->places[i].listener);
    }
}

static struct place *find_place(struct cut_broker *self, struct span room)
{
    for (size_t i = 0; i < MAX_ROOMS; i++) {
        if (span_is(room, self->places[i].room))
            return &self->places[i];
    }

    return NULL;
}

void cut_broker_bring(struct broker *broker, struct span room, struct span bytes)
{
    const struct place *place = find_place(self_of(broker), room);

    if (place)
        on_entry(self_of(broker), place->listener, bytes);
}

/* ---- the interface ---- */

static void cut_start(struct broker *broker)
{
    static const struct broker_events events = {on_entry, on_listening, on_state};
    struct cut_broker *self = self_of(broker);

    broker_start(self->inner, &events, self);
}

static int cut_listen(struct broker *broker, struct span room, void *listener)
{
    struct cut_broker *self = self_of(broker);
    struct place *place = find_place(self, room);
    int error = broker_listen(self->inner, room, listener);

    if (error != 0)
        return error;

    if (!place) {
        place = find_place(self, span_of(""));
        claim(place != NULL);
        memcpy(place->room, room.data, room.size);
        place->room[room.size] = '\0';
    }
    place->listener = listener;

    return 0;
}

static void cut_unlisten(struct broker *broker, struct span room)
{
    struct cut_broker *self = self_of(broker);
    struct place *place = find_place(self, room);

    if (place)
        *place = (struct place){0};
    broker_unlisten(self->inner, room);
}

static void cut_publish(struct broker *broker, const struct broker_publish *publish,
                        broker_on_published *done, void *arg)
{
    struct cut_broker *self = self_of(broker);

    if (refuses(self))
        refuse_later(self, &(struct refused){.published = done, .arg = arg});
    else
        broker_publish(self->inner, publish, done, arg);
}

static void cut_snapshot(struct broker *broker, struct span room, broker_on_snapshot *done,
                         void *arg)
{
    struct cut_broker *self = self_of(broker);

    if (refuses(self))
        refuse_later(self, &(struct refused){.snapshot = done, .arg = arg});
    else
        broker_snapshot(self->inner, room, done, arg);
}

static void cut_history(struct broker *broker, struct span room, struct position after,
                        size_t limit, broker_on_history *done, void *arg)
{
    struct cut_broker *self = self_of(broker);

    if (refuses(self))
        refuse_later(self, &(struct refused){.history = done, .arg = arg});
    else
        broker_history(self->inner, room, after, limit, done, arg);
}

static void cut_census(struct broker *broker, const struct broker_census *census,
                       broker_on_counted *done, void *arg)
{
    struct cut_broker *self = self_of(broker);

    claim(census->n_items <= MAX_ITEMS);
    if (refuses(self))
        refuse_later(self, &(struct refused){.counted = done, .arg = arg});
    else
        broker_census(self->inner, census, done, arg);
}

static void cut_moderate(struct broker *broker, const struct broker_moderate *moderate,
                         broker_on_moderated *done, void *arg)
{
    struct cut_broker *self = self_of(broker);

    if (refuses(self))
        refuse_later(self, &(struct refused){.moderated = done, .arg = arg});
    else
        broker_moderate(self->inner, moderate, done, arg);
}

static void cut_sanctions(struct broker *broker, struct span room, broker_on_sanctions *done,
                          void *arg)
{
    struct cut_broker *self = self_of(broker);

    if (refuses(self))
        refuse_later(self, &(struct refused){.sanctions = done, .arg = arg});
    else
        broker_sanctions(self->inner, room, done, arg);
}

static void cut_free(struct broker *broker)
{
    struct cut_broker *self = self_of(broker);

    cut_broker_turn(broker);
    broker_free(self->inner);
    free(self);
}

struct broker *cut_broker_new(const struct broker_memory_settings *settings)
{
    static const struct broker_traits traits = {
        .name = "cut",
        .start = cut_start,
        .free = cut_free,
        .listen = cut_listen,
        .unlisten = cut_unlisten,
        .publish = cut_publish,
        .snapshot = cut_snapshot,
        .history = cut_history,
        .census = cut_census,
        .moderate = cut_moderate,
        .sanctions = cut_sanctions,
    };
    struct cut_broker *self = calloc(1, sizeof *self);

    if (!self)
        return NULL;

    self->base = (struct broker){.traits = &traits, .state = BROKER_DOWN, .why = "not started"};
    self->inner = broker_memory_new(settings);
    if (!self->inner) {
        free(self);
        return NULL;
    }

    return &self->base;
}
