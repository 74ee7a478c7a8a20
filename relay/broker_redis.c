#include "relay/broker_redis.h"

#include "base/log.h"
#include "relay/redis_heart.h"
#include "relay/redis_library.h"
#include "relay/redis_link.h"
#include "relay/redis_listen.h"
#include "relay/redis_requests.h"
#include "relay/redis_trouble.h"
#include "relay/redis_url.h"

#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stdlib.h>

enum { BUSY_CALLS = REDIS_LINK_MAX_CALLS / 2 }; /* more of them and new rooms have to wait */

/* Each is a static text while it is so, and NULL when that part is well. */
struct ailments {
    const char *calls;
    const char *library;
    const char *beat; /* what the last heartbeat, or an answer since, complained of */
    const char *subscription;
};

struct broker_redis {
    struct broker base; /* first, so that the two pointers convert */
    struct broker_redis_settings settings;
    struct redis_url url;
    struct redis_link *calls;
    struct redis_link *subscription;
    struct redis_library library;
    struct redis_requests *requests;
    struct redis_listen *listen;
    struct redis_heart *heart;
    struct ailments ailments;
};

static struct broker_redis *self_of(struct broker *broker)
{
    return (struct broker_redis *)broker;
}

/* ---- up or down ---- */

/* Why nothing can be asked now. */
static const char *why_mute(const struct ailments *ailments)
{
    if (ailments->calls)
        return ailments->calls;

    return ailments->library ? ailments->library : ailments->beat;
}

static void examine(struct broker_redis *self)
{
    const char *mute = why_mute(&self->ailments);
    const char *why = mute ? mute : self->ailments.subscription;
    enum broker_state state = why ? BROKER_DOWN : BROKER_UP;

    if (!why)
        why = "redis: connected";

    /* Who is only deaf can speak: what is published now is kept, and told a little later. */
    redis_requests_open(self->requests, !mute);

    if (state == self->base.state && why == self->base.why)
        return;

    if (state != self->base.state) {
        redis_listen_through(self->listen, state == BROKER_UP ? self->subscription : NULL);
        if (state == BROKER_UP)
            LOG(INFO, "broker up", LOG_TEXT("worker", self->settings.worker));
        else
            LOG(WARN, "broker down", LOG_TEXT("worker", self->settings.worker),
                LOG_TEXT("why", why));
    }

    self->base.state = state;
    self->base.why = why;
    self->base.events->on_state(self->base.owner, state, why);
}

static void on_trouble(void *owner, const struct redis_trouble *trouble)
{
    struct broker_redis *self = owner;

    switch (trouble->remedy) {
    case REMEDY_NONE:
        return;
    case REMEDY_WAIT:
        self->ailments.beat = trouble->why;
        break;
    case REMEDY_RENEW: /* both, for they should lead to the same server */
        redis_link_renew(self->calls, trouble->why);
        redis_link_renew(self->subscription, trouble->why);
        return;
    case REMEDY_LOAD:
        self->ailments.library = trouble->why;
        redis_library_check(&self->library);
        break;
    }

    examine(self);
}

/* ---- the parts' events ---- */

/* Without the library there can be no beat: see to that first. */
static bool on_beat_due(void *owner)
{
    struct broker_redis *self = owner;

    if (self->ailments.library)
        redis_library_check(&self->library);

    return !self->ailments.library;
}

static void on_beat(void *owner, const struct redis_trouble *trouble)
{
    struct broker_redis *self = owner;

    if (trouble && trouble->remedy != REMEDY_NONE) {
        on_trouble(self, trouble);
        return;
    }

    self->ailments.beat = trouble ? trouble->why : NULL;
    examine(self);
}

static void on_library_ready(void *owner)
{
    struct broker_redis *self = owner;

    self->ailments.library = NULL;
    examine(self);
    redis_heart_beat(self->heart);
}

static void on_library_failed(void *owner, const char *why)
{
    struct broker_redis *self = owner;

    self->ailments.library = why;
    examine(self);
}

static void on_calls_up(void *owner)
{
    struct broker_redis *self = owner;

    self->ailments.calls = NULL;
    self->ailments.library = "redis: looking for the function library";
    self->ailments.beat = "redis: waiting for the first heartbeat";
    redis_library_check(&self->library);
    examine(self);
}

static void on_calls_down(void *owner, const char *why)
{
    struct broker_redis *self = owner;

    self->ailments.calls = why;
    examine(self);
}

static void on_subscription_up(void *owner)
{
    struct broker_redis *self = owner;

    self->ailments.subscription = NULL;
    examine(self);
}

static void on_subscription_down(void *owner, const char *why)
{
    struct broker_redis *self = owner;

    self->ailments.subscription = why;
    redis_listen_lost(self->listen);
    examine(self);
}

static void on_message(void *owner, const redisReply *reply)
{
    struct broker_redis *self = owner;

    redis_listen_take(self->listen, reply);
}

static void on_entry(void *owner, struct span room, struct span bytes)
{
    struct broker_redis *self = owner;

    self->base.events->on_entry(self->base.owner, room, bytes);
}

static void on_listening(void *owner, struct span room)
{
    struct broker_redis *self = owner;

    self->base.events->on_listening(self->base.owner, room);
}

static bool is_busy(void *owner)
{
    const struct broker_redis *self = owner;

    return redis_link_calls(self->calls) > BUSY_CALLS;
}

static void on_denied(void *owner, const redisReply *error)
{
    struct broker_redis *self = owner;
    struct span text = span_make(error->str, (size_t)error->len);

    redis_link_renew(self->subscription, error->type == REDIS_REPLY_ERROR
                                             ? redis_trouble_of(text)->why
                                             : "redis: cannot subscribe");
}

/* ---- the interface ---- */

static void redis_start(struct broker *broker)
{
    struct broker_redis *self = self_of(broker);

    self->ailments.calls = "redis: connecting";
    self->ailments.subscription = "redis: connecting";
    redis_link_start(self->calls);
    redis_link_start(self->subscription);
    redis_heart_start(self->heart);
}

static int redis_listen_to(struct broker *broker, struct span room)
{
    return redis_listen_add(self_of(broker)->listen, room);
}

static void redis_unlisten(struct broker *broker, struct span room)
{
    redis_listen_remove(self_of(broker)->listen, room);
}

static void redis_publish(struct broker *broker, const struct broker_publish *publish,
                          broker_on_published *done, void *arg)
{
    redis_requests_publish(self_of(broker)->requests, publish, done, arg);
}

static void redis_snapshot(struct broker *broker, struct span room, broker_on_snapshot *done,
                           void *arg)
{
    redis_requests_snapshot(self_of(broker)->requests, room, done, arg);
}

static void redis_census(struct broker *broker, const struct broker_census *census,
                         broker_on_counted *done, void *arg)
{
    redis_requests_census(self_of(broker)->requests, census, done, arg);
}

/* ---- its life ---- */

static void dispose(struct broker_redis *self)
{
    redis_link_free(self->subscription);
    redis_link_free(self->calls); /* ends calls that name the others */
    redis_heart_free(self->heart);
    redis_requests_free(self->requests);
    redis_listen_free(self->listen);
    free(self);
}

static void redis_free(struct broker *broker)
{
    struct broker_redis *self = self_of(broker);

    redis_requests_open(self->requests, false);
    redis_heart_stop(self->heart);
    dispose(self);
}

static int make_parts(struct broker_redis *self)
{
    static const struct redis_link_events calls = {.on_up = on_calls_up, .on_down = on_calls_down};
    static const struct redis_link_events subscription = {
        .on_up = on_subscription_up, .on_down = on_subscription_down, .on_message = on_message};
    static const struct redis_listen_events listening = {.on_entry = on_entry,
                                                         .on_listening = on_listening,
                                                         .is_busy = is_busy,
                                                         .on_denied = on_denied};
    static const struct redis_heart_events heart = {.on_due = on_beat_due, .on_beat = on_beat};
    const struct broker_redis_settings *settings = &self->settings;
    struct redis_link_settings link = {.loop = settings->loop,
                                       .metrics = settings->metrics,
                                       .url = &self->url,
                                       .name = "livegate-calls"};

    self->calls = redis_link_new(&link, &calls, self);
    link.name = "livegate-subscription";
    self->subscription = redis_link_new(&link, &subscription, self);
    self->listen = redis_listen_new(settings->loop, settings->prefix, &listening, self);
    self->heart = redis_heart_new(&(struct redis_heart_settings){.loop = settings->loop,
                                                                 .link = self->calls,
                                                                 .prefix = settings->prefix,
                                                                 .worker = settings->worker},
                                  &heart, self);
    self->library = (struct redis_library){.link = self->calls,
                                           .on_ready = on_library_ready,
                                           .on_failed = on_library_failed,
                                           .owner = self};
    self->requests = redis_requests_new(&(struct redis_requests_settings){
        .loop = settings->loop,
        .metrics = settings->metrics,
        .link = self->calls,
        .prefix = settings->prefix,
        .worker = settings->worker,
        .history = settings->history,
        .room_ttl_ms = settings->room_ttl_ms,
        .on_trouble = on_trouble,
        .owner = self,
    });

    return self->calls && self->subscription && self->listen && self->heart && self->requests ? 0
                                                                                              : -1;
}

int broker_redis_check_url(const char *url)
{
    struct redis_url parsed;

    return redis_url_parse(&parsed, url);
}

struct broker *broker_redis_new(const struct broker_redis_settings *settings)
{
    static const struct broker_traits traits = {
        .name = "redis",
        .start = redis_start,
        .free = redis_free,
        .listen = redis_listen_to,
        .unlisten = redis_unlisten,
        .publish = redis_publish,
        .snapshot = redis_snapshot,
        .census = redis_census,
    };
    struct broker_redis *self = calloc(1, sizeof *self);

    if (!self)
        return NULL;

    self->base.traits = &traits;
    self->base.state = BROKER_DOWN;
    self->base.why = "redis: not started";
    self->settings = *settings;
    if (redis_url_parse(&self->url, settings->url) == 0 && make_parts(self) == 0)
        return &self->base;

    dispose(self);

    return NULL;
}
