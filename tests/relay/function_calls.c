#include "tests/relay/function_calls.h"

#include "relay/functions.h"
#include "tests/support/unit.h"

#include <stdbool.h>
#include <string.h>

struct function_calls calls;

static void disconnect(void)
{
    redis_client_free(calls.asks);
    redis_client_free(calls.listens);
    calls.asks = NULL;
    calls.listens = NULL;
}

void functions_load(struct redis_client *client, const char *library)
{
    const redisReply *reply = ASK(client, "FUNCTION", "LOAD", "REPLACE", library);

    if (reply->type != REDIS_REPLY_STRING)
        fail_msg("the library does not load: %s", reply_text(reply));
}

void calls_reconnect(void)
{
    disconnect();
    calls.asks = redis_client_new(calls.server);
    calls.listens = redis_client_new(calls.server);
    functions_load(calls.asks, livegate_lua);
    (void)ASK(calls.listens, "SUBSCRIBE", ROOM_KEY);
}

int calls_set_up(void **state)
{
    (void)state;
    calls.server = redis_server_new(NULL);
    calls_reconnect();

    return 0;
}

int calls_tear_down(void **state)
{
    (void)state;
    disconnect();
    redis_server_free(calls.server);

    return 0;
}

int calls_forget(void **state)
{
    (void)state;
    (void)ASK(calls.asks, "FLUSHALL");
    calls_reconnect();

    return 0;
}

struct entry entry_of(const redisReply *reply)
{
    struct entry entry;

    assert_int_equal(reply->type, REDIS_REPLY_STRING);
    if (entry_parse(&entry, span_make(reply->str, (size_t)reply->len)) != 0)
        fail_msg("no entry: %s", reply->str);

    return entry;
}

struct position published(const char *message)
{
    const redisReply *reply = PUBLISH(message);

    return (struct position){(uint64_t)reply_integer(reply_item(reply, 1)),
                             (uint64_t)reply_integer(reply_item(reply, 2))};
}

struct entry heard(void)
{
    const redisReply *reply = redis_client_next(calls.listens);

    if (strcmp(reply_text(reply_item(reply, 0)), "message") != 0)
        fail_msg("not a message: %s", reply_text(reply_item(reply, 0)));

    return entry_of(reply_item(reply, 2));
}

void nothing_was_heard(void)
{
    struct entry entry;

    /* What is heard comes in order: this comes last. */
    (void)ASK(calls.asks, "PUBLISH", ROOM_KEY, "{\"msg_type\":\"x_last\"}");
    entry = heard();
    if (!span_is(entry.payload, "{\"msg_type\":\"x_last\"}"))
        fail_msg("heard: %.*s", SPAN_ARGS(entry.payload));
}

void assert_error(const redisReply *reply, const char *beginning)
{
    if (reply->type != REDIS_REPLY_ERROR || strncmp(reply->str, beginning, strlen(beginning)) != 0)
        fail_msg("not \"%s\" but type %d %s", beginning, reply->type, reply->str ? reply->str : "");
}

void assert_span(struct span span, const char *text)
{
    if (!span_is(span, text))
        fail_msg("\"%.*s\" is not \"%s\"", SPAN_ARGS(span), text);
}
