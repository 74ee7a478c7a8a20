#include "tests/fuzz/oracle.h"

#include <jansson.h>
#include <string.h>

uint64_t oracle_mix(uint64_t digest, const void *bytes, size_t size)
{
    const unsigned char *at = bytes;

    for (size_t i = 0; i < size; i++)
        digest = (digest ^ at[i]) * UINT64_C(0x100000001B3); /* FNV-1a */

    return digest;
}

static uint64_t mix_value(uint64_t digest, json_t *value);

static uint64_t mix_object(uint64_t digest, json_t *object)
{
    const char *name;
    json_t *value;

    json_object_foreach(object, name, value)
    {
        digest = oracle_mix(digest, name, strlen(name));
        digest = mix_value(digest, value);
    }

    return oracle_mix(digest, "}", 1);
}

static uint64_t mix_array(uint64_t digest, json_t *array)
{
    json_t *item;
    size_t i;

    json_array_foreach(array, i, item)
    {
        digest = mix_value(digest, item);
    }

    return oracle_mix(digest, "]", 1);
}

static uint64_t mix_value(uint64_t digest, json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return mix_object(oracle_mix(digest, "{", 1), value);
    case JSON_ARRAY:
        return mix_array(oracle_mix(digest, "[", 1), value);
    case JSON_STRING:
        digest = oracle_mix(digest, "\"", 1);
        return oracle_mix(digest, json_string_value(value), json_string_length(value));
    case JSON_INTEGER:
    case JSON_REAL:
        return oracle_mix(digest, "0", 1);
    case JSON_TRUE:
        return oracle_mix(digest, "t", 1);
    case JSON_FALSE:
        return oracle_mix(digest, "f", 1);
    case JSON_NULL:
        return oracle_mix(digest, "n", 1);
    }

    return digest;
}

static enum oracle_verdict verdict_of(const json_error_t *error)
{
    switch (json_error_code(error)) {
    case json_error_numeric_overflow:
    case json_error_null_byte_in_key:
    case json_error_stack_overflow:
        return ORACLE_CANNOT_SAY;
    default:
        return ORACLE_REFUSES;
    }
}

enum oracle_verdict oracle_judge(const char *text, size_t size, uint64_t *digest)
{
    const size_t flags = JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL;
    json_error_t error;
    json_t *json;

    *digest = 0;
    if (size > 0 && memchr(text, '\0', size))
        return ORACLE_CANNOT_SAY;

    json = json_loadb(text, size, flags | JSON_REJECT_DUPLICATES, &error);
    if (json) {
        *digest = mix_value(1, json);
    } else if (json_error_code(&error) == json_error_duplicate_key) {
        json = json_loadb(text, size, flags, &error);
    }

    if (!json)
        return verdict_of(&error);
    json_decref(json);

    return ORACLE_ACCEPTS;
}
