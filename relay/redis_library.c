#include "relay/redis_library.h"

#include "base/log.h"
#include "base/span.h"
#include "relay/functions.h"
#include "relay/redis_link.h"
#include "relay/redis_trouble.h"

#include <hiredis/hiredis.h>
#include <stdlib.h>
#include <string.h>

long long redis_library_version(void)
{
    static const char says[] = "local livegate_version = ";
    const char *line = strstr(livegate_lua, says);

    return line ? strtoll(line + strlen(says), NULL, 10) : 0;
}

static void fail(struct redis_library *library, const redisReply *reply)
{
    const struct redis_trouble *trouble =
        reply ? redis_trouble_of(span_make(reply->str, (size_t)reply->len)) : NULL;
    bool theirs =
        trouble && trouble->refusal == REFUSAL_UNAVAILABLE && trouble->remedy != REMEDY_LOAD;

    library->checking = false;
    library->on_failed(library->owner,
                       theirs ? trouble->why : "redis: the function library cannot be loaded");
}

static void ask_version(struct redis_library *library);

static void on_loaded(const struct redis_call *call, enum redis_end end, const redisReply *reply)
{
    static const char taken[] = "ERR Library 'livegate' already exists";
    struct redis_library *library = call->owner;

    if (end != REDIS_REPLIED) {
        library->checking = false;
        return;
    }

    if (reply->type == REDIS_REPLY_ERROR) {
        struct span error = span_make(reply->str, (size_t)reply->len);

        if (!library->replaces && span_starts_with(error, span_of(taken))) {
            library->replaces = true;
            ask_version(library);
        } else {
            fail(library, reply);
        }
        return;
    }

    library->checking = false;
    LOG(INFO, "function library loaded", LOG_INT("version", redis_library_version()));
    library->on_ready(library->owner);
}

static void load(struct redis_library *library)
{
    const struct redis_call call = {.on_end = on_loaded, .owner = library};
    const struct span code = span_make(livegate_lua, livegate_lua_size);
    const struct span adding[] = {SPAN_LITERAL("FUNCTION"), SPAN_LITERAL("LOAD"), code};
    const struct span replacing[] = {SPAN_LITERAL("FUNCTION"), SPAN_LITERAL("LOAD"),
                                     SPAN_LITERAL("REPLACE"), code};
    int error = library->replaces ? redis_link_ask(library->link, replacing, 4, &call)
                                  : redis_link_ask(library->link, adding, 3, &call);

    if (error != 0)
        fail(library, NULL);
}

static void on_version(const struct redis_call *call, enum redis_end end, const redisReply *reply)
{
    struct redis_library *library = call->owner;

    if (end != REDIS_REPLIED) {
        library->checking = false;
        return;
    }

    if (reply->type == REDIS_REPLY_INTEGER && reply->integer >= redis_library_version()) {
        library->checking = false;
        library->on_ready(library->owner);
        return;
    }

    if (reply->type == REDIS_REPLY_ERROR &&
        redis_trouble_of(span_make(reply->str, (size_t)reply->len))->remedy != REMEDY_LOAD) {
        fail(library, reply);
        return;
    }

    if (reply->type == REDIS_REPLY_INTEGER)
        library->replaces = true;
    load(library);
}

static void ask_version(struct redis_library *library)
{
    const struct redis_call call = {.on_end = on_version, .owner = library};
    const struct span words[] = {SPAN_LITERAL("FCALL"), SPAN_LITERAL("livegate_version"),
                                 SPAN_LITERAL("0")};

    library->checking =
        redis_link_ask(library->link, words, sizeof words / sizeof words[0], &call) == 0;
}

void redis_library_check(struct redis_library *library)
{
    if (library->checking)
        return;

    library->replaces = false;
    ask_version(library);
}
