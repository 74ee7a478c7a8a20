/* livegate.v1.json and livegate.v1.msgpack, for our SDKs: several rooms on one connection, an
 * answer to every command, and to every frame that is not understood an error. */
#include "base/metrics.h"
#include "gateway/client_message.h"
#include "gateway/dialect.h"
#include "gateway/entrance.h"
#include "gateway/hub_room.h"
#include "gateway/session.h"
#include "gateway/v1_answer.h"
#include "gateway/v1_command.h"
#include "gateway/v1_frame.h"
#include "gateway/v1_notice.h"
#include "gateway/v1_reply.h"
#include "gateway/v1_sent_away.h"
#include "schema/message.h"
#include "schema/msgpack.h"
#include "schema/payload.h"

#include <errno.h>

#define MAX_MALFORMED 10 /* frames that cannot be read; the last one closes the session */
#define MAX_JSON PAYLOAD_JSON_MAX(2 * MESSAGE_MAX_BYTES)

/* ---- frames ---- */

/* A natural number that every language reads exactly.  1; 0: absent; or -EBADMSG. */
static int read_number(const struct message *message, enum message_field field, int64_t *number)
{
    struct json_value value = message->fields[field];

    if (value.type == JSON_NONE)
        return 0;

    return value.type == JSON_NUMBER && json_to_integer(value, number) == 0 && *number >= 0 &&
                   *number <= MESSAGE_MAX_INTEGER
               ? 1
               : -EBADMSG;
}

#define A_NUMBER "must be an integer from 0 to 9007199254740991"

static bool read_ack(struct v1_wish *wish)
{
    static const struct message_fault fault = {"ack", A_NUMBER};
    int64_t ack = NO_ACK;

    if (read_number(wish->message, FIELD_ACK, &ack) < 0) {
        v1_refuse_fault(wish, REFUSAL_MALFORMED, &fault);
        return false;
    }

    wish->ack = ack;

    return true;
}

/* A join's, of which both numbers have to be there. */
static bool read_position(struct v1_wish *wish)
{
    static const struct message_fault term_fault = {"term", A_NUMBER},
                                      seq_fault = {"seq", A_NUMBER};
    int64_t term = 0, seq = 0;
    int has_term, has_seq;

    if (wish->message->kind != KIND_JOIN)
        return true;

    has_term = read_number(wish->message, FIELD_TERM, &term);
    has_seq = read_number(wish->message, FIELD_SEQ, &seq);

    if (has_term < 0 || (has_term == 0 && has_seq != 0)) {
        v1_refuse_fault(wish, REFUSAL_MALFORMED, &term_fault);
        return false;
    }

    if (has_seq < 0 || (has_seq == 0 && has_term != 0)) {
        v1_refuse_fault(wish, REFUSAL_MALFORMED, &seq_fault);
        return false;
    }

    wish->goes_on = has_term > 0;
    wish->at = (struct position){(uint64_t)term, (uint64_t)seq};

    return true;
}

static void obey(struct v1_wish *wish)
{
    char room[ROOM_ID_MAX + 1];
    struct message_fault fault;
    int rc, size;

    if (!read_ack(wish))
        return;

    if (span_is(wish->message->fields[FIELD_MSG_TYPE].raw, "ping")) {
        v1_ping(wish);
        return;
    }

    rc = message_check(wish->message, &fault);
    if (rc != 0) {
        v1_refuse_fault(wish, rc == -ENOENT ? REFUSAL_UNKNOWN : REFUSAL_MALFORMED, &fault);
        return;
    }

    if (!read_position(wish))
        return;

    size = message_id_text(wish->message, FIELD_ROOM_ID, room, sizeof room);
    wish->room = span_make(room, size > 0 ? (size_t)size : 0);
    v1_obey(wish);
}

static void refuse_frame(const struct v1_wish *wish, const struct message_fault *fault)
{
    if (++wish->session->n_malformed < MAX_MALFORMED) {
        v1_refuse_fault(wish, REFUSAL_MALFORMED, fault);
        return;
    }

    client_message_drop(wish->session, DROP_MALFORMED, KIND_UNKNOWN);
    session_close(wish->session, CLOSE_MALFORMED);
}

static void on_text(struct session *session, struct span text)
{
    struct message message;
    struct message_fault fault;
    struct v1_wish wish = {
        .session = session, .message = &message, .ack = NO_ACK, .pong = PONG_OBJECT};

    if (message_read(&message, text, &fault) == 0)
        obey(&wish);
    else
        refuse_frame(&wish, &fault);
}

static void on_binary(struct session *session, struct span data)
{
    struct message_fault fault = {"message", "must be one msgpack map"};
    struct message message;
    struct buffer json;
    struct v1_wish wish = {
        .session = session, .message = &message, .ack = NO_ACK, .pong = PONG_PACKED};
    int rc = -EBADMSG;

    buffer_init(&json, MAX_JSON);
    message.kind = KIND_UNKNOWN; /* also of what cannot be read */

    if (msgpack_is_map(data)) /* else it would be read as JSON */
        rc = payload_read(&message, data, &json, &fault);

    if (rc == 0)
        obey(&wish);
    else if (rc == -ENOMEM)
        v1_refuse(&wish, REFUSAL_INTERNAL, NULL);
    else
        refuse_frame(&wish, &fault);

    buffer_dispose(&json);
}

static void on_wrong_type(struct session *session, struct span frame)
{
    (void)frame;
    session_close(session, CLOSE_UNACCEPTABLE);
}

/* ---- what the client is told ---- */

static void on_open(struct session *session, const struct upgrade *upgrade)
{
    enter_by_upgrade(session, upgrade, NULL);
}

static bool encode(const struct hub_room *room, const struct relayed *relayed, struct buffer *out)
{
    v1_frame_write(span_of(room->id), relayed, out);

    return true;
}

static bool encode_packed(const struct hub_room *room, const struct relayed *relayed,
                          struct buffer *out)
{
    v1_frame_write_packed(span_of(room->id), relayed, out);

    return true;
}

const struct dialect dialect_v1 = {
    .id = DIALECT_V1,
    .name = "v1",
    .opcode = WS_TEXT,
    .resumes = true,
    .drain_turn = DRAIN_MOVES_WHEN_TOLD,
    .on_open = on_open,
    .on_text = on_text,
    .on_binary = on_wrong_type,
    .on_expired = v1_reply_expired,
    .answer = v1_answer,
    .encode = encode,
    .encode_notice = v1_notice_write,
    .tell_refused = v1_tell_refused,
    .tell_removed = v1_tell_removed,
    .tell_to_move = v1_reply_reconnect,
};

const struct dialect dialect_v1_msgpack = {
    .id = DIALECT_V1_MSGPACK,
    .name = "v1.msgpack",
    .opcode = WS_BINARY,
    .resumes = true,
    .drain_turn = DRAIN_MOVES_WHEN_TOLD,
    .on_open = on_open,
    .on_text = on_wrong_type,
    .on_binary = on_binary,
    .on_expired = v1_reply_expired,
    .answer = v1_answer,
    .encode = encode_packed,
    .encode_notice = v1_notice_write_packed,
    .tell_refused = v1_tell_refused,
    .tell_removed = v1_tell_removed,
    .tell_to_move = v1_reply_reconnect,
};
