#include "schema/message.h"

#include "schema/json_scan.h"
#include "schema/room.h"

#include <errno.h>
#include <string.h>

enum { LONGEST_NAME = 13, MOST_OF_A_LENGTH = 4 };

static const char *const names[] = {
#define X(constant, name) [FIELD_##constant] = (name),
    MESSAGE_FIELDS(X)
#undef X
};

/* The fields by the length of their names: few share one.  A test looks up every field. */
static const struct {
    uint8_t count;
    uint8_t fields[MOST_OF_A_LENGTH];
} by_length[LONGEST_NAME + 1] = {
    [2] = {2, {FIELD_ID, FIELD_TS}},
    [3] = {2, {FIELD_SEQ, FIELD_ACK}},
    [4] = {3, {FIELD_DATA, FIELD_TYPE, FIELD_TERM}},
    [5] = {3, {FIELD_COUNT, FIELD_TOKEN, FIELD_DELTA}},
    [6] = {1, {FIELD_STATUS}},
    [7] = {3, {FIELD_ROOM_ID, FIELD_CONTENT, FIELD_VERSION}},
    [8] = {4, {FIELD_MSG_TYPE, FIELD_FROM_UID, FIELD_GOODS_ID, FIELD_LIKE_NUM}},
    [9] = {2, {FIELD_FROM_NAME, FIELD_CLIENT_ID}},
    [10] = {2, {FIELD_GOODS_NAME, FIELD_ONLINE_NUM}},
    [11] = {1, {FIELD_MSG_CONTENT}},
    [12] = {1, {FIELD_MESSAGE_LIST}},
    [13] = {1, {FIELD_SUBSCRIBE_NUM}},
};

const char *message_field_name(enum message_field field)
{
    return names[field];
}

/* ---- reading ---- */

static int fault_is(struct message_fault *fault, const char *field, const char *why)
{
    if (fault)
        *fault = (struct message_fault){field, why};

    return -EBADMSG;
}

/* MESSAGE_FIELD_COUNT for a name that is none of ours. */
static enum message_field find_plain(struct span name)
{
    if (name.size > LONGEST_NAME)
        return MESSAGE_FIELD_COUNT;

    for (size_t i = 0; i < by_length[name.size].count; i++) {
        enum message_field field = (enum message_field)by_length[name.size].fields[i];

        if (memcmp(names[field], name.data, name.size) == 0)
            return field;
    }

    return MESSAGE_FIELD_COUNT;
}

/* A name may be written with escapes and is ours all the same. */
static enum message_field find_field(struct span name)
{
    char text[LONGEST_NAME];
    int length;

    if (span_find(name, '\\') == name.size)
        return find_plain(name);

    length = json_decode((struct json_value){JSON_STRING, name}, text, sizeof text);

    return length < 0 ? MESSAGE_FIELD_COUNT : find_plain(span_make(text, (size_t)length));
}

static bool counts_as_absent(struct json_value value)
{
    return value.type == JSON_NULL || (value.type == JSON_STRING && value.raw.size == 0);
}

/* False if the field is there already. */
static bool note_member(struct message *message, enum message_field field,
                        const struct json_member *member)
{
    uint32_t bit = UINT32_C(1) << field;

    if (message->written & bit)
        return false;

    message->written |= bit;
    message->members[field] = member->whole;
    if (!counts_as_absent(member->value))
        message->fields[field] = member->value;

    return true;
}

/* Gives the doubled field in *twice, or MESSAGE_FIELD_COUNT. */
static int read_members(struct message *message, struct json_scan *scan, enum message_field *twice)
{
    struct json_member member;
    bool first = true;
    int more;

    *twice = MESSAGE_FIELD_COUNT;
    if (!json_scan_enter(scan, '{'))
        return scan->error;

    while ((more = json_scan_member(scan, first, &member)) == 1) {
        enum message_field field = find_field(member.name);

        if (field != MESSAGE_FIELD_COUNT && !note_member(message, field, &member) &&
            *twice == MESSAGE_FIELD_COUNT)
            *twice = field;
        first = false;
    }

    return more == 0 && !json_scan_at_end(scan) ? scan->error : more;
}

int message_read(struct message *message, struct span json, struct message_fault *fault)
{
    struct json_scan scan = json_scan_start(json);
    enum message_field twice;
    int error;

    /* not `members`: of them, only those written are looked at */
    message->kind = KIND_UNKNOWN;
    message->json = json;
    message->written = 0;
    message->summed = false;
    message->by_broker = false;
    memset(message->fields, 0, sizeof message->fields);

    error = read_members(message, &scan, &twice);
    if (error == -E2BIG)
        return fault_is(fault, "message", "is nested more than 16 levels deep");
    if (error != 0)
        return fault_is(fault, "message", "must be a JSON object");
    if (twice != MESSAGE_FIELD_COUNT)
        return fault_is(fault, names[twice], "must not be there twice");

    return 0;
}

/* ---- copying ---- */

static bool separates(char c)
{
    return c == ',' || c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* Appends the members in a stretch of the object that begins and ends between members. */
static bool copy_stretch(struct span stretch, bool any, struct buffer *out)
{
    while (stretch.size > 0 && separates(stretch.data[0]))
        stretch = span_skip(stretch, 1);
    while (stretch.size > 0 && separates(stretch.data[stretch.size - 1]))
        stretch.size--;

    if (stretch.size == 0)
        return any;

    if (any)
        (void)buffer_add_char(out, ',');
    (void)buffer_add_span(out, stretch);

    return true;
}

/* The members to leave out, in the order in which they stand. */
static size_t sort_members(const struct message *message, uint32_t without,
                           struct span members[MESSAGE_FIELD_COUNT])
{
    size_t count = 0;

    for (uint32_t left = message->written & without; left != 0; left &= left - 1) {
        struct span member = message->members[__builtin_ctz(left)];
        size_t at = count++;

        for (; at > 0 && members[at - 1].data > member.data; at--)
            members[at] = members[at - 1];
        members[at] = member;
    }

    return count;
}

bool message_copy_members(const struct message *message, uint32_t without, struct buffer *out)
{
    struct span members[MESSAGE_FIELD_COUNT];
    size_t count = sort_members(message, without, members);
    struct span object = span_trim(message->json);
    const char *at = object.data + 1;
    const char *end = object.data + object.size - 1;
    bool any = false;

    for (size_t i = 0; i < count; i++) {
        any = copy_stretch(span_make(at, (size_t)(members[i].data - at)), any, out);
        at = members[i].data + members[i].size;
    }

    return copy_stretch(span_make(at, (size_t)(end - at)), any, out);
}

/* ---- ids ---- */

int message_id_text(const struct message *message, enum message_field field, char *text,
                    size_t capacity)
{
    struct json_value value = message->fields[field];

    switch (value.type) {
    case JSON_NONE:
        return 0;
    case JSON_STRING:
        return json_decode(value, text, capacity);
    case JSON_NUMBER:
        if (value.raw.size > capacity)
            return -ENOBUFS;
        memcpy(text, value.raw.data, value.raw.size);
        return (int)value.raw.size;
    case JSON_OBJECT:
    case JSON_ARRAY:
    case JSON_TRUE:
    case JSON_FALSE:
    case JSON_NULL:
        break;
    }

    return -EBADMSG;
}

bool message_room_matches(const struct message *message, struct span room)
{
    char text[ROOM_ID_MAX];
    int length;

    if (message->fields[FIELD_ROOM_ID].type == JSON_NONE)
        return true;

    length = message_id_text(message, FIELD_ROOM_ID, text, sizeof text);

    return length >= 0 && span_equal(span_make(text, (size_t)length), room);
}
