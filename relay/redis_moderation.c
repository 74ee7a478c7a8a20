/* Moderation as calls of its functions. */
#include "relay/moderation_notice.h"
#include "relay/redis_requests_inside.h"

#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <stdio.h>

void redis_moderation_init(struct redis_requests *requests)
{
    buffer_init(&requests->sanctions,
                (size_t)2 * BROKER_MAX_MODERATED * sizeof(struct broker_sanction));
}

void redis_moderation_dispose(struct redis_requests *requests)
{
    buffer_dispose(&requests->sanctions);
}

/* ---- changing ---- */

static void refuse_moderated(const struct redis_call *call, const struct broker_status *status)
{
    ((broker_on_moderated *)call->done)(call->arg, status, false);
}

static void on_moderated(const struct redis_call *call, enum redis_end end, const redisReply *reply)
{
    const struct broker_status status = redis_requests_status(call->owner, end, reply);
    bool changed;

    if (status.refusal != REFUSAL_NONE)
        refuse_moderated(call, &status);
    else if (redis_answer_moderated(reply, &changed) != 0)
        refuse_moderated(call, &redis_requests_not_understood);
    else
        ((broker_on_moderated *)call->done)(call->arg, &status, changed);
}

/* "": as it is. */
static void write_setting(char text[16], int32_t value)
{
    text[0] = '\0';
    if (value != BROKER_UNCHANGED)
        (void)snprintf(text, 16, "%" PRId32, value);
}

void redis_requests_moderate(struct redis_requests *requests,
                             const struct broker_moderate *moderate, broker_on_moderated *done,
                             void *arg)
{
    const struct redis_call call = {
        .on_end = on_moderated, .owner = requests, .done = (void (*)(void))done, .arg = arg};
    struct span words[] = {SPAN_LITERAL("FCALL"),
                           SPAN_LITERAL("livegate_moderate"),
                           SPAN_LITERAL("1"),
                           SPAN_NONE,
                           moderation_verb_word(moderate->verb),
                           moderate->uid,
                           SPAN_NONE};
    char key[ROOM_NAME_MAX], muted[16], number[24];

    if (!redis_requests_begin(requests, BROKER_FUNCTION_MODERATE, moderate->room, key, &call,
                              refuse_moderated))
        return;

    (void)snprintf(number, sizeof number, "%" PRIu64, moderate->seconds);
    if (moderate->verb == MODERATE_SETTINGS) {
        write_setting(muted, moderate->muted);
        write_setting(number, moderate->slow_mode_s);
        words[5] = span_of(muted);
    }

    words[3] = span_of(key);
    words[6] = span_of(number);
    redis_requests_ask(requests, words, sizeof words / sizeof words[0], &call, refuse_moderated);
}

/* ---- reading ---- */

static void refuse_sanctions(const struct redis_call *call, const struct broker_status *status)
{
    static const struct broker_sanctions none = {0};

    ((broker_on_sanctions *)call->done)(call->arg, status, &none);
}

static void on_sanctions(const struct redis_call *call, enum redis_end end, const redisReply *reply)
{
    struct redis_requests *requests = call->owner;
    const struct broker_status status = redis_requests_status(requests, end, reply);
    struct broker_sanctions sanctions;

    if (status.refusal != REFUSAL_NONE)
        refuse_sanctions(call, &status);
    else if (redis_answer_sanctions(reply, &requests->sanctions, &sanctions) != 0)
        refuse_sanctions(call, &redis_requests_not_understood);
    else
        ((broker_on_sanctions *)call->done)(call->arg, &status, &sanctions);
}

void redis_requests_sanctions(struct redis_requests *requests, struct span room,
                              broker_on_sanctions *done, void *arg)
{
    const struct redis_call call = {
        .on_end = on_sanctions, .owner = requests, .done = (void (*)(void))done, .arg = arg};
    struct span words[] = {SPAN_LITERAL("FCALL"), SPAN_LITERAL("livegate_sanctions"),
                           SPAN_LITERAL("1"), SPAN_NONE};
    char key[ROOM_NAME_MAX];

    if (!redis_requests_begin(requests, BROKER_FUNCTION_SANCTIONS, room, key, &call,
                              refuse_sanctions))
        return;

    words[3] = span_of(key);
    redis_requests_ask(requests, words, sizeof words / sizeof words[0], &call, refuse_sanctions);
}
