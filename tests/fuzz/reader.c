#include "tests/fuzz/reader.h"

#include "gateway/hub.h"
#include "gateway/membership.h"
#include "gateway/session.h"
#include "schema/message.h"
#include "schema/msgpack.h"
#include "tests/fuzz/claim.h"

#include <string.h>

enum { MAX_JSON = 1 << 24 };

const char *const reader_rooms[READER_ROOMS] = {"a", "b", "c"};

static int room_of(const struct message *message)
{
    for (int i = 0; i < READER_ROOMS; i++) {
        if (message->fields[FIELD_ROOM_ID].type != JSON_NONE &&
            message_room_matches(message, span_of(reader_rooms[i])))
            return i;
    }

    return -1;
}

/* The number in `content`; 0: it has none. */
static unsigned number_of(struct json_value content)
{
    uint64_t number;

    return content.type == JSON_STRING && span_to_u64(content.raw, &number) == 0 &&
                   number < READER_NUMBERS
               ? (unsigned)number
               : 0;
}

static int64_t integer_of(const struct message *message, enum message_field field)
{
    int64_t integer = -1;

    if (message->fields[field].type == JSON_NUMBER)
        claim(json_to_integer(message->fields[field], &integer) == 0);

    return integer;
}

static bool says(const struct message *message, const char *kind)
{
    return message->fields[FIELD_MSG_TYPE].type == JSON_STRING &&
           span_is(message->fields[FIELD_MSG_TYPE].raw, kind);
}

/* The last number among the chat messages of an answer; 0: none. */
static unsigned last_number(struct span list)
{
    struct json_value item;
    struct json_member member;
    unsigned last = 0;
    size_t at = 0;

    while (json_next_item(list, &at, &item)) {
        size_t in = 0;

        while (json_next_member(item.raw, &in, &member)) {
            unsigned number = span_is(member.name, "content") ? number_of(member.value) : 0;

            claim(number == 0 || number > last);
            last = number > 0 ? number : last;
        }
    }

    return last;
}

static void on_number(struct reader *reader, int room, unsigned number)
{
    struct told *told = &reader->rooms[room];

    claim(told->whole && number <= reader->numbers[room].last);
    if (told->numbered) {
        claim(number > told->number);
        for (unsigned i = told->number + 1; i < number; i++)
            claim(!reader->numbers[room].taken[i]);
    }
    told->numbered = true;
    told->number = number;
}

/* The room as it is: what is newer follows. */
static void on_answer(struct reader *reader, int room, const struct message *message)
{
    struct told *told = &reader->rooms[room];
    unsigned last = last_number(message->fields[FIELD_MESSAGE_LIST].raw);

    told->whole = true;
    told->numbered = last > 0;
    told->number = last;
}

/* ---- v1 ---- */

static void on_v1_answer(struct reader *reader, const struct message *message)
{
    int64_t ack = integer_of(message, FIELD_ACK);

    if (ack < 0)
        return;

    claim(ack < reader->n_acks && reader->answers[ack] == 0);
    reader->answers[ack]++;
}

static void on_joined(struct reader *reader, int room, const struct message *message)
{
    struct told *told = &reader->rooms[room];

    on_answer(reader, room, message);
    told->placed = true;
    told->term = integer_of(message, FIELD_TERM);
    told->seq = integer_of(message, FIELD_SEQ);
    claim(told->term >= 0 && told->seq >= 0);
}

static void on_v1_message(struct reader *reader, int room, const struct message *message)
{
    struct told *told = &reader->rooms[room];
    int64_t seq = integer_of(message, FIELD_SEQ);

    claim(told->whole && told->placed);
    if (seq == 0)
        return;

    claim(seq == told->seq + 1);
    told->seq = seq;
    told->term = integer_of(message, FIELD_TERM);
}

static void on_v1(struct reader *reader, const struct message *message)
{
    int room = room_of(message);

    if (says(message, "ack") || says(message, "error")) {
        on_v1_answer(reader, message);
    } else if (says(message, "joined")) {
        claim(room >= 0);
        on_joined(reader, room, message);
    } else if (says(message, "degraded")) {
        claim(room >= 0 && reader->rooms[room].whole);
        claim(integer_of(message, FIELD_SEQ) == reader->rooms[room].seq);
    } else if (!says(message, "pong") && !says(message, "reconnect")) {
        claim(room >= 0);
        on_v1_message(reader, room, message);
    }
}

/* ---- the old dialects ---- */

static void on_old(struct reader *reader, const struct message *message)
{
    int room = room_of(message);

    if (message->written & FIELD_BIT(MESSAGE_LIST)) {
        claim(room >= 0 && says(message, "join"));
        on_answer(reader, room, message);
    } else if (says(message, "message") && room >= 0) {
        unsigned number = number_of(message->fields[FIELD_CONTENT]);

        if (reader->dialect == DIALECT_PLAIN)
            reader->rooms[room].whole = true; /* its joins are not answered */
        if (number > 0)
            on_number(reader, room, number);
    }
}

/* ---- what comes ---- */

static void on_json(struct reader *reader, struct span json)
{
    struct message message;

    if (message_read(&message, json, NULL) != 0) {
        claim(reader->dialect == DIALECT_PLAIN && utf8_valid(json));
        return;
    }

    if (reader->dialect == DIALECT_V1 || reader->dialect == DIALECT_V1_MSGPACK)
        on_v1(reader, &message);
    else
        on_old(reader, &message);
}

static void on_message(struct stage_reader *base, enum ws_opcode opcode, struct span message)
{
    struct reader *reader = (struct reader *)base;
    struct buffer json;

    claim((opcode == WS_BINARY) == (reader->dialect == DIALECT_V1_MSGPACK));
    if (opcode == WS_TEXT) {
        on_json(reader, message);
        return;
    }

    buffer_init(&json, MAX_JSON);
    claim(msgpack_to_json(message, &json) == 0);
    on_json(reader, buffer_span(&json));
    buffer_dispose(&json);
}

static void on_end(struct stage_reader *base)
{
    struct reader *reader = (struct reader *)base;

    reader->ws = NULL;
}

void reader_init(struct reader *reader, enum dialect_id dialect, const struct numbers *numbers)
{
    *reader = (struct reader){.base = {.on_message = on_message, .on_end = on_end},
                              .numbers = numbers,
                              .dialect = dialect};
}

int reader_next_ack(struct reader *reader)
{
    return reader->n_acks == READER_ACKS ? -1 : reader->n_acks++;
}

void reader_follow_session(struct reader *reader)
{
    if (!reader->ws)
        return;

    for (int i = 0; i < READER_ROOMS; i++) {
        if (!session_membership_in(reader->ws->session, span_of(reader_rooms[i])))
            reader->rooms[i] = (struct told){.whole = false};
    }
}

static void check_room(const struct told *told, const struct numbers *numbers,
                       const struct hub_room *room)
{
    if (told->numbered) {
        for (unsigned i = told->number + 1; i <= numbers->last; i++)
            claim(told->placed || !numbers->taken[i]);
    }

    if (told->placed)
        claim(told->seq == (int64_t)relay_position(room->relay).seq);
}

void reader_check_complete(const struct reader *reader)
{
    const struct session *session = reader->ws->session;

    for (int i = 0; i < reader->n_acks; i++)
        claim(reader->answers[i] == 1);

    for (int i = 0; i < READER_ROOMS; i++) {
        const struct membership *membership =
            session_membership_in(session, span_of(reader_rooms[i]));

        if (!membership)
            continue;

        claim(reader->rooms[i].whole || reader->dialect == DIALECT_PLAIN);
        check_room(&reader->rooms[i], &reader->numbers[i], membership->room);
    }
}
