#include "bench/message.h"

#include "bench/give_up.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a viewer may say at once has an end; longer messages have a field nobody knows. */
enum { MAX_CONTENT = 1500, MAX_SIZE = 65536 };

static void fill(char *at, size_t size, bool chinese)
{
    static const char word[] = "直播间"; /* three bytes a character */

    memset(at, 'x', size);

    for (size_t i = 0; chinese && i + sizeof word - 1 <= size; i += sizeof word - 1)
        memcpy(at + i, word, sizeof word - 1);
}

static void allocate(struct bench_message *message, size_t size)
{
    message->text = malloc(size + 64);
    message->size = size;

    if (!message->text)
        give_up("no room for a message", ENOMEM);
}

void bench_message_make(struct bench_message *message, size_t size, bool chinese)
{
    static const char before[] = "{\"msg_type\":\"message\",\"content\":\"";
    static const char pad[] = "\",\"pad\":\"", end[] = "\"}";
    const char *between = size > MAX_CONTENT ? pad : "";
    size_t around = sizeof before - 1 + MARK_SIZE + strlen(between) + sizeof end - 1;
    size_t at = sizeof before - 1;

    if (size < around || size > MAX_SIZE)
        give_up("no message has that size", EMSGSIZE);

    allocate(message, size);
    memcpy(message->text, before, at);
    message->mark_at = at;
    bench_message_mark(message, 0, 0);
    at += MARK_SIZE;
    at += (size_t)sprintf(message->text + at, "%s", between);
    fill(message->text + at, size - around, chinese);
    memcpy(message->text + at + (size - around), end, sizeof end - 1);
}

void bench_message_make_shelf(struct bench_message *message)
{
    static const char before[] = "{\"msg_type\":\"on_off_shelf\",\"goods_id\":\"g-1\","
                                 "\"status\":\"on\",\"goods_name\":\"";

    allocate(message, sizeof before - 1 + MARK_SIZE + 2);
    memcpy(message->text, before, sizeof before - 1);
    message->mark_at = sizeof before - 1;
    bench_message_mark(message, 0, 0);
    memcpy(message->text + message->mark_at + MARK_SIZE, "\"}", 2);
}

void bench_message_mark(struct bench_message *message, uint64_t number, uint64_t due_us)
{
    struct mark mark = {.number = number, .due_us = due_us};

    mark_write(&mark, message->text + message->mark_at);
}

void bench_message_free(struct bench_message *message)
{
    free(message->text);
    *message = (struct bench_message){0};
}
