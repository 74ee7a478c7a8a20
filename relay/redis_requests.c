#include "relay/redis_requests.h"

#include "base/log.h"
#include "relay/redis_answer.h"
#include "relay/redis_link.h"
#include "relay/redis_requests_inside.h"

#include <errno.h>
#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { PUBLISH_WORDS = 12 };

static const char bad_room[] = "room_id must be 1 to 64 of A-Za-z0-9_.-";

/* ---- answering ---- */

static void refuse_published(const struct redis_call *call, const struct broker_status *status)
{
    static const struct broker_published none = {SPAN_NONE, {0, 0}};

    ((broker_on_published *)call->done)(call->arg, status, &none);
}

static void refuse_snapshot(const struct redis_call *call, const struct broker_status *status)
{
    static const struct broker_snapshot none = {0};

    ((broker_on_snapshot *)call->done)(call->arg, status, &none);
}

static void refuse_history(const struct redis_call *call, const struct broker_status *status)
{
    static const struct broker_history none = {0};

    ((broker_on_history *)call->done)(call->arg, status, &none);
}

static struct broker_status status_of_error(struct redis_requests *requests,
                                            const redisReply *reply)
{
    struct span text = span_make(reply->str, (size_t)reply->len);
    const struct redis_trouble *trouble = redis_trouble_of(text);

    if (!redis_trouble_is_of_message(trouble))
        metrics_add(requests->settings.metrics, METRIC_BROKER_ERRORS, trouble->error, 1);

    if (trouble->refusal == REFUSAL_INTERNAL) /* only its code: the rest may quote the message */
        LOG_LIMITED(WARN, 3, 60000, "redis answered an error, refusing the request",
                    LOG_SPAN("code", span_make(text.data, span_find(text, ' '))));

    if (trouble->remedy != REMEDY_NONE)
        requests->settings.on_trouble(requests->settings.owner, trouble);

    /* Ends with the zero that hiredis puts behind every string. */
    return (struct broker_status){trouble->refusal, redis_trouble_detail(trouble, text).data};
}

struct broker_status redis_requests_status(struct redis_requests *requests, enum redis_end end,
                                           const redisReply *reply)
{
    switch (end) {
    case REDIS_REPLIED:
        if (reply->type == REDIS_REPLY_ERROR)
            return status_of_error(requests, reply);
        return (struct broker_status){REFUSAL_NONE, NULL};
    case REDIS_UNANSWERED:
        return (struct broker_status){REFUSAL_TIMEOUT, NULL};
    case REDIS_UNSENT:
    case REDIS_FREED:
        break;
    }

    return (struct broker_status){REFUSAL_UNAVAILABLE, NULL};
}

const struct broker_status redis_requests_not_understood = {REFUSAL_INTERNAL, NULL};

static void on_published(const struct redis_call *call, enum redis_end end, const redisReply *reply)
{
    const struct broker_status status = redis_requests_status(call->owner, end, reply);
    struct broker_published published;

    if (status.refusal != REFUSAL_NONE)
        refuse_published(call, &status);
    else if (redis_answer_published(reply, &published) != 0)
        refuse_published(call, &redis_requests_not_understood);
    else
        ((broker_on_published *)call->done)(call->arg, &status, &published);
}

static void on_snapshot(const struct redis_call *call, enum redis_end end, const redisReply *reply)
{
    struct redis_requests *requests = call->owner;
    const struct broker_status status = redis_requests_status(requests, end, reply);

    if (status.refusal != REFUSAL_NONE)
        refuse_snapshot(call, &status);
    else if (redis_answer_snapshot(reply, &requests->cut) != 0)
        refuse_snapshot(call, &redis_requests_not_understood);
    else
        ((broker_on_snapshot *)call->done)(call->arg, &status, &requests->cut.snapshot);
}

static void on_history(const struct redis_call *call, enum redis_end end, const redisReply *reply)
{
    struct redis_requests *requests = call->owner;
    const struct broker_status status = redis_requests_status(requests, end, reply);

    if (status.refusal != REFUSAL_NONE)
        refuse_history(call, &status);
    else if (redis_answer_history(reply, call->after, &requests->past) != 0)
        refuse_history(call, &redis_requests_not_understood);
    else
        ((broker_on_history *)call->done)(call->arg, &status, &requests->past.history);
}

/* ---- asking ---- */

static void refuse_later(struct redis_requests *requests, const struct redis_call *call,
                         redis_refuse *refuse, struct broker_status status)
{
    const struct redis_refusal refusal = {*call, refuse, status};

    redis_refused_add(requests->refused, &refusal);
}

void redis_requests_fail(struct redis_requests *requests, const struct redis_call *call,
                         redis_refuse *refuse, int error)
{
    if (error == -ENOBUFS)
        metrics_add(requests->settings.metrics, METRIC_BROKER_ERRORS, BROKER_ERROR_FULL, 1);

    refuse_later(
        requests, call, refuse,
        (struct broker_status){error == -ENOMEM ? REFUSAL_INTERNAL : REFUSAL_UNAVAILABLE, NULL});
}

bool redis_requests_begin(struct redis_requests *requests, enum broker_function function,
                          struct span room, char key[ROOM_NAME_MAX], const struct redis_call *call,
                          redis_refuse *refuse)
{
    metrics_add(requests->settings.metrics, METRIC_BROKER_REQUESTS, function, 1);
    if (!requests->open) {
        redis_requests_fail(requests, call, refuse, -ENOTCONN);
        return false;
    }

    if (!room_id_valid(room) && !span_is(room, BROKER_EVERYWHERE)) {
        refuse_later(requests, call, refuse, (struct broker_status){REFUSAL_MALFORMED, bad_room});
        return false;
    }

    (void)room_channel(key, span_of(requests->settings.prefix), room);

    return true;
}

void redis_requests_ask(struct redis_requests *requests, const struct span *words, size_t n,
                        const struct redis_call *call, redis_refuse *refuse)
{
    int error = redis_link_ask(requests->settings.link, words, n, call);

    if (error != 0)
        redis_requests_fail(requests, call, refuse, error);
}

void redis_requests_publish(struct redis_requests *requests, const struct broker_publish *publish,
                            broker_on_published *done, void *arg)
{
    const struct redis_call call = {
        .on_end = on_published, .owner = requests, .done = (void (*)(void))done, .arg = arg};
    char key[ROOM_NAME_MAX];
    char letters[ENTRY_MAX_FLAGS];

    if (redis_requests_begin(requests, BROKER_FUNCTION_PUBLISH, publish->room, key, &call,
                             refuse_published)) {
        const struct span words[PUBLISH_WORDS] = {
            SPAN_LITERAL("FCALL"),
            SPAN_LITERAL("livegate_publish"),
            SPAN_LITERAL("1"),
            span_of(key),
            publish->message,
            publish->id,
            publish->origin,
            entry_flag_letters(publish->flags, letters),
            span_of(requests->history),
            span_of(requests->ttl_s),
            SPAN_LITERAL(""), /* the largest message: as everybody's */
            publish->uid,
        };

        redis_requests_ask(requests, words, PUBLISH_WORDS, &call, refuse_published);
    }
}

void redis_requests_snapshot(struct redis_requests *requests, struct span room,
                             broker_on_snapshot *done, void *arg)
{
    const struct redis_call call = {
        .on_end = on_snapshot, .owner = requests, .done = (void (*)(void))done, .arg = arg};
    struct span words[] = {SPAN_LITERAL("FCALL"), SPAN_LITERAL("livegate_snapshot"),
                           SPAN_LITERAL("1"), SPAN_NONE};
    char key[ROOM_NAME_MAX];

    if (!redis_requests_begin(requests, BROKER_FUNCTION_SNAPSHOT, room, key, &call,
                              refuse_snapshot))
        return;

    words[3] = span_of(key);
    redis_requests_ask(requests, words, sizeof words / sizeof words[0], &call, refuse_snapshot);
}

void redis_requests_history(struct redis_requests *requests, struct span room,
                            struct position after, size_t limit, broker_on_history *done, void *arg)
{
    const struct redis_call call = {.on_end = on_history,
                                    .owner = requests,
                                    .done = (void (*)(void))done,
                                    .arg = arg,
                                    .after = after};
    struct span words[] = {SPAN_LITERAL("FCALL"),
                           SPAN_LITERAL("livegate_history"),
                           SPAN_LITERAL("1"),
                           SPAN_NONE,
                           SPAN_NONE,
                           SPAN_NONE,
                           SPAN_NONE};
    char key[ROOM_NAME_MAX];
    char numbers[3][24];

    if (!redis_requests_begin(requests, BROKER_FUNCTION_HISTORY, room, key, &call, refuse_history))
        return;

    (void)snprintf(numbers[0], sizeof numbers[0], "%" PRIu64, after.term);
    (void)snprintf(numbers[1], sizeof numbers[1], "%" PRIu64, after.seq);
    (void)snprintf(numbers[2], sizeof numbers[2], "%zu", limit);
    words[3] = span_of(key);
    for (size_t i = 0; i < 3; i++)
        words[4 + i] = span_of(numbers[i]);
    redis_requests_ask(requests, words, sizeof words / sizeof words[0], &call, refuse_history);
}

/* ---- their life ---- */

void redis_requests_open(struct redis_requests *requests, bool open)
{
    requests->open = open;
}

static void dispose(struct redis_requests *requests)
{
    redis_refused_free(requests->refused);
    redis_census_dispose(requests);
    redis_moderation_dispose(requests);
    free(requests);
}

void redis_requests_free(struct redis_requests *requests)
{
    if (requests)
        dispose(requests);
}

struct redis_requests *redis_requests_new(const struct redis_requests_settings *settings)
{
    struct redis_requests *requests = calloc(1, sizeof *requests);

    if (!requests)
        return NULL;

    requests->settings = *settings;
    redis_census_init(requests);
    redis_moderation_init(requests);
    (void)snprintf(requests->history, sizeof requests->history, "%" PRIu32, settings->history);
    (void)snprintf(requests->ttl_s, sizeof requests->ttl_s, "%" PRIu64,
                   (settings->room_ttl_ms + 999) / 1000);
    requests->refused = redis_refused_new(settings->loop);
    if (!requests->refused) {
        dispose(requests);
        return NULL;
    }

    return requests;
}
