#include "schema/msgpack.h"

#include "schema/json.h"
#include "schema/json_scan.h"
#include "schema/utf8.h"

#include <errno.h>
#include <math.h>
#include <msgpack.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool msgpack_is_map(struct span payload)
{
    unsigned char first = payload.size > 0 ? (unsigned char)payload.data[0] : 0;

    return (first & 0xF0) == 0x80 || first == 0xDE || first == 0xDF;
}

/* ---- checking, before the library allocates by the counts it finds ---- */

enum shape { REFUSED, VALUE, STRING, ARRAY, MAP };

struct header {
    enum shape shape;
    uint8_t bytes;  /* of the value, or of the count */
    uint32_t count; /* of bytes, items or members */
};

/* What the first bytes 0xC0 to 0xDF begin; bin, ext and 0xC1 are refused. */
static const struct header long_headers[0x20] = {
    [0x00] = {VALUE, 0, 0},  [0x02] = {VALUE, 0, 0},  [0x03] = {VALUE, 0, 0},
    [0x0A] = {VALUE, 4, 0},  [0x0B] = {VALUE, 8, 0},  [0x0C] = {VALUE, 1, 0},
    [0x0D] = {VALUE, 2, 0},  [0x0E] = {VALUE, 4, 0},  [0x0F] = {VALUE, 8, 0},
    [0x10] = {VALUE, 1, 0},  [0x11] = {VALUE, 2, 0},  [0x12] = {VALUE, 4, 0},
    [0x13] = {VALUE, 8, 0},  [0x19] = {STRING, 1, 0}, [0x1A] = {STRING, 2, 0},
    [0x1B] = {STRING, 4, 0}, [0x1C] = {ARRAY, 2, 0},  [0x1D] = {ARRAY, 4, 0},
    [0x1E] = {MAP, 2, 0},    [0x1F] = {MAP, 4, 0},
};

static struct header header_of(unsigned char first)
{
    if (first < 0x80 || first >= 0xE0)
        return (struct header){VALUE, 0, 0};
    if (first < 0x90)
        return (struct header){MAP, 0, first & 0x0F};
    if (first < 0xA0)
        return (struct header){ARRAY, 0, first & 0x0F};
    if (first < 0xC0)
        return (struct header){STRING, 0, first & 0x1F};

    return long_headers[first - 0xC0];
}

/* Takes a header off *rest, and a plain value with it.  Its shape is REFUSED if it is
 * not all there. */
static struct header take_header(struct span *rest)
{
    struct header header = {REFUSED, 0, 0};

    if (rest->size == 0)
        return header;

    header = header_of((unsigned char)rest->data[0]);
    *rest = span_skip(*rest, 1);
    if (header.bytes > rest->size)
        header.shape = REFUSED;

    for (size_t i = 0; header.shape > VALUE && i < header.bytes; i++)
        header.count = header.count << 8 | (unsigned char)rest->data[i];
    *rest = span_skip(*rest, header.bytes);

    return header;
}

static int check_string(struct span *rest, size_t size)
{
    if (size > rest->size || !utf8_valid(span_make(rest->data, size)))
        return -EBADMSG;
    *rest = span_skip(*rest, size);

    return 0;
}

static int check_value(struct span *rest, int depth, bool is_key);

static int check_items(struct span *rest, const struct header *header, int depth)
{
    int error = 0;

    if (header->count > rest->size) /* each takes a byte at least */
        return -EBADMSG;
    if (depth > JSON_MAX_DEPTH)
        return -E2BIG;

    for (uint32_t i = 0; i < header->count && error == 0; i++) {
        if (header->shape == MAP)
            error = check_value(rest, depth, true);
        if (error == 0)
            error = check_value(rest, depth, false);
    }

    return error;
}

static int check_value(struct span *rest, int depth, bool is_key)
{
    struct header header = take_header(rest);

    if (is_key && header.shape != STRING)
        return -EBADMSG;

    switch (header.shape) {
    case REFUSED:
        return -EBADMSG;
    case VALUE:
        return 0;
    case STRING:
        return check_string(rest, header.count);
    case ARRAY:
    case MAP:
        return check_items(rest, &header, depth + 1);
    }

    return -EBADMSG;
}

/* ---- JSON from msgpack ---- */

/* As few digits as give the same number again; whole ones as integers where a double counts
 * one by one, and in no other way like integers.  The Redis function reads them alike.  Few digits
 * of a float are those of a smaller double: one beyond what is counted must not get among them. */
static int write_number(double number, bool is_float32, struct buffer *json)
{
    bool counted = fabs(number) < 9007199254740992.0;
    char text[32];
    int digits;
    bool same = false;

    if (!isfinite(number))
        return -EBADMSG;

    if (counted && trunc(number) == number && (number != 0 || !signbit(number))) {
        (void)buffer_add_i64(json, (int64_t)number);
        return 0;
    }

    is_float32 = is_float32 && counted;
    digits = is_float32 ? 6 : 15;
    for (int i = 0; i < 4 && !same; i++) {
        (void)snprintf(text, sizeof text, "%.*g", digits + i, number);
        same = is_float32 ? strtof(text, NULL) == (float)number : strtod(text, NULL) == number;
    }
    (void)buffer_add_text(json, text);
    if (!strpbrk(text, ".e"))
        (void)buffer_add_text(json, ".0");

    return 0;
}

static int write_object(const msgpack_object *object, struct buffer *json);

static int write_array(const msgpack_object_array *array, struct buffer *json)
{
    int error = 0;

    (void)buffer_add_char(json, '[');
    for (uint32_t i = 0; i < array->size && error == 0; i++) {
        if (i > 0)
            (void)buffer_add_char(json, ',');
        error = write_object(&array->ptr[i], json);
    }
    (void)buffer_add_char(json, ']');

    return error;
}

static int write_map(const msgpack_object_map *map, struct buffer *json)
{
    int error = 0;

    (void)buffer_add_char(json, '{');
    for (uint32_t i = 0; i < map->size && error == 0; i++) {
        const msgpack_object_kv *member = &map->ptr[i];

        if (i > 0)
            (void)buffer_add_char(json, ',');
        (void)write_object(&member->key, json);
        (void)buffer_add_char(json, ':');
        error = write_object(&member->val, json);
    }
    (void)buffer_add_char(json, '}');

    return error;
}

static int write_object(const msgpack_object *object, struct buffer *json)
{
    switch (object->type) {
    case MSGPACK_OBJECT_NIL:
        (void)buffer_add_text(json, "null");
        return 0;
    case MSGPACK_OBJECT_BOOLEAN:
        (void)buffer_add_text(json, object->via.boolean ? "true" : "false");
        return 0;
    case MSGPACK_OBJECT_POSITIVE_INTEGER:
        (void)buffer_add_u64(json, object->via.u64);
        return 0;
    case MSGPACK_OBJECT_NEGATIVE_INTEGER:
        (void)buffer_add_i64(json, object->via.i64);
        return 0;
    case MSGPACK_OBJECT_FLOAT32:
    case MSGPACK_OBJECT_FLOAT64:
        return write_number(object->via.f64, object->type == MSGPACK_OBJECT_FLOAT32, json);
    case MSGPACK_OBJECT_STR:
        json_write_string(json, span_make(object->via.str.ptr, object->via.str.size));
        return 0;
    case MSGPACK_OBJECT_ARRAY:
        return write_array(&object->via.array, json);
    case MSGPACK_OBJECT_MAP:
        return write_map(&object->via.map, json);
    case MSGPACK_OBJECT_BIN:
    case MSGPACK_OBJECT_EXT:
        break;
    }

    return -EBADMSG;
}

int msgpack_to_json(struct span payload, struct buffer *json)
{
    struct span rest = payload;
    msgpack_unpacked unpacked;
    msgpack_unpack_return unpacking;
    int error;

    if (!msgpack_is_map(payload))
        return -EBADMSG;
    error = check_value(&rest, 0, false);
    if (error != 0 || rest.size > 0)
        return error != 0 ? error : -EBADMSG;

    msgpack_unpacked_init(&unpacked);
    unpacking = msgpack_unpack_next(&unpacked, payload.data, payload.size, NULL);
    if (unpacking == MSGPACK_UNPACK_SUCCESS)
        error = write_object(&unpacked.data, json);
    else
        error = unpacking == MSGPACK_UNPACK_NOMEM_ERROR ? -ENOMEM : -EBADMSG;
    msgpack_unpacked_destroy(&unpacked);

    return error != 0 ? error : buffer_status(json);
}

/* ---- msgpack from JSON ---- */

#define LONGEST_NUMBER 400 /* more digits than that say nothing new to a double */
#define STRING_HEAD_MAX 5

static int pack_bytes(void *out, const char *bytes, size_t size)
{
    return buffer_add(out, bytes, size);
}

static void pack_double(msgpack_packer *packer, struct span raw)
{
    char text[LONGEST_NUMBER + 1];
    size_t size = raw.size < LONGEST_NUMBER ? raw.size : LONGEST_NUMBER;

    memcpy(text, raw.data, size);
    text[size] = '\0';
    (void)msgpack_pack_double(packer, strtod(text, NULL));
}

static void pack_number(msgpack_packer *packer, struct json_value value)
{
    uint64_t natural;
    int64_t integer;

    if (json_to_integer(value, &integer) == 0)
        (void)msgpack_pack_int64(packer, integer);
    else if (span_to_u64(value.raw, &natural) == 0)
        (void)msgpack_pack_uint64(packer, natural);
    else
        pack_double(packer, value.raw);
}

/* Its length is known when it is decoded: that is done a little behind its place. */
static void pack_string(msgpack_packer *packer, struct span raw, struct buffer *out)
{
    unsigned char *room = buffer_reserve(out, STRING_HEAD_MAX + raw.size);
    size_t start = out->size;
    int size;

    if (!room)
        return;

    size = json_decode((struct json_value){JSON_STRING, raw}, (char *)room + STRING_HEAD_MAX,
                       raw.size); /* escapes are longer than what they mean */
    if (size < 0)
        return;

    (void)msgpack_pack_str(packer, (size_t)size);
    memmove(room + (out->size - start), room + STRING_HEAD_MAX, (size_t)size);
    buffer_commit(out, (size_t)size);
}

static void pack_value(msgpack_packer *packer, struct json_value value, struct buffer *out);

static void pack_object(msgpack_packer *packer, struct span object, struct buffer *out)
{
    struct json_member member;
    size_t count = 0;

    for (size_t at = 0; json_next_member(object, &at, &member);)
        count++;

    (void)msgpack_pack_map(packer, count);
    for (size_t at = 0; json_next_member(object, &at, &member);) {
        pack_string(packer, member.name, out);
        pack_value(packer, member.value, out);
    }
}

static void pack_array(msgpack_packer *packer, struct span array, struct buffer *out)
{
    struct json_value item;
    size_t count = 0;

    for (size_t at = 0; json_next_item(array, &at, &item);)
        count++;

    (void)msgpack_pack_array(packer, count);
    for (size_t at = 0; json_next_item(array, &at, &item);)
        pack_value(packer, item, out);
}

static void pack_value(msgpack_packer *packer, struct json_value value, struct buffer *out)
{
    switch (value.type) {
    case JSON_OBJECT:
        pack_object(packer, value.raw, out);
        break;
    case JSON_ARRAY:
        pack_array(packer, value.raw, out);
        break;
    case JSON_STRING:
        pack_string(packer, value.raw, out);
        break;
    case JSON_NUMBER:
        pack_number(packer, value);
        break;
    case JSON_TRUE:
        (void)msgpack_pack_true(packer);
        break;
    case JSON_FALSE:
        (void)msgpack_pack_false(packer);
        break;
    case JSON_NULL:
    case JSON_NONE:
        (void)msgpack_pack_nil(packer);
        break;
    }
}

int msgpack_from_json(struct span json, struct buffer *out)
{
    struct json_scan scan = json_scan_start(json);
    struct json_value value;
    msgpack_packer packer;

    if (!json_scan_value(&scan, &value) || !json_scan_at_end(&scan))
        return scan.error;

    msgpack_packer_init(&packer, out, pack_bytes);
    pack_value(&packer, value, out);

    return buffer_status(out);
}
