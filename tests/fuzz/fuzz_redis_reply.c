/* Any bytes as what Redis says: nothing is read past its end, each call ends exactly once, and
 * whatever shape an answer has, all who may get it cope. */
#include "relay/redis_answer.h"
#include "relay/redis_greeting.h"
#include "relay/redis_pipeline.h"
#include "relay/redis_trouble.h"
#include "tests/fuzz/fuzz.h"

#include <event2/buffer.h>
#include <hiredis/hiredis.h>
#include <stdlib.h>

enum { CALLS = 8, ITEMS = 3, SLICE = 7 };

static int ends[CALLS];

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void look_at_entries(const struct span *entries, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct entry entry;

        require(entry_parse(&entry, entries[i]) == 0);
    }
}

static void look_at(const redisReply *reply)
{
    static struct redis_cut cut;
    struct broker_published published;
    struct broker_counted counted;
    bool returning[ITEMS];

    (void)redis_greeting_judge_hello(reply);
    (void)redis_greeting_judge_status(reply);
    if (redis_answer_published(reply, &published) == 0)
        require(published.id.data != NULL);
    if (redis_answer_counted(reply, returning, ITEMS, &counted) == 0)
        require(counted.returning == returning);
    if (redis_answer_snapshot(reply, &cut) == 0) {
        require(cut.snapshot.n_chat <= BROKER_CHAT && cut.snapshot.n_shelf <= BROKER_MAX_SHELF);
        look_at_entries(cut.snapshot.chat, cut.snapshot.n_chat);
        look_at_entries(cut.snapshot.shelf, cut.snapshot.n_shelf);
    }
    if (reply->type == REDIS_REPLY_ERROR) {
        struct span text = span_make(reply->str, (size_t)reply->len);

        (void)redis_trouble_detail(redis_trouble_of(text), text);
    }
}

static void on_end(const struct redis_call *call, enum redis_end end, const redisReply *reply)
{
    require((end == REDIS_REPLIED) == (reply != NULL));
    if (reply)
        look_at(reply);
    ends[call->n]++;
}

static void on_message(void *owner, const redisReply *reply)
{
    (void)owner;
    require(reply->type == REDIS_REPLY_ARRAY && reply->elements >= 3);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct redis_pipeline *pipeline = redis_pipeline_new(on_message, NULL);
    struct evbuffer *out = evbuffer_new();
    struct redis_call call = {.on_end = on_end};
    const struct span word = span_of("PING");
    bool broken = false;

    require(pipeline && out);
    for (call.n = 0; call.n < CALLS; call.n++) {
        ends[call.n] = 0;
        call.replies = call.n == 3 ? 2 : 0;
        require(redis_pipeline_ask(pipeline, out, &word, 1, &call, 0) == 0);
    }

    for (size_t at = 0; at < size && !broken; at += SLICE) {
        size_t left = size - at;

        broken =
            redis_pipeline_take(pipeline, span_make(data + at, left < SLICE ? left : SLICE)) != 0;
    }

    redis_pipeline_end(pipeline, 0, false);
    for (size_t i = 0; i < CALLS; i++)
        require(ends[i] == 1 || (i == 3 && ends[i] == 2));

    evbuffer_free(out);
    redis_pipeline_free(pipeline);

    return 0;
}
