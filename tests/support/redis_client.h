/* redis_client.h - a test's own connection to its redis-server: asks and waits, one at a time.
 *
 * A connection that fails, fails the test. */
#ifndef TESTS_SUPPORT_REDIS_CLIENT_H
#define TESTS_SUPPORT_REDIS_CLIENT_H

#include "base/attributes.h"
#include "base/span.h"
#include "tests/support/redis_server.h"

#include <hiredis/hiredis.h>

struct redis_client;

/* NULL is allowed. */
void redis_client_free(struct redis_client *client);

struct redis_client *redis_client_new(const struct redis_server *server)
    OWNER_CALLS(redis_client_free);

/* Asks, and gives the answer, valid until the next question. */
const redisReply *redis_client_ask(struct redis_client *client, const struct span *arguments,
                                   size_t n);

/* The same with words: ASK(client, "GET", "x"). */
#define ASK(client, ...) redis_client_words(client, (const char *const[]){__VA_ARGS__, NULL})
const redisReply *redis_client_words(struct redis_client *client, const char *const *words);

/* The next message of a subscribed connection, as an answer is given. */
const redisReply *redis_client_next(struct redis_client *client);

/* The number or text of an answer; an error's text too.  Others fail the test. */
long long reply_integer(const redisReply *reply);
const char *reply_text(const redisReply *reply);

/* The item of an array. */
const redisReply *reply_item(const redisReply *reply, size_t i);

#endif
