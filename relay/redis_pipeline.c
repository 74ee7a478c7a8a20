#include "relay/redis_pipeline.h"

#include <errno.h>
#include <event2/buffer.h>
#include <hiredis/hiredis.h>
#include <stdlib.h>
#include <string.h>

enum {
    /* The reader moves what is left to the front of its buffer at each reply, so it gets little
     * at a time. */
    SLICE = 4096,
    FEW_WORDS = 16,
    MAX_ELEMENTS = 1 << 20 /* of an array: the reader would allocate whatever it is told */
};

#if HIREDIS_MAJOR >= 1
typedef size_t element_count;
#else
typedef int element_count;
#endif

struct redis_pipeline {
    redisReader *reader;
    redisReplyObjectFunctions objects; /* the reader's own, but for arrays */
    void *(*create_array)(const redisReadTask *task, element_count n);
    struct redis_calls calls;
    uint64_t asked;    /* bytes of all commands so far */
    uint64_t answered; /* of those that have ended */
    redis_on_message *on_message;
    void *owner;
};

static void dispose(struct redis_pipeline *pipeline)
{
    if (pipeline->reader)
        redisReaderFree(pipeline->reader);

    redis_calls_dispose(&pipeline->calls);
    free(pipeline);
}

void redis_pipeline_free(struct redis_pipeline *pipeline)
{
    if (pipeline)
        dispose(pipeline);
}

static void *create_array(const redisReadTask *task, element_count n)
{
    const struct redis_pipeline *pipeline = task->privdata;

    return n <= MAX_ELEMENTS ? pipeline->create_array(task, n) : NULL;
}

struct redis_pipeline *redis_pipeline_new(redis_on_message *on_message, void *owner)
{
    struct redis_pipeline *pipeline = calloc(1, sizeof *pipeline);

    if (!pipeline)
        return NULL;

    pipeline->on_message = on_message;
    pipeline->owner = owner;
    pipeline->reader = redisReaderCreate();
    if (!pipeline->reader) {
        dispose(pipeline);
        return NULL;
    }

    pipeline->objects = *pipeline->reader->fn;
    pipeline->create_array = pipeline->objects.createArray;
    pipeline->objects.createArray = create_array;
    pipeline->reader->fn = &pipeline->objects;
    pipeline->reader->privdata = pipeline;

    return pipeline;
}

/* ---- asking ---- */

/* -ENOMEM, or the length of the command, to be freed with redisFreeCommand(). */
static int format(char **command, const struct span *words, size_t n)
{
    const char *few_data[FEW_WORDS];
    size_t few_sizes[FEW_WORDS];
    const char **data = n <= FEW_WORDS ? few_data : calloc(n, sizeof *data);
    size_t *sizes = n <= FEW_WORDS ? few_sizes : calloc(n, sizeof *sizes);
    int size = -1;

    for (size_t i = 0; data && sizes && i < n; i++) {
        data[i] = words[i].data ? words[i].data : "";
        sizes[i] = words[i].size;
    }

    if (data && sizes)
        size = redisFormatCommandArgv(command, (int)n, data, sizes);

    if (n > FEW_WORDS) {
        free(data);
        free(sizes);
    }

    return size < 0 ? -ENOMEM : size;
}

int redis_pipeline_ask(struct redis_pipeline *pipeline, struct evbuffer *out,
                       const struct span *words, size_t n, const struct redis_call *call,
                       uint64_t due_ms)
{
    struct redis_pending pending = {
        .call = *call, .due_ms = due_ms, .replies = call->replies > 0 ? call->replies : 1};
    char *command = NULL;
    int size;
    int error;

    if (redis_calls_reserve(&pipeline->calls) != 0)
        return -ENOMEM;

    size = format(&command, words, n);
    if (size < 0)
        return size;

    error = evbuffer_add(out, command, (size_t)size);
    redisFreeCommand(command);
    if (error != 0)
        return -ENOMEM;

    pipeline->asked += (uint64_t)size;
    pending.end = pipeline->asked;
    redis_calls_push(&pipeline->calls, &pending);

    return 0;
}

size_t redis_pipeline_calls(const struct redis_pipeline *pipeline)
{
    return pipeline->calls.count;
}

uint64_t redis_pipeline_bytes(const struct redis_pipeline *pipeline)
{
    return pipeline->asked - pipeline->answered;
}

uint64_t redis_pipeline_due(const struct redis_pipeline *pipeline)
{
    const struct redis_pending *first = redis_calls_first(&pipeline->calls);

    return first ? first->due_ms : UINT64_MAX;
}

/* ---- being answered ---- */

static bool is_message(const redisReply *reply)
{
    const redisReply *kind;

    if (reply->type != REDIS_REPLY_ARRAY || reply->elements < 3)
        return false;

    kind = reply->element[0];

    return kind->type == REDIS_REPLY_STRING &&
           span_is(span_make(kind->str, (size_t)kind->len), "message");
}

static void end_first(struct redis_pipeline *pipeline, enum redis_end end, const redisReply *reply)
{
    struct redis_pending *first = redis_calls_first(&pipeline->calls);
    const struct redis_call call = first->call; /* the queue may move while it is called */

    if (--first->replies == 0 || !reply || reply->type == REDIS_REPLY_ERROR) {
        pipeline->answered = first->end;
        redis_calls_pop(&pipeline->calls);
    }

    if (call.on_end)
        call.on_end(&call, end, reply);
}

static int route(struct redis_pipeline *pipeline, const redisReply *reply)
{
    if (pipeline->on_message && is_message(reply)) {
        pipeline->on_message(pipeline->owner, reply);
        return 0;
    }

    if (pipeline->calls.count == 0)
        return -EPROTO;

    end_first(pipeline, REDIS_REPLIED, reply);

    return 0;
}

static int take_slice(struct redis_pipeline *pipeline, struct span slice)
{
    void *reply = NULL;

    if (redisReaderFeed(pipeline->reader, slice.data, slice.size) != REDIS_OK)
        return -ENOMEM;

    while (redisReaderGetReply(pipeline->reader, &reply) == REDIS_OK) {
        int error;

        if (!reply)
            return 0;

        error = route(pipeline, reply);
        freeReplyObject(reply);
        if (error != 0)
            return error;
    }

    return pipeline->reader->err == REDIS_ERR_OOM ? -ENOMEM : -EPROTO;
}

int redis_pipeline_take(struct redis_pipeline *pipeline, struct span bytes)
{
    while (bytes.size > 0) {
        size_t size = bytes.size < SLICE ? bytes.size : SLICE;
        int error = take_slice(pipeline, span_make(bytes.data, size));

        if (error != 0)
            return error;

        bytes = span_skip(bytes, size);
    }

    return 0;
}

void redis_pipeline_end(struct redis_pipeline *pipeline, uint64_t unsent, bool freed)
{
    uint64_t sent = pipeline->asked - unsent;
    const struct redis_pending *first;

    while ((first = redis_calls_first(&pipeline->calls))) {
        enum redis_end end = first->end <= sent ? REDIS_UNANSWERED : REDIS_UNSENT;

        end_first(pipeline, freed ? REDIS_FREED : end, NULL);
    }
}
