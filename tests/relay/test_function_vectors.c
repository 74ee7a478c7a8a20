/* The golden messages, as the Redis function judges them. */
#include "relay/functions.h"
#include "tests/relay/function_calls.h"
#include "tests/support/redis_client.h"
#include "tests/support/unit.h"

#include <dirent.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER "schema/vectors"

static struct redis_server *server;
static struct redis_client *client;

static int set_up(void **state)
{
    (void)state;
    server = redis_server_new(NULL);
    client = redis_client_new(server);
    functions_load(client, livegate_lua);

    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    redis_client_free(client);
    redis_server_free(server);

    return 0;
}

struct text {
    char *data;
    size_t size;
};

static void append(struct text *text, const char *data, size_t size)
{
    text->data = realloc(text->data, text->size + size + 1);
    assert_non_null(text->data);
    memcpy(text->data + text->size, data, size);
    text->size += size;
    text->data[text->size] = '\0';
}

/* The text with $FILL replaced. */
static struct text fill(const json_t *vector, const char *text)
{
    const char *what = json_string_value(json_array_get(json_object_get(vector, "fill"), 0));
    json_int_t times = json_integer_value(json_array_get(json_object_get(vector, "fill"), 1));
    struct text filled = {0};
    const char *place;

    append(&filled, "", 0);
    while (what && (place = strstr(text, "$FILL"))) {
        append(&filled, text, (size_t)(place - text));
        for (json_int_t i = 0; i < times; i++)
            append(&filled, what, strlen(what));
        text = place + strlen("$FILL");
    }
    append(&filled, text, strlen(text));

    return filled;
}

static void from_hexadecimal(struct text *text)
{
    for (size_t i = 0; i + 1 < text->size; i += 2) {
        char byte[3] = {text->data[i], text->data[i + 1], '\0'};

        text->data[i / 2] = (char)strtoul(byte, NULL, 16);
    }

    text->size /= 2;
}

static struct text message_of(const json_t *vector)
{
    const char *hexadecimal = json_string_value(json_object_get(vector, "hex"));
    const json_t *plain = json_object_get(vector, "text");
    struct text text;

    if (!hexadecimal && strlen(json_string_value(plain)) != json_string_length(plain)) {
        text = (struct text){0}; /* holds zero bytes, and so no $FILL */
        append(&text, json_string_value(plain), json_string_length(plain));
        return text;
    }

    text = fill(vector, hexadecimal ? hexadecimal : json_string_value(plain));
    if (hexadecimal)
        from_hexadecimal(&text);

    return text;
}

static const redisReply *publish(const json_t *vector)
{
    const char *room = json_string_value(json_object_get(vector, "room"));
    json_int_t max = json_integer_value(json_object_get(vector, "max"));
    struct text message = message_of(vector);
    char key[128];
    char max_bytes[32] = "";
    const redisReply *reply;

    (void)snprintf(key, sizeof key, "live:{%s}", room ? room : "8");
    if (max > 0)
        (void)snprintf(max_bytes, sizeof max_bytes, "%lld", (long long)max);

    reply = redis_client_ask(
        client,
        (struct span[]){span_of("FCALL"), span_of("livegate_publish"), span_of("1"), span_of(key),
                        span_make(message.data, message.size), span_of(""), span_of(""),
                        span_of(json_is_true(json_object_get(vector, "summed")) ? "s" : ""),
                        span_of(""), span_of(""), span_of(max_bytes)},
        11);
    free(message.data);

    return reply;
}

/* "malformed" and "content" are told as "MALFORMED content must be …". */
static bool names(const redisReply *reply, const char *refusal, const char *field)
{
    char words[128];

    (void)snprintf(words, sizeof words, "%s %s ", refusal, field);
    for (char *c = words; *c != ' '; c++)
        *c = *c == '_' ? '_' : (char)(*c - 'a' + 'A');

    return reply->type == REDIS_REPLY_ERROR && strncmp(reply->str, words, strlen(words)) == 0;
}

static bool agrees(const json_t *vector, const redisReply *reply)
{
    const char *id = json_string_value(json_object_get(json_object_get(vector, "texts"), "id"));

    if (strcmp(json_string_value(json_object_get(vector, "verdict")), "ok") != 0)
        return names(reply, json_string_value(json_object_get(vector, "refusal")),
                     json_string_value(json_object_get(vector, "field")));

    return reply->type == REDIS_REPLY_ARRAY && reply->elements == 3 &&
           (!id || strcmp(reply_text(reply->element[0]), id) == 0);
}

static size_t run_file(const char *name)
{
    char path[512];
    json_error_t error;
    json_t *file;
    json_t *vector;
    size_t i;
    size_t bad = 0;

    (void)snprintf(path, sizeof path, FOLDER "/%s", name);
    file = json_load_file(path, JSON_ALLOW_NUL, &error);
    if (!file)
        fail_msg("%s: %s", path, error.text);

    json_array_foreach(json_object_get(file, "vectors"), i, vector)
    {
        const redisReply *reply;

        (void)ASK(client, "FLUSHALL");
        reply = publish(vector);
        if (!agrees(vector, reply)) {
            print_error("%s: %s: %s\n", name, json_string_value(json_object_get(vector, "name")),
                        reply->str ? reply->str : "accepted");
            bad++;
        }
    }

    json_decref(file);

    return bad;
}

static void the_function_judges_messages_as_the_vectors_say(void **state)
{
    DIR *folder = opendir(FOLDER);
    const struct dirent *file;
    size_t files = 0;
    size_t bad = 0;

    (void)state;
    assert_non_null(folder);
    while ((file = readdir(folder))) {
        size_t size = strlen(file->d_name);

        if (size > 5 && strcmp(file->d_name + size - 5, ".json") == 0) {
            bad += run_file(file->d_name);
            files++;
        }
    }
    (void)closedir(folder);

    assert_true(files > 5);
    assert_int_equal(bad, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_function_judges_messages_as_the_vectors_say),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
