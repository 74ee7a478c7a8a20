#include "relay/redis_greeting.h"

#include "relay/redis_answer.h"
#include "relay/redis_trouble.h"

#include <hiredis/hiredis.h>
#include <stdio.h>

const char *redis_greeting_judge_status(const struct redisReply *reply)
{
    const struct redis_trouble *trouble;

    if (reply->type == REDIS_REPLY_STATUS)
        return NULL;

    if (reply->type != REDIS_REPLY_ERROR)
        return "redis: not what Redis answers";

    trouble = redis_trouble_of(redis_answer_text(reply));

    return trouble->refusal == REFUSAL_UNAVAILABLE ? trouble->why : "redis: refuses the connection";
}

const char *redis_greeting_judge_hello(const struct redisReply *reply)
{
    struct span version;
    struct span role;
    uint64_t major = 0;

    if (reply->type != REDIS_REPLY_ARRAY)
        return redis_greeting_judge_status(reply);

    version = redis_answer_named(reply, "version");
    role = redis_answer_named(reply, "role");
    if (span_to_u64(span_make(version.data, span_find(version, '.')), &major) != 0 || major < 7)
        return "redis: older than 7.0";

    if (span_is(role, "replica") || span_is(role, "slave"))
        return "redis: a read-only replica (READONLY)";

    return NULL;
}

enum { HELLO, SELECT, PING };

static void on_answer(const struct redis_call *call, enum redis_end end,
                      const struct redisReply *reply)
{
    struct redis_greeting *greeting = call->owner;
    const char *why;

    if (end != REDIS_REPLIED || greeting->ended)
        return;

    why = call->n == HELLO ? redis_greeting_judge_hello(reply) : redis_greeting_judge_status(reply);
    greeting->ended = why || call->n == PING;
    if (greeting->ended)
        greeting->on_end(greeting->owner, why);
}

static void say(struct span *words, size_t *n, const char *word)
{
    words[(*n)++] = span_of(word);
}

static size_t say_hello(const struct redis_greeting *greeting, struct span words[8])
{
    const struct redis_url *url = greeting->url;
    size_t n = 0;

    say(words, &n, "HELLO");
    say(words, &n, "2");
    if (url->password[0] != '\0' || url->user[0] != '\0') {
        say(words, &n, "AUTH");
        say(words, &n, url->user[0] != '\0' ? url->user : "default");
        say(words, &n, url->password);
    }
    say(words, &n, "SETNAME");
    say(words, &n, greeting->name);

    return n;
}

int redis_greeting_begin(struct redis_greeting *greeting, struct redis_pipeline *pipeline,
                         struct evbuffer *out, uint64_t due_ms)
{
    struct redis_call call = {.on_end = on_answer, .owner = greeting};
    struct span words[8];
    char db[8];
    int error;

    greeting->ended = false;
    call.n = HELLO;
    error = redis_pipeline_ask(pipeline, out, words, say_hello(greeting, words), &call, due_ms);
    if (error != 0)
        return error;

    if (greeting->url->db != 0) {
        (void)snprintf(db, sizeof db, "%u", (unsigned)greeting->url->db);
        words[0] = span_of("SELECT");
        words[1] = span_of(db);
        call.n = SELECT;
        error = redis_pipeline_ask(pipeline, out, words, 2, &call, due_ms);
        if (error != 0)
            return error;
    }

    words[0] = span_of("PING");
    call.n = PING;

    return redis_pipeline_ask(pipeline, out, words, 1, &call, due_ms);
}
