#include "relay/redis_canary.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/random.h"
#include "base/span.h"
#include "relay/redis_link.h"
#include "schema/room.h"

#include <event2/event.h>
#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { TOKEN_DIGITS = 16, SONG_MAX = TOKEN_DIGITS + 1 + 20 + 1 };

struct redis_canary {
    struct redis_canary_settings settings;
    const struct redis_canary_events *events;
    void *owner;
    struct event *timer;
    bool listening; /* Redis has confirmed the subscription */
    bool allowed;
    uint64_t proven_us;   /* since when none returned; 0: none is under way */
    uint64_t answered_us; /* when the last one was sent whose call Redis has answered */
    char token[TOKEN_DIGITS + 1];
    char channel[ROOM_NAME_MAX];
};

/* ---- flying ---- */

static void on_answered(const struct redis_call *call, enum redis_end end, const redisReply *reply)
{
    struct redis_canary *canary = call->owner;

    if (end != REDIS_REPLIED)
        return; /* the link tells */

    if (reply->type == REDIS_REPLY_ERROR) {
        canary->proven_us = 0; /* not late: it has never flown */
        canary->events->on_trouble(canary->owner,
                                   redis_trouble_of(span_make(reply->str, (size_t)reply->len)));
        return;
    }

    canary->answered_us = call->n;
}

static void fly(struct redis_canary *canary)
{
    uint64_t now_us = clock_now_us();
    const struct redis_call call = {.on_end = on_answered, .owner = canary, .n = now_us};
    struct span words[] = {SPAN_LITERAL("FCALL"), SPAN_LITERAL("livegate_canary"),
                           SPAN_LITERAL("1"), span_of(canary->channel), SPAN_NONE};
    char song[SONG_MAX];

    if (!canary->listening || !canary->allowed)
        return;

    (void)snprintf(song, sizeof song, "%s:%" PRIu64, canary->token, now_us);
    words[4] = span_of(song);
    if (canary->proven_us == 0)
        canary->proven_us = now_us;
    if (redis_link_ask(canary->settings.calls, words, sizeof words / sizeof words[0], &call) != 0)
        LOG_LIMITED(WARN, 1, 60000, "no canary, the link to redis is full or lost");
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct redis_canary *canary = arg;
    uint64_t since_us = canary->proven_us;

    (void)fd;
    (void)what;
    if (since_us > 0 && clock_now_us() - since_us > UINT64_C(1000) * REDIS_CANARY_LATE_MS)
        canary->events->on_late(canary->owner, canary->answered_us > since_us);

    fly(canary);
}

/* ---- returning ---- */

bool redis_canary_take(struct redis_canary *canary, const redisReply *message)
{
    const redisReply *name = message->elements >= 3 ? message->element[1] : NULL;
    const redisReply *payload = name ? message->element[2] : NULL;
    uint64_t now_us = clock_now_us();
    uint64_t sent_us = 0;
    struct span song;

    if (!name || name->type != REDIS_REPLY_STRING ||
        !span_is(span_make(name->str, (size_t)name->len), canary->channel))
        return false;

    if (payload->type != REDIS_REPLY_STRING)
        return true;

    song = span_make(payload->str, (size_t)payload->len);
    if (!span_starts_with(song, span_of(canary->token)) ||
        span_to_u64(span_skip(song, TOKEN_DIGITS + 1), &sent_us) != 0 || sent_us > now_us)
        return true;

    metrics_observe(canary->settings.metrics, METRIC_CANARY_SECONDS, 0, now_us - sent_us);
    if (canary->proven_us > 0 && sent_us > canary->proven_us)
        canary->proven_us = sent_us;
    if (now_us - sent_us <= UINT64_C(1000) * REDIS_CANARY_LATE_MS)
        canary->events->on_returned(canary->owner);

    return true;
}

/* ---- listening ---- */

static void on_confirmed(const struct redis_call *call, enum redis_end end, const redisReply *reply)
{
    struct redis_canary *canary = call->owner;

    if (end != REDIS_REPLIED)
        return; /* redis_canary_lost() will come */

    if (reply->type != REDIS_REPLY_ARRAY) {
        canary->events->on_denied(canary->owner, reply);
        return;
    }

    canary->listening = true;
    fly(canary);
}

void redis_canary_listen(struct redis_canary *canary)
{
    const struct redis_call call = {.on_end = on_confirmed, .owner = canary, .replies = 1};
    const struct span words[] = {SPAN_LITERAL("SUBSCRIBE"), span_of(canary->channel)};

    if (redis_link_ask(canary->settings.subscription, words, sizeof words / sizeof words[0],
                       &call) != 0)
        redis_link_renew(canary->settings.subscription, "redis: no memory to subscribe");
}

void redis_canary_lost(struct redis_canary *canary)
{
    canary->listening = false;
    canary->proven_us = 0;
}

void redis_canary_allow(struct redis_canary *canary, bool allowed)
{
    if (canary->allowed == allowed)
        return;

    canary->allowed = allowed;
    canary->proven_us = 0;
    fly(canary);
}

/* ---- its life ---- */

static void dispose(struct redis_canary *canary)
{
    if (canary->timer)
        event_free(canary->timer);

    free(canary);
}

void redis_canary_free(struct redis_canary *canary)
{
    if (canary)
        dispose(canary);
}

struct redis_canary *redis_canary_new(const struct redis_canary_settings *settings,
                                      const struct redis_canary_events *events, void *owner)
{
    static const struct timeval each = {.tv_usec = 1000L * REDIS_CANARY_EACH_MS};
    struct redis_canary *canary = calloc(1, sizeof *canary);
    char room[ROOM_ID_MAX + 1];

    if (!canary)
        return NULL;

    canary->settings = *settings;
    canary->events = events;
    canary->owner = owner;
    random_hex(canary->token, TOKEN_DIGITS);
    (void)snprintf(room, sizeof room, "!%s", settings->worker);
    (void)room_channel(canary->channel, span_of(settings->prefix), span_of(room));
    canary->timer = event_new(settings->loop, -1, EV_PERSIST, on_timer, canary);
    if (canary->timer && event_add(canary->timer, &each) == 0)
        return canary;

    dispose(canary);

    return NULL;
}
