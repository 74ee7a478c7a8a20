#include "relay/broker_redis.h"

#include "base/log.h"
#include "relay/redis_link.h"
#include "relay/redis_listen.h"
#include "relay/redis_path.h"
#include "relay/redis_requests.h"
#include "relay/redis_route.h"
#include "relay/redis_tls.h"

#include <errno.h>
#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stdlib.h>

enum { BUSY_CALLS = REDIS_LINK_MAX_CALLS / 2 }; /* more of them and new rooms have to wait */

struct broker_redis {
    struct broker base; /* first, so that the two pointers convert */
    struct broker_redis_settings settings;
    struct redis_path *path;
    struct redis_requests *requests;
    struct redis_listen *listen;
};

static struct broker_redis *self_of(struct broker *broker)
{
    return (struct broker_redis *)broker;
}

/* ---- the parts' events ---- */

static void on_verdict(void *owner, const struct redis_verdict *verdict)
{
    struct broker_redis *self = owner;
    enum broker_state state = verdict->up ? BROKER_UP : BROKER_DOWN;

    redis_requests_open(self->requests, verdict->can_ask);
    if (state == self->base.state && verdict->why == self->base.why)
        return;

    if (state != self->base.state) {
        redis_listen_through(self->listen,
                             verdict->up ? redis_path_subscription(self->path) : NULL);
        if (verdict->up)
            LOG(INFO, "broker up", LOG_TEXT("worker", self->settings.worker));
        else
            LOG(WARN, "broker down", LOG_TEXT("worker", self->settings.worker),
                LOG_TEXT("why", verdict->why));
    }

    self->base.state = state;
    self->base.why = verdict->why;
    self->base.events->on_state(self->base.owner, state, verdict->why);
}

static void on_lost(void *owner)
{
    struct broker_redis *self = owner;

    redis_listen_lost(self->listen);
}

static void on_message(void *owner, const redisReply *message)
{
    struct broker_redis *self = owner;

    redis_listen_take(self->listen, message);
}

static void on_trouble(void *owner, const struct redis_trouble *trouble)
{
    struct broker_redis *self = owner;

    redis_path_on_trouble(self->path, trouble);
}

static void on_entry(void *owner, void *listener, struct span bytes)
{
    struct broker_redis *self = owner;

    self->base.events->on_entry(self->base.owner, listener, bytes);
}

static void on_listening(void *owner, void *listener)
{
    struct broker_redis *self = owner;

    self->base.events->on_listening(self->base.owner, listener);
}

static bool is_busy(void *owner)
{
    const struct broker_redis *self = owner;

    return redis_link_calls(redis_path_calls(self->path)) > BUSY_CALLS;
}

static void on_denied(void *owner, const redisReply *error)
{
    struct broker_redis *self = owner;

    redis_path_on_denied(self->path, error);
}

/* ---- the interface ---- */

static void redis_start(struct broker *broker)
{
    redis_path_start(self_of(broker)->path);
}

static int redis_listen_to(struct broker *broker, struct span room, void *listener)
{
    return redis_listen_add(self_of(broker)->listen, room, listener);
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

static void redis_history(struct broker *broker, struct span room, struct position after,
                          size_t limit, broker_on_history *done, void *arg)
{
    redis_requests_history(self_of(broker)->requests, room, after, limit, done, arg);
}

static void redis_census(struct broker *broker, const struct broker_census *census,
                         broker_on_counted *done, void *arg)
{
    redis_requests_census(self_of(broker)->requests, census, done, arg);
}

static void redis_moderate(struct broker *broker, const struct broker_moderate *moderate,
                           broker_on_moderated *done, void *arg)
{
    redis_requests_moderate(self_of(broker)->requests, moderate, done, arg);
}

static void redis_sanctions(struct broker *broker, struct span room, broker_on_sanctions *done,
                            void *arg)
{
    redis_requests_sanctions(self_of(broker)->requests, room, done, arg);
}

/* ---- its life ---- */

static void dispose(struct broker_redis *self)
{
    redis_path_free(self->path); /* ends calls that name the others */
    redis_requests_free(self->requests);
    redis_listen_free(self->listen);
    free(self);
}

static void redis_free(struct broker *broker)
{
    struct broker_redis *self = self_of(broker);

    redis_requests_open(self->requests, false);
    redis_path_stop(self->path);
    dispose(self);
}

static int make_parts(struct broker_redis *self)
{
    static const struct redis_path_events path = {
        .on_verdict = on_verdict, .on_lost = on_lost, .on_message = on_message};
    static const struct redis_listen_events listening = {.on_entry = on_entry,
                                                         .on_listening = on_listening,
                                                         .is_busy = is_busy,
                                                         .on_denied = on_denied};
    const struct broker_redis_settings *settings = &self->settings;

    self->path =
        redis_path_new(&(struct redis_path_settings){.loop = settings->loop,
                                                     .metrics = settings->metrics,
                                                     .url = settings->url,
                                                     .ca_file = settings->ca_file,
                                                     .sentinel_auth = settings->sentinel_auth,
                                                     .prefix = settings->prefix,
                                                     .worker = settings->worker},
                       &path, self);
    if (!self->path)
        return -ENOMEM;

    self->listen = redis_listen_new(settings->loop, settings->prefix, &listening, self);
    self->requests = redis_requests_new(&(struct redis_requests_settings){
        .loop = settings->loop,
        .metrics = settings->metrics,
        .link = redis_path_calls(self->path),
        .prefix = settings->prefix,
        .worker = settings->worker,
        .history = settings->history,
        .room_ttl_ms = settings->room_ttl_ms,
        .on_trouble = on_trouble,
        .owner = self,
    });

    return self->listen && self->requests ? 0 : -ENOMEM;
}

int broker_redis_check_url(const char *url)
{
    return redis_route_check(url);
}

int broker_redis_check_sentinel_auth(const char *auth)
{
    return redis_route_check_auth(auth);
}

int broker_redis_check_ca_file(const char *path)
{
    struct redis_tls *tls = redis_tls_new(path);

    redis_tls_free(tls);

    return tls ? 0 : -EINVAL;
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
        .history = redis_history,
        .census = redis_census,
        .moderate = redis_moderate,
        .sanctions = redis_sanctions,
    };
    struct broker_redis *self = calloc(1, sizeof *self);

    if (!self)
        return NULL;

    self->base.traits = &traits;
    self->base.state = BROKER_DOWN;
    self->base.why = "redis: not started";
    self->settings = *settings;
    if (make_parts(self) == 0)
        return &self->base;

    dispose(self);

    return NULL;
}
