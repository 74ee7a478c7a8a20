#include "relay/redis_path.h"

#include "relay/redis_canary.h"
#include "relay/redis_eviction.h"
#include "relay/redis_heart.h"
#include "relay/redis_library.h"
#include "relay/redis_link.h"
#include "relay/redis_route.h"
#include "relay/redis_tls.h"

#include <errno.h>
#include <hiredis/hiredis.h>
#include <stdlib.h>

/* No news: the next answer tells. */
static const char connecting[] = "redis: connecting";

/* Each is a static text while it is so, and NULL when that part is well. */
struct ailments {
    const char *calls;
    const char *library;
    const char *beat; /* what the last heartbeat, or an answer since, complained of */
    const char *subscription;
    const char *canary;
};

struct redis_path {
    struct redis_path_settings settings;
    const struct redis_path_events *events;
    void *owner;
    struct redis_route *route;
    struct redis_tls *tls; /* NULL: none needed */
    struct redis_link *calls;
    struct redis_link *subscription;
    struct redis_library library;
    struct redis_heart *heart;
    struct redis_eviction eviction;
    struct redis_canary *canary;
    struct ailments ailments;
    struct redis_verdict verdict;
};

/* ---- the verdict ---- */

/* The first that says more than that we are waiting. */
static const char *why_down(const struct redis_path *path)
{
    const struct ailments *ailments = &path->ailments;
    const char *const all[] = {ailments->calls, ailments->library, ailments->beat,
                               ailments->subscription, ailments->canary};
    const char *why = NULL;

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (all[i] && all[i] != connecting)
            return all[i];
        if (all[i]) /* what was wrong is so until the contrary is proven */
            why = path->verdict.up ? connecting : path->verdict.why;
    }

    return why;
}

static void examine(struct redis_path *path)
{
    const struct ailments *ailments = &path->ailments;
    struct redis_verdict old = path->verdict;
    const char *why = why_down(path);

    redis_canary_allow(path->canary, !ailments->calls && !ailments->library);
    path->verdict =
        (struct redis_verdict){.up = !why,
                               .can_ask = !ailments->calls && !ailments->library && !ailments->beat,
                               .why = why ? why : "redis: connected"};
    redis_route_hurry(path->route, !path->verdict.up);
    if (old.up != path->verdict.up || old.can_ask != path->verdict.can_ask ||
        old.why != path->verdict.why)
        path->events->on_verdict(path->owner, &path->verdict);
}

/* Both, for they should lead to the same server. */
static void renew(struct redis_path *path, const char *why)
{
    redis_link_renew(path->calls, why);
    redis_link_renew(path->subscription, why);
}

void redis_path_on_trouble(struct redis_path *path, const struct redis_trouble *trouble)
{
    switch (trouble->remedy) {
    case REMEDY_NONE:
        return;
    case REMEDY_WAIT:
        path->ailments.beat = trouble->why;
        break;
    case REMEDY_RENEW:
        renew(path, trouble->why);
        return;
    case REMEDY_LOAD:
        path->ailments.library = trouble->why;
        redis_library_check(&path->library);
        break;
    }

    examine(path);
}

void redis_path_on_denied(struct redis_path *path, const redisReply *error)
{
    struct span text = span_make(error->str, (size_t)error->len);

    redis_link_renew(path->subscription, error->type == REDIS_REPLY_ERROR
                                             ? redis_trouble_of(text)->why
                                             : "redis: cannot subscribe");
}

/* ---- the heart and the library ---- */

/* Without the library there can be no beat: see to that first. */
static bool on_beat_due(void *owner)
{
    struct redis_path *path = owner;

    if (path->ailments.library)
        redis_library_check(&path->library);

    return !path->ailments.library;
}

static void on_beat(void *owner, const struct redis_trouble *trouble)
{
    struct redis_path *path = owner;

    if (trouble && trouble->remedy != REMEDY_NONE) {
        redis_path_on_trouble(path, trouble);
        return;
    }

    path->ailments.beat = trouble ? trouble->why : NULL;
    redis_eviction_check(&path->eviction);
    examine(path);
}

static void on_library_ready(void *owner)
{
    struct redis_path *path = owner;

    path->ailments.library = NULL;
    examine(path);
    redis_heart_beat(path->heart);
    path->eviction.asked_ms = 0;
}

static void on_library_failed(void *owner, const char *why)
{
    struct redis_path *path = owner;

    path->ailments.library = why;
    examine(path);
}

/* ---- canaries ---- */

static void on_returned(void *owner)
{
    struct redis_path *path = owner;

    path->ailments.canary = NULL;
    examine(path);
}

static void on_late(void *owner, bool answered)
{
    struct redis_path *path = owner;

    path->ailments.canary = "redis: canary late";
    if (answered)
        renew(path, path->ailments.canary);

    examine(path);
}

static void on_canary_trouble(void *owner, const struct redis_trouble *trouble)
{
    struct redis_path *path = owner;

    path->ailments.canary = trouble->why;
    redis_path_on_trouble(path, trouble);
    examine(path);
}

static void on_canary_denied(void *owner, const redisReply *error)
{
    redis_path_on_denied(owner, error);
}

/* ---- the links ---- */

static void on_calls_up(void *owner)
{
    struct redis_path *path = owner;

    path->ailments.calls = NULL;
    path->ailments.library = connecting;
    path->ailments.beat = connecting;
    redis_library_check(&path->library);
    examine(path);
}

static void on_calls_down(void *owner, const char *why)
{
    struct redis_path *path = owner;

    path->ailments.calls = why;
    examine(path);
}

static void on_subscription_up(void *owner)
{
    struct redis_path *path = owner;

    path->ailments.subscription = NULL;
    path->ailments.canary = connecting;
    redis_canary_listen(path->canary);
    examine(path);
}

static void on_subscription_down(void *owner, const char *why)
{
    struct redis_path *path = owner;

    path->ailments.subscription = why;
    redis_canary_lost(path->canary);
    path->events->on_lost(path->owner);
    examine(path);
}

static void on_message(void *owner, const redisReply *message)
{
    struct redis_path *path = owner;

    if (!redis_canary_take(path->canary, message))
        path->events->on_message(path->owner, message);
}

static void on_moved(void *owner)
{
    struct redis_path *path = owner;

    redis_link_move(path->calls);
    redis_link_move(path->subscription);
}

/* ---- its life ---- */

struct redis_link *redis_path_calls(const struct redis_path *path)
{
    return path->calls;
}

struct redis_link *redis_path_subscription(const struct redis_path *path)
{
    return path->subscription;
}

void redis_path_start(struct redis_path *path)
{
    path->verdict.why = connecting;
    path->ailments.calls = connecting;
    path->ailments.subscription = connecting;
    path->ailments.canary = connecting;
    redis_link_start(path->calls);
    redis_link_start(path->subscription);
    redis_heart_start(path->heart);
    redis_route_start(path->route);
}

void redis_path_stop(struct redis_path *path)
{
    redis_heart_stop(path->heart);
}

static void dispose(struct redis_path *path)
{
    redis_link_free(path->subscription);
    redis_link_free(path->calls); /* ends calls that name the others */
    redis_heart_free(path->heart);
    redis_canary_free(path->canary);
    redis_route_free(path->route);
    redis_tls_free(path->tls);
    free(path);
}

void redis_path_free(struct redis_path *path)
{
    if (path)
        dispose(path);
}

static int make_route(struct redis_path *path)
{
    static const struct redis_route_events events = {.on_moved = on_moved};

    const struct redis_path_settings *settings = &path->settings;

    if (redis_route_needs_tls(settings->url)) {
        path->tls = redis_tls_new(settings->ca_file);
        if (!path->tls)
            return -ENOMEM;
    }

    path->route =
        redis_route_new(&(struct redis_route_settings){.loop = settings->loop,
                                                       .metrics = settings->metrics,
                                                       .url = settings->url,
                                                       .sentinel_auth = settings->sentinel_auth,
                                                       .tls = path->tls},
                        &events, path);

    return path->route ? 0 : -ENOMEM;
}

static int make_links(struct redis_path *path)
{
    static const struct redis_link_events calls = {.on_up = on_calls_up, .on_down = on_calls_down};
    static const struct redis_link_events subscription = {
        .on_up = on_subscription_up, .on_down = on_subscription_down, .on_message = on_message};
    struct redis_link_settings link = {.loop = path->settings.loop,
                                       .metrics = path->settings.metrics,
                                       .url = redis_route_url(path->route),
                                       .tls = path->tls,
                                       .name = "livegate-calls"};

    path->calls = redis_link_new(&link, &calls, path);
    link.name = "livegate-subscription";
    path->subscription = redis_link_new(&link, &subscription, path);

    return path->calls && path->subscription ? 0 : -ENOMEM;
}

static int make_parts(struct redis_path *path)
{
    static const struct redis_heart_events heart = {.on_due = on_beat_due, .on_beat = on_beat};
    static const struct redis_canary_events canary = {.on_returned = on_returned,
                                                      .on_late = on_late,
                                                      .on_trouble = on_canary_trouble,
                                                      .on_denied = on_canary_denied};
    const struct redis_path_settings *settings = &path->settings;

    path->library = (struct redis_library){.link = path->calls,
                                           .on_ready = on_library_ready,
                                           .on_failed = on_library_failed,
                                           .owner = path};
    path->eviction =
        (struct redis_eviction){.link = path->calls, .metrics = path->settings.metrics};
    path->heart = redis_heart_new(&(struct redis_heart_settings){.loop = settings->loop,
                                                                 .link = path->calls,
                                                                 .prefix = settings->prefix,
                                                                 .worker = settings->worker},
                                  &heart, path);
    path->canary =
        redis_canary_new(&(struct redis_canary_settings){.loop = settings->loop,
                                                         .metrics = settings->metrics,
                                                         .calls = path->calls,
                                                         .subscription = path->subscription,
                                                         .prefix = settings->prefix,
                                                         .worker = settings->worker},
                         &canary, path);

    return path->heart && path->canary ? 0 : -ENOMEM;
}

struct redis_path *redis_path_new(const struct redis_path_settings *settings,
                                  const struct redis_path_events *events, void *owner)
{
    struct redis_path *path = calloc(1, sizeof *path);

    if (!path)
        return NULL;

    path->settings = *settings;
    path->events = events;
    path->owner = owner;
    path->verdict.why = connecting;
    if (make_route(path) == 0 && make_links(path) == 0 && make_parts(path) == 0)
        return path;

    dispose(path);

    return NULL;
}
