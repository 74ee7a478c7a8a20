#include "tests/support/scripted_broker.h"

#include "tests/support/failing_malloc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* strndup() and calloc() of the test itself never fail, whatever is failing just now. */
static char *copy(struct span text)
{
    return strndup(text.data ? text.data : "", text.size);
}

static struct scripted_broker *self_of(struct broker *broker)
{
    return (struct scripted_broker *)broker;
}

static struct scripted_request *ask(struct broker *broker, enum scripted_verb verb,
                                    struct span room, void *arg)
{
    struct scripted_broker *scripted = self_of(broker);
    struct scripted_request **end = &scripted->first;
    struct scripted_request *request = unfailing_calloc(1, sizeof *request);

    while (*end)
        end = &(*end)->next;

    request->verb = verb;
    request->room = copy(room);
    request->arg = arg;
    *end = request;
    scripted->asked++;

    return request;
}

/* Takes it out of the line and frees its texts. */
static void finish(struct scripted_broker *scripted, struct scripted_request *request)
{
    struct scripted_request **place = &scripted->first;

    while (*place != request)
        place = &(*place)->next;

    *place = request->next;
    free(request->room);
    free(request->message);
    free(request->origin);
    for (size_t i = 0; i < request->n_items; i++) {
        free(request->items[i].uid);
        free(request->items[i].announcement);
        free(request->items[i].origin);
    }
}

static struct scripted_channel *channel_of(const struct scripted_broker *scripted, struct span room)
{
    struct scripted_channel *channel = scripted->channels;

    while (channel && !span_is(room, channel->room))
        channel = channel->next;

    return channel;
}

static struct scripted_channel *add_channel(struct scripted_broker *scripted, struct span room)
{
    struct scripted_channel *channel = unfailing_calloc(1, sizeof *channel);

    channel->room = copy(room);
    channel->next = scripted->channels;
    scripted->channels = channel;

    return channel;
}

/* ---- the interface ---- */

static void on_start(struct broker *broker)
{
    (void)broker;
}

static void on_free(struct broker *broker)
{
    struct scripted_broker *scripted = self_of(broker);

    while (scripted->first)
        scripted_refuse(scripted, scripted->first, REFUSAL_UNAVAILABLE);

    while (scripted->channels) {
        struct scripted_channel *channel = scripted->channels;

        scripted->channels = channel->next;
        free(channel->room);
        free(channel);
    }

    if (scripted->freed)
        *scripted->freed = true;
    free(scripted);
}

static int on_listen(struct broker *broker, struct span room, void *listener)
{
    struct scripted_broker *scripted = self_of(broker);
    struct scripted_channel *channel = channel_of(scripted, room);

    if (scripted->fail_listen)
        return -ENOMEM;

    if (!channel)
        channel = add_channel(scripted, room);
    channel->listener = listener;
    scripted->listens++;

    return 0;
}

static void on_unlisten(struct broker *broker, struct span room)
{
    struct scripted_channel *channel = channel_of(self_of(broker), room);

    if (channel)
        channel->listener = NULL;
    self_of(broker)->unlistens++;
}

static void on_publish(struct broker *broker, const struct broker_publish *publish,
                       broker_on_published *done, void *arg)
{
    struct scripted_request *request = ask(broker, SCRIPTED_PUBLISH, publish->room, arg);

    request->message = copy(publish->message);
    request->origin = copy(publish->origin);
    request->flags = publish->flags;
    request->on_published = done;
}

static void on_snapshot(struct broker *broker, struct span room, broker_on_snapshot *done,
                        void *arg)
{
    ask(broker, SCRIPTED_SNAPSHOT, room, arg)->on_snapshot = done;
}

static void on_history(struct broker *broker, struct span room, struct position after, size_t limit,
                       broker_on_history *done, void *arg)
{
    struct scripted_request *request = ask(broker, SCRIPTED_HISTORY, room, arg);

    (void)limit;
    request->after = after;
    request->on_history = done;
}

static void on_census(struct broker *broker, const struct broker_census *census,
                      broker_on_counted *done, void *arg)
{
    struct scripted_request *request = ask(broker, SCRIPTED_CENSUS, census->room, arg);

    request->count = census->count;
    request->on_counted = done;
    for (size_t i = 0; i < census->n_items; i++) {
        const struct census_item *item = &census->items[i];

        request->items[request->n_items++] = (struct scripted_item){
            .verb = item->verb,
            .uid = copy(item->uid),
            .announcement = copy(item->announcement),
            .origin = copy(item->origin),
        };
    }
}

static void on_moderate(struct broker *broker, const struct broker_moderate *moderate,
                        broker_on_moderated *done, void *arg)
{
    const struct broker_status status = {.refusal = REFUSAL_NONE};

    (void)broker;
    (void)moderate;
    done(arg, &status, true);
}

/* Answered at once, unless the test wants to: most have nothing to do with it. */
static void on_sanctions(struct broker *broker, struct span room, broker_on_sanctions *done,
                         void *arg)
{
    const struct broker_status status = {.refusal = REFUSAL_NONE};
    const struct broker_sanctions none = {0};

    if (self_of(broker)->scripts_sanctions)
        ask(broker, SCRIPTED_SANCTIONS, room, arg)->on_sanctions = done;
    else
        done(arg, &status, &none);
}

static const struct broker_traits traits = {
    .name = "scripted",
    .start = on_start,
    .free = on_free,
    .listen = on_listen,
    .unlisten = on_unlisten,
    .publish = on_publish,
    .snapshot = on_snapshot,
    .history = on_history,
    .census = on_census,
    .moderate = on_moderate,
    .sanctions = on_sanctions,
};

struct scripted_broker *scripted_broker_new(void)
{
    struct scripted_broker *scripted = unfailing_calloc(1, sizeof *scripted);

    scripted->broker.traits = &traits;
    scripted->broker.why = "the test has not begun";

    return scripted;
}

/* ---- what the test decides ---- */

void scripted_state(struct scripted_broker *scripted, enum broker_state state)
{
    struct broker *broker = &scripted->broker;

    broker->state = state;
    broker->why = state == BROKER_UP ? "up" : "the test says so";
    broker->events->on_state(broker->owner, state, broker->why);
}

void scripted_listening(struct scripted_broker *scripted, const char *room)
{
    const struct scripted_channel *channel = channel_of(scripted, span_of(room));

    if (channel && channel->listener)
        scripted->broker.events->on_listening(scripted->broker.owner, channel->listener);
}

void scripted_entry(struct scripted_broker *scripted, const char *room, const char *entry)
{
    const struct scripted_channel *channel = channel_of(scripted, span_of(room));

    if (channel && channel->listener)
        scripted->broker.events->on_entry(scripted->broker.owner, channel->listener,
                                          span_of(entry));
}

struct scripted_request *scripted_first(const struct scripted_broker *scripted)
{
    return scripted->first;
}

struct scripted_request *scripted_oldest(const struct scripted_broker *scripted,
                                         enum scripted_verb verb)
{
    struct scripted_request *request = scripted->first;

    while (request && request->verb != verb)
        request = request->next;

    return request;
}

size_t scripted_waiting(const struct scripted_broker *scripted)
{
    size_t n = 0;

    for (const struct scripted_request *request = scripted->first; request; request = request->next)
        n++;

    return n;
}

void scripted_refuse(struct scripted_broker *scripted, struct scripted_request *request,
                     enum refusal refusal)
{
    const struct broker_status status = {.refusal = refusal};
    const struct broker_published published = {0};
    const struct broker_snapshot snapshot = {0};
    const struct broker_history history = {0};
    const struct broker_counted counted = {0};
    const struct broker_sanctions sanctions = {0};

    finish(scripted, request);
    if (request->on_published)
        request->on_published(request->arg, &status, &published);
    if (request->on_snapshot)
        request->on_snapshot(request->arg, &status, &snapshot);
    if (request->on_history)
        request->on_history(request->arg, &status, &history);
    if (request->on_counted)
        request->on_counted(request->arg, &status, &counted);
    if (request->on_sanctions)
        request->on_sanctions(request->arg, &status, &sanctions);
    free(request);
}

static const struct broker_status done = {.refusal = REFUSAL_NONE};

void scripted_published(struct scripted_broker *scripted, struct scripted_request *request)
{
    const struct broker_published published = {0};

    finish(scripted, request);
    request->on_published(request->arg, &done, &published);
    free(request);
}

void scripted_snapshot(struct scripted_broker *scripted, struct scripted_request *request,
                       const struct broker_snapshot *snapshot)
{
    finish(scripted, request);
    request->on_snapshot(request->arg, &done, snapshot);
    free(request);
}

void scripted_history(struct scripted_broker *scripted, struct scripted_request *request,
                      const struct broker_history *history)
{
    finish(scripted, request);
    request->on_history(request->arg, &done, history);
    free(request);
}

void scripted_counted(struct scripted_broker *scripted, struct scripted_request *request,
                      uint64_t online, const bool *returning)
{
    static const bool nobody[SCRIPTED_ITEMS];
    const struct broker_counted counted = {.online = online,
                                           .returning = returning ? returning : nobody};

    finish(scripted, request);
    request->on_counted(request->arg, &done, &counted);
    free(request);
}

void scripted_sanctions(struct scripted_broker *scripted, struct scripted_request *request,
                        const struct broker_sanctions *sanctions)
{
    finish(scripted, request);
    request->on_sanctions(request->arg, &done, sanctions);
    free(request);
}
