/* Any bytes as JSON: the same verdict as jansson's, and the same meaning. */
#include "schema/json.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/oracle.h"

#include <errno.h>
#include <stdlib.h>

static void require(bool condition)
{
    if (!condition)
        abort();
}

/* Both ways to decode a string agree, and its length is that of its meaning. */
static uint64_t mix_string(uint64_t digest, struct span raw)
{
    struct json_value string = {JSON_STRING, raw};
    struct buffer meaning;
    char *text = malloc(raw.size + 1);
    int length;

    require(text != NULL);
    length = json_decode(string, text, raw.size);
    require(length >= 0 && (size_t)length <= raw.size);
    require(length == 0 || json_decode(string, text, (size_t)length - 1) == -ENOBUFS);

    buffer_init(&meaning, raw.size);
    json_decode_into(string, &meaning);
    require(buffer_status(&meaning) == 0 && meaning.size == (size_t)length);
    require(utf8_valid(buffer_span(&meaning)));
    require(utf8_length(buffer_span(&meaning)) == json_length(string));
    digest = oracle_mix(digest, meaning.data, meaning.size);
    buffer_dispose(&meaning);
    free(text);

    return digest;
}

static uint64_t mix_value(uint64_t digest, struct json_value value)
{
    struct json_member member;
    struct json_value item;
    size_t at = 0;

    switch (value.type) {
    case JSON_OBJECT:
        digest = oracle_mix(digest, "{", 1);
        while (json_next_member(value.raw, &at, &member))
            digest = mix_value(mix_string(digest, member.name), member.value);
        return oracle_mix(digest, "}", 1);
    case JSON_ARRAY:
        digest = oracle_mix(digest, "[", 1);
        while (json_next_item(value.raw, &at, &item))
            digest = mix_value(digest, item);
        return oracle_mix(digest, "]", 1);
    case JSON_STRING:
        return mix_string(oracle_mix(digest, "\"", 1), value.raw);
    case JSON_NUMBER:
        return oracle_mix(digest, "0", 1);
    case JSON_TRUE:
        return oracle_mix(digest, "t", 1);
    case JSON_FALSE:
        return oracle_mix(digest, "f", 1);
    case JSON_NULL:
        return oracle_mix(digest, "n", 1);
    case JSON_NONE:
        break;
    }

    abort();
}

static uint64_t digest_of(struct span text, enum json_type type)
{
    struct json_value value = {type, span_trim(text)};

    if (type == JSON_STRING)
        value.raw = span_make(value.raw.data + 1, value.raw.size - 2);

    return mix_value(1, value);
}

/* What is written from any bytes is a string, and it means the same if they were UTF-8. */
static void check_writing(struct span bytes)
{
    struct buffer out;
    struct buffer meaning;
    enum json_type type;
    struct json_value string = {JSON_STRING, SPAN_NONE};

    buffer_init(&out, 6 * bytes.size + 2);
    json_write_string(&out, bytes);
    require(buffer_status(&out) == 0);
    require(json_check(buffer_span(&out), &type) == 0 && type == JSON_STRING);

    string.raw = span_make(out.data + 1, out.size - 2);
    buffer_init(&meaning, out.size);
    json_decode_into(string, &meaning);
    require(!utf8_valid(bytes) || span_equal(buffer_span(&meaning), bytes));
    buffer_dispose(&meaning);
    buffer_dispose(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = span_make(data, size);
    enum json_type type = JSON_NONE;
    int error = json_check(text, &type);
    uint64_t digest;
    enum oracle_verdict verdict = oracle_judge(text.data, text.size, &digest);

    require(error == 0 || error == -EBADMSG || error == -E2BIG);
    if (error == 0)
        require(verdict != ORACLE_REFUSES && type != JSON_NONE);
    if (error == -EBADMSG)
        require(verdict != ORACLE_ACCEPTS);
    if (error == 0 && digest != 0)
        require(digest_of(text, type) == digest);

    check_writing(text);

    return 0;
}
