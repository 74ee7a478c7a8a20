/* The rules of a good message, in one table; schema/vectors/README.md says the same in words. */
#include "schema/entry.h"
#include "schema/message.h"
#include "schema/room.h"
#include "schema/word.h"

#include <errno.h>
#include <string.h>

#define TEXT_OF(macro) TEXT_OF_VALUE(macro)
#define TEXT_OF_VALUE(value) #value

/* What the limits of strings that have to be decoded stay within. */
#define DECODED_MAX 128
_Static_assert(MESSAGE_MAX_UID <= DECODED_MAX && MESSAGE_MAX_GOODS_ID <= DECODED_MAX, "buffers");
_Static_assert(MESSAGE_MAX_ID <= DECODED_MAX && ROOM_ID_MAX <= DECODED_MAX, "buffers");

#define EVERY UINT32_MAX
#define ONLY(kind) (UINT32_C(1) << KIND_##kind)
#define BUT(kind) (EVERY & ~ONLY(kind))

enum need { OPTIONAL, NEEDED, NEEDED_WITHOUT_DATA };

typedef bool fits(struct json_value value, size_t limit);

struct rule {
    uint32_t kinds;
    enum message_field field;
    enum need need;
    fits *fits;
    size_t limit;
    const char *why;
};

/* An integer as everybody writes it: digits only, no zero before others. */
static bool is_digits(struct json_value value)
{
    struct span raw = value.raw;

    if (value.type != JSON_NUMBER)
        return false;

    for (size_t i = 0; i < raw.size; i++) {
        if (raw.data[i] < '0' || raw.data[i] > '9')
            return false;
    }

    return true;
}

static bool is_integer_in(struct json_value value, int64_t least, int64_t most)
{
    int64_t integer;

    return is_digits(value) && json_to_integer(value, &integer) == 0 && integer >= least &&
           integer <= most;
}

static bool is_count(struct json_value value, size_t limit)
{
    return is_integer_in(value, 1, (int64_t)limit);
}

static bool is_number_of(struct json_value value, size_t limit)
{
    return is_integer_in(value, 0, (int64_t)limit);
}

/* Of at most `limit` characters.  Most have fewer bytes than that: nothing to count. */
static bool is_text(struct json_value value, size_t limit)
{
    return value.type == JSON_STRING && (value.raw.size <= limit || json_length(value) <= limit);
}

/* Of at most `limit` bytes. */
static bool is_short_string(struct json_value value, size_t limit)
{
    char text[DECODED_MAX];

    return value.type == JSON_STRING &&
           (value.raw.size <= limit || json_decode(value, text, limit) >= 0);
}

static bool is_uid(struct json_value value, size_t limit)
{
    return is_short_string(value, limit) || (value.type == JSON_NUMBER && value.raw.size <= limit);
}

static bool is_goods_id(struct json_value value, size_t limit)
{
    return is_short_string(value, limit) || (is_digits(value) && value.raw.size <= limit);
}

static bool is_word(struct json_value value, size_t limit)
{
    char text[DECODED_MAX];
    int length;

    if (value.type != JSON_STRING)
        return is_digits(value) && value.raw.size <= limit;
    if (word_valid(value.raw, limit))
        return true;

    length = json_decode(value, text, limit);

    return length >= 0 && word_valid(span_make(text, (size_t)length), limit);
}

/* As a broker writes it: with nothing to decode. */
static bool is_entry_id(struct json_value value, size_t limit)
{
    return value.type == JSON_STRING && word_valid(value.raw, limit);
}

static bool is_on_or_off(struct json_value value, size_t limit)
{
    char text[DECODED_MAX];
    int length = value.type == JSON_STRING ? json_decode(value, text, limit) : -1;
    struct span status = length > 0 ? span_make(text, (size_t)length) : SPAN_NONE;

    return span_is(status, "on") || span_is(status, "off");
}

#define A_NUMBER "must be an integer from 0 to 9007199254740991"
#define A_BANNER "must be a string of at most " TEXT_OF(MESSAGE_MAX_CONTENT) " characters"
#define A_LINE "must be a string of 1 to " TEXT_OF(MESSAGE_MAX_CONTENT) " characters"
#define A_WORD(max) "must be a string or an integer of 1 to " TEXT_OF(max) " of A-Za-z0-9_.-"

static const struct rule rules[] = {
    {EVERY, FIELD_ROOM_ID, OPTIONAL, is_word, ROOM_ID_MAX, A_WORD(ROOM_ID_MAX)},
    {BUT(RECALL), FIELD_ID, OPTIONAL, is_word, MESSAGE_MAX_ID, A_WORD(MESSAGE_MAX_ID)},
    {ONLY(RECALL), FIELD_ID, NEEDED, is_entry_id, ENTRY_MAX_ID, "must be the id of a message"},
    {EVERY, FIELD_FROM_UID, OPTIONAL, is_uid, MESSAGE_MAX_UID,
     "must be a string of at most " TEXT_OF(MESSAGE_MAX_UID) " bytes or a number"},
    {EVERY, FIELD_FROM_NAME, OPTIONAL, is_text, MESSAGE_MAX_NAME,
     "must be a string of at most " TEXT_OF(MESSAGE_MAX_NAME) " characters"},
    {EVERY, FIELD_MSG_CONTENT, OPTIONAL, is_text, MESSAGE_MAX_CONTENT, A_BANNER},
    {EVERY, FIELD_ONLINE_NUM, OPTIONAL, is_number_of, MESSAGE_MAX_INTEGER, A_NUMBER},
    {EVERY, FIELD_LIKE_NUM, OPTIONAL, is_number_of, MESSAGE_MAX_INTEGER, A_NUMBER},
    {EVERY, FIELD_SUBSCRIBE_NUM, OPTIONAL, is_number_of, MESSAGE_MAX_INTEGER, A_NUMBER},
    {ONLY(CHAT), FIELD_CONTENT, NEEDED_WITHOUT_DATA, is_text, MESSAGE_MAX_CONTENT, A_LINE},
    {ONLY(CHAT), FIELD_DATA, OPTIONAL, is_text, MESSAGE_MAX_CONTENT, A_LINE},
    {ONLY(LIKE), FIELD_COUNT, OPTIONAL, is_count, MESSAGE_MAX_LIKES,
     "must be an integer from 1 to " TEXT_OF(MESSAGE_MAX_LIKES)},
    {ONLY(BUY), FIELD_GOODS_NAME, OPTIONAL, is_text, SIZE_MAX, "must be a string"},
    {ONLY(SHELF), FIELD_GOODS_ID, NEEDED, is_goods_id, MESSAGE_MAX_GOODS_ID,
     "must be a string of 1 to " TEXT_OF(MESSAGE_MAX_GOODS_ID) " bytes or an integer"},
    {ONLY(SHELF), FIELD_STATUS, NEEDED, is_on_or_off, sizeof "off" - 1, "must be on or off"},
    {ONLY(SHELF), FIELD_VERSION, OPTIONAL, is_number_of, MESSAGE_MAX_INTEGER, A_NUMBER},
};

static bool keeps(const struct message *message, const struct rule *rule)
{
    struct json_value value = message->fields[rule->field];

    if (value.type == JSON_NONE)
        return rule->need == OPTIONAL ||
               (rule->need == NEEDED_WITHOUT_DATA && message->fields[FIELD_DATA].type != JSON_NONE);

    if (rule->field == FIELD_COUNT && message->summed)
        return is_count(value, MESSAGE_MAX_INTEGER);

    return rule->fits(value, rule->limit);
}

static int find_kind(const struct message *message, enum message_kind *kind)
{
    struct json_value type = message->fields[FIELD_MSG_TYPE];
    char name[MESSAGE_MAX_ID];
    int length = type.type == JSON_STRING ? json_decode(type, name, sizeof name) : 0;

    if (length <= 0)
        return -ENOENT;

    if (message->by_broker && span_is(span_make(name, (size_t)length), "recall")) {
        *kind = KIND_RECALL;
        return 0;
    }

    return kind_from_name(name, (size_t)length, kind);
}

int message_check(struct message *message, struct message_fault *fault)
{
    if (find_kind(message, &message->kind) != 0) {
        if (fault)
            *fault = (struct message_fault){"msg_type", "must be one of the known kinds"};
        return -ENOENT;
    }

    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if ((rules[i].kinds & UINT32_C(1) << message->kind) && !keeps(message, &rules[i])) {
            if (fault)
                *fault = (struct message_fault){message_field_name(rules[i].field), rules[i].why};
            return -EBADMSG;
        }
    }

    return 0;
}
