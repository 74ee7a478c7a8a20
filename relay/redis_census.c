/* The census as a call of its function: the longest of all, for it may tell of many viewers. */
#include "relay/redis_link.h"
#include "relay/redis_requests_inside.h"

#include <errno.h>
#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <stdio.h>

enum { CENSUS_WORDS = 8, ITEM_WORDS = 4, MAX_ITEMS = 1 << 20 };

void redis_census_init(struct redis_requests *requests)
{
    buffer_init(&requests->returning, MAX_ITEMS);
    buffer_init(&requests->words,
                (CENSUS_WORDS + (size_t)ITEM_WORDS * MAX_ITEMS) * sizeof(struct span));
}

void redis_census_dispose(struct redis_requests *requests)
{
    buffer_dispose(&requests->returning);
    buffer_dispose(&requests->words);
}

static void refuse_counted(const struct redis_call *call, const struct broker_status *status)
{
    static const struct broker_counted none = {0};

    ((broker_on_counted *)call->done)(call->arg, status, &none);
}

static void on_counted(const struct redis_call *call, enum redis_end end, const redisReply *reply)
{
    struct redis_requests *requests = call->owner;
    const struct broker_status status = redis_requests_status(requests, end, reply);
    struct broker_counted counted;

    if (status.refusal != REFUSAL_NONE)
        refuse_counted(call, &status);
    else if (redis_answer_counted(reply, (bool *)requests->returning.data, call->n, &counted) != 0)
        refuse_counted(call, &redis_requests_not_understood);
    else
        ((broker_on_counted *)call->done)(call->arg, &status, &counted);
}

static void say(struct span **at, struct span word)
{
    **at = word;
    (*at)++;
}

static void say_items(struct span **at, const struct broker_census *census)
{
    static const struct span verbs[] = {
        [CENSUS_ENTER] = SPAN_LITERAL("enter"),
        [CENSUS_LEAVE] = SPAN_LITERAL("leave"),
        [CENSUS_LOST] = SPAN_LITERAL("lost"),
        [CENSUS_EXPIRE] = SPAN_LITERAL("expire"),
    };

    for (size_t i = 0; i < census->n_items; i++) {
        const struct census_item *item = &census->items[i];

        say(at, verbs[item->verb]);
        say(at, item->uid);
        say(at, item->origin);
        say(at, item->announcement);
    }
}

static int ask_census(struct redis_requests *requests, const char *key,
                      const struct broker_census *census, const struct redis_call *call)
{
    size_t n = CENSUS_WORDS + ITEM_WORDS * census->n_items;
    char count[24];
    char grace_ms[24];
    struct span *words;
    struct span *at;

    buffer_clear(&requests->words);
    buffer_clear(&requests->returning);
    words = (struct span *)(void *)buffer_reserve(&requests->words, n * sizeof *words);
    if (!words || !buffer_reserve(&requests->returning, census->n_items + 1))
        return -ENOMEM;

    (void)snprintf(count, sizeof count, "%" PRIu64, census->count);
    (void)snprintf(grace_ms, sizeof grace_ms, "%" PRIu64, census->grace_ms);
    at = words;
    say(&at, span_of("FCALL"));
    say(&at, span_of("livegate_census"));
    say(&at, span_of("1"));
    say(&at, span_of(key));
    say(&at, span_of(requests->settings.worker));
    say(&at, span_of(count));
    say(&at, span_of(grace_ms));
    say(&at, span_of(requests->ttl_s));
    say_items(&at, census);

    return redis_link_ask(requests->settings.link, words, n, call);
}

void redis_requests_census(struct redis_requests *requests, const struct broker_census *census,
                           broker_on_counted *done, void *arg)
{
    const struct redis_call call = {.on_end = on_counted,
                                    .owner = requests,
                                    .done = (void (*)(void))done,
                                    .arg = arg,
                                    .n = census->n_items};
    char key[ROOM_NAME_MAX];
    int error;

    if (!redis_requests_begin(requests, BROKER_FUNCTION_CENSUS, census->room, key, &call,
                              refuse_counted))
        return;

    error = ask_census(requests, key, census, &call);
    if (error != 0)
        redis_requests_fail(requests, &call, refuse_counted, error);
}
