/* message.h - one room message: its kind and its fields, as spans into the bytes
 * of its publisher.
 *
 * A message is never re-encoded (99.00 stays 99.00, [] stays []): readers find the
 * fields they know and copy the rest.  Reading has two steps, because a client's
 * frame may be anything while a publisher's message may not:
 *   message_read()   - is it a JSON object, and which of our fields does it have?
 *   message_check()  - is it a good message of its kind?  Names the field if not.
 * The golden messages in schema/vectors/ run through here and through the Redis
 * function alike. */
#ifndef SCHEMA_MESSAGE_H
#define SCHEMA_MESSAGE_H

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/span.h"
#include "schema/json.h"
#include "schema/kinds.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MESSAGE_MAX_BYTES 16384
/* A census' join or leave: that of a client, and what its gateway knows of it besides. */
#define MESSAGE_MAX_ANNOUNCEMENT ((size_t)2 * MESSAGE_MAX_BYTES)
#define MESSAGE_MAX_CONTENT 2000 /* characters */
#define MESSAGE_MAX_ID 64        /* of A-Za-z0-9_.- */
#define MESSAGE_MAX_UID 128      /* bytes, decoded */
#define MESSAGE_MAX_NAME 256     /* characters, of from_name */
#define MESSAGE_MAX_GOODS_ID 128 /* bytes, decoded */
#define MESSAGE_MAX_LIKES 100
#define MESSAGE_MAX_INTEGER INT64_C(9007199254740991) /* what every language reads exactly */

/* The fields we know.  A duplicate of one of these is refused.
 *   constant   name */
#define MESSAGE_FIELDS(X)             \
    X(MSG_TYPE, "msg_type")           \
    X(ROOM_ID, "room_id")             \
    X(ID, "id")                       \
    X(TERM, "term")                   \
    X(SEQ, "seq")                     \
    X(TS, "ts")                       \
    X(FROM_UID, "from_uid")           \
    X(FROM_NAME, "from_name")         \
    X(CLIENT_ID, "client_id")         \
    X(TOKEN, "token")                 \
    X(ACK, "ack")                     \
    X(CONTENT, "content")             \
    X(DATA, "data")                   \
    X(MSG_CONTENT, "msg_content")     \
    X(COUNT, "count")                 \
    X(GOODS_ID, "goods_id")           \
    X(GOODS_NAME, "goods_name")       \
    X(STATUS, "status")               \
    X(VERSION, "version")             \
    X(ONLINE_NUM, "online_num")       \
    X(LIKE_NUM, "like_num")           \
    X(SUBSCRIBE_NUM, "subscribe_num") \
    X(MESSAGE_LIST, "message_list")   \
    X(DELTA, "delta")                 \
    X(TYPE, "type")

enum message_field {
#define X(constant, name) FIELD_##constant,
    MESSAGE_FIELDS(X)
#undef X
        MESSAGE_FIELD_COUNT
};

#define FIELD_BIT(constant) (UINT32_C(1) << FIELD_##constant)

/* Fields that are a gateway's to write or a client's secret: never relayed as they came. */
#define FIELDS_NEVER_RELAYED                                                                       \
    (FIELD_BIT(CLIENT_ID) | FIELD_BIT(TOKEN) | FIELD_BIT(ACK) | FIELD_BIT(TERM) | FIELD_BIT(SEQ) | \
     FIELD_BIT(TS) | FIELD_BIT(MESSAGE_LIST) | FIELD_BIT(DELTA))

/* Who says it. */
#define FIELDS_OF_SPEAKER (FIELD_BIT(FROM_UID) | FIELD_BIT(FROM_NAME))

/* Clients send null and "" for what they do not have: both count as absent. */
struct message {
    enum message_kind kind; /* set by message_check(), KIND_UNKNOWN before */
    struct span json;       /* the whole object, borrowed */
    uint32_t written;       /* FIELD_BIT of those in the text, if only as null or "" */
    bool summed;            /* set it before message_check() when the entry says so (flag s):
                             * `count` may then be more than a client may send */
    bool by_broker;         /* set it likewise when it has a position: then it may be of a kind that
                             * only brokers write */
    struct json_value fields[MESSAGE_FIELD_COUNT]; /* type JSON_NONE: absent */
    struct span members[MESSAGE_FIELD_COUNT];      /* of those written: the member as it stands */
};

/* What is wrong with a message; both are static texts. */
struct message_fault {
    const char *field; /* "content", or "message" for the whole */
    const char *why;   /* "must be a string of 1 to 2000 characters" */
};

static inline bool message_has(const struct message *message, enum message_field field)
{
    return message->fields[field].type != JSON_NONE;
}

/* Which of the two fields of its speaker it has not, as bits. */
static inline uint32_t message_lacks_speaker(const struct message *message)
{
    return (message_has(message, FIELD_FROM_UID) ? 0 : FIELD_BIT(FROM_UID)) |
           (message_has(message, FIELD_FROM_NAME) ? 0 : FIELD_BIT(FROM_NAME));
}

const char *message_field_name(enum message_field field);

/* Reads a JSON object.  Borrows `json` for as long as `message` is used.
 * 0; -EBADMSG with `fault` (not a JSON object, too deep, a known field twice).
 * `fault` may be NULL. */
int message_read(struct message *message, struct span json, struct message_fault *fault) MUST_USE;

/* Checks a read message by the rules of its kind and sets `kind`.
 * 0; -ENOENT (no or unknown msg_type); -EBADMSG; all with `fault`. */
int message_check(struct message *message, struct message_fault *fault) MUST_USE;

/* Appends the members of `message` as they came, comma-separated and without braces,
 * leaving out those whose bit is set in `without`.  True if it appended any. */
bool message_copy_members(const struct message *message, uint32_t without, struct buffer *out);

/* True when the message names no room, or this one (as a string or a number). */
bool message_room_matches(const struct message *message, struct span room);

/* The text of an id that may have come as a string or a number (clients send both),
 * decoded.  Its length, 0 when absent, -EBADMSG for other types, -ENOBUFS. */
int message_id_text(const struct message *message, enum message_field field, char *text,
                    size_t capacity) MUST_USE;

#endif
