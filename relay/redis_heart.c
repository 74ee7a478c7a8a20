#include "relay/redis_heart.h"

#include "base/log.h"
#include "relay/redis_link.h"
#include "schema/room.h"

#include <event2/event.h>
#include <hiredis/hiredis.h>
#include <stdlib.h>

enum { BEAT_S = 1 };

struct redis_heart {
    struct redis_heart_settings settings;
    const struct redis_heart_events *events;
    void *owner;
    struct event *timer;
    char key[ROOM_NAME_MAX];
};

static void on_beaten(const struct redis_call *call, enum redis_end end, const redisReply *reply)
{
    struct redis_heart *heart = call->owner;

    if (end != REDIS_REPLIED)
        return; /* the link tells */

    if (reply->type == REDIS_REPLY_ERROR)
        heart->events->on_beat(heart->owner,
                               redis_trouble_of(span_make(reply->str, (size_t)reply->len)));
    else
        heart->events->on_beat(heart->owner, NULL);
}

enum { BEAT_WORDS = 5, BYE_WORDS };

static int beat(struct redis_heart *heart, size_t n_words, const struct redis_call *call)
{
    const struct span words[BYE_WORDS] = {
        SPAN_LITERAL("FCALL"), SPAN_LITERAL("livegate_heartbeat"), SPAN_LITERAL("1"),
        span_of(heart->key),   span_of(heart->settings.worker),    SPAN_LITERAL("bye")};

    return redis_link_ask(heart->settings.link, words, n_words, call);
}

void redis_heart_beat(struct redis_heart *heart)
{
    const struct redis_call call = {.on_end = on_beaten, .owner = heart};

    if (beat(heart, BEAT_WORDS, &call) != 0)
        LOG_LIMITED(WARN, 1, 60000, "no heartbeat, the link to redis is full or lost");
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct redis_heart *heart = arg;

    (void)fd;
    (void)what;
    if (redis_link_is_up(heart->settings.link) && heart->events->on_due(heart->owner))
        redis_heart_beat(heart);
}

void redis_heart_start(struct redis_heart *heart)
{
    static const struct timeval each = {BEAT_S, 0};

    if (event_add(heart->timer, &each) != 0)
        LOG(ERROR, "no memory for heartbeats, our viewers will not be counted");
}

void redis_heart_stop(struct redis_heart *heart)
{
    const struct redis_call nobody_cares = {.on_end = NULL};

    (void)event_del(heart->timer);
    if (beat(heart, BYE_WORDS, &nobody_cares) == 0)
        redis_link_flush(heart->settings.link);
}

static void dispose(struct redis_heart *heart)
{
    if (heart->timer)
        event_free(heart->timer);

    free(heart);
}

void redis_heart_free(struct redis_heart *heart)
{
    if (heart)
        dispose(heart);
}

struct redis_heart *redis_heart_new(const struct redis_heart_settings *settings,
                                    const struct redis_heart_events *events, void *owner)
{
    struct redis_heart *heart = calloc(1, sizeof *heart);

    if (!heart)
        return NULL;

    heart->settings = *settings;
    heart->events = events;
    heart->owner = owner;
    (void)room_workers_key(heart->key, span_of(settings->prefix));
    heart->timer = event_new(settings->loop, -1, EV_PERSIST, on_timer, heart);
    if (heart->timer)
        return heart;

    dispose(heart);

    return NULL;
}
