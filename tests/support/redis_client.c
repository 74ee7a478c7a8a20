#include "tests/support/redis_client.h"

#include "tests/support/unit.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_ARGUMENTS = 64 };

struct redis_client {
    redisContext *context;
    redisReply *reply;
};

static void dispose(struct redis_client *client)
{
    if (client->reply)
        freeReplyObject(client->reply);
    if (client->context)
        redisFree(client->context);
    free(client);
}

void redis_client_free(struct redis_client *client)
{
    if (client)
        dispose(client);
}

struct redis_client *redis_client_new(const struct redis_server *server)
{
    const struct timeval patience = {.tv_sec = 10};
    struct redis_client *client = calloc(1, sizeof *client);

    assert_non_null(client);
    client->context = redisConnectWithTimeout("127.0.0.1", redis_server_port(server), patience);
    if (!client->context || client->context->err) {
        dispose(client);
        fail_msg("redis_client: no connection");
        return NULL;
    }

    assert_int_equal(redisSetTimeout(client->context, patience), REDIS_OK);

    return client;
}

const redisReply *redis_client_next(struct redis_client *client)
{
    void *reply = NULL;

    if (client->reply)
        freeReplyObject(client->reply);
    client->reply = NULL;
    if (redisGetReply(client->context, &reply) != REDIS_OK)
        fail_msg("redis_client: %s", client->context->errstr);
    client->reply = reply;

    return client->reply;
}

const redisReply *redis_client_ask(struct redis_client *client, const struct span *arguments,
                                   size_t n)
{
    const char *data[MAX_ARGUMENTS];
    size_t sizes[MAX_ARGUMENTS];

    assert_true(n <= MAX_ARGUMENTS);
    for (size_t i = 0; i < n; i++) {
        data[i] = arguments[i].data;
        sizes[i] = arguments[i].size;
    }

    assert_int_equal(redisAppendCommandArgv(client->context, (int)n, data, sizes), REDIS_OK);

    return redis_client_next(client);
}

const redisReply *redis_client_words(struct redis_client *client, const char *const *words)
{
    struct span arguments[MAX_ARGUMENTS];
    size_t n = 0;

    for (; words[n]; n++)
        arguments[n] = span_of(words[n]);

    return redis_client_ask(client, arguments, n);
}

long long reply_integer(const redisReply *reply)
{
    if (reply->type != REDIS_REPLY_INTEGER)
        fail_msg("not a number: type %d, %s", reply->type, reply->str ? reply->str : "");

    return reply->integer;
}

const char *reply_text(const redisReply *reply)
{
    if (reply->type != REDIS_REPLY_STRING && reply->type != REDIS_REPLY_STATUS &&
        reply->type != REDIS_REPLY_ERROR)
        fail_msg("not a text: type %d", reply->type);

    return reply->str;
}

const redisReply *reply_item(const redisReply *reply, size_t i)
{
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements <= i)
        fail_msg("no item %zu: type %d, %s", i, reply->type, reply->str ? reply->str : "");

    return reply->element[i];
}
