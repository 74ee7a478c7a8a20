/* livegate.v1.json and livegate.v1.msgpack, for our SDKs: several rooms on one connection, an
 * answer to every command, and to every frame that is not understood an error. */
#include "base/bytes.h"
#include "base/metrics.h"
#include "gateway/client_message.h"
#include "gateway/command.h"
#include "gateway/dialect.h"
#include "gateway/entrance.h"
#include "gateway/hub.h"
#include "gateway/membership.h"
#include "gateway/pass.h"
#include "gateway/resume.h"
#include "gateway/session.h"
#include "gateway/upgrade.h"
#include "gateway/v1_answer.h"
#include "gateway/v1_degraded.h"
#include "gateway/v1_frame.h"
#include "gateway/v1_reply.h"
#include "relay/relay.h"
#include "schema/message.h"
#include "schema/msgpack.h"
#include "schema/payload.h"

#include <errno.h>
#include <stdio.h>

#define MAX_ROOMS 100
#define MAX_MALFORMED 10 /* frames that cannot be read; the last one closes the session */
#define MAX_DETAIL 160
#define MAX_JSON PAYLOAD_JSON_MAX(2 * MESSAGE_MAX_BYTES)

/* What the client wants, taken from its frame. */
struct wish {
    struct session *session;
    struct message *message;
    int64_t ack;
    struct span room;   /* as named; empty: not named */
    enum pong pong;     /* in its encoding */
    bool goes_on;       /* the next two say from where */
    struct position at; /* the last it has */
};

static void refuse(const struct wish *wish, enum refusal refusal, const char *detail)
{
    client_message_drop(wish->session, client_message_drop_reason(refusal));
    v1_reply_refusal(wish->session, wish->ack, refusal, detail);
}

static void refuse_fault(const struct wish *wish, enum refusal refusal,
                         const struct message_fault *fault)
{
    char detail[MAX_DETAIL];

    (void)snprintf(detail, sizeof detail, "%s %s", fault->field, fault->why);
    refuse(wish, refusal, detail);
}

static void done(const struct wish *wish)
{
    v1_reply_ack(wish->session, wish->ack, span_of(""), (struct position){0, 0});
}

/* The room that is meant: the one named, or the only one.  NULL: refused. */
static struct membership *meant(const struct wish *wish)
{
    struct session *session = wish->session;
    struct membership *membership = wish->room.size > 0 ? session_membership_in(session, wish->room)
                                                        : session_membership(session);

    if (!membership) {
        enum refusal refusal = admit_room(session, wish->room);

        refuse(wish, refusal == REFUSAL_UNAUTHORIZED ? refusal : REFUSAL_NOT_JOINED, NULL);
        return NULL;
    }

    if (wish->room.size == 0 && session->n_memberships > 1) {
        refuse(wish, REFUSAL_MALFORMED, "room_id must say which of the rooms is meant");
        return NULL;
    }

    return membership;
}

/* ---- commands ---- */

/* Of a join or a ping: it may bring a token, which costs as much to verify in either. */
static bool shows_a_good_token(const struct wish *wish)
{
    enum token_fault fault;

    if ((wish->message->kind == KIND_JOIN || wish->message->written & FIELD_BIT(TOKEN)) &&
        admit_once_more(wish->session, KIND_JOIN) != REFUSAL_NONE) {
        refuse(wish, REFUSAL_TOO_MANY, NULL);
        return false;
    }

    fault = pass_show(wish->session, wish->message);

    if (fault != TOKEN_GOOD)
        refuse(wish, fault == TOKEN_NO_MEMORY ? REFUSAL_INTERNAL : REFUSAL_UNAUTHORIZED,
               token_fault_text(fault));

    return fault == TOKEN_GOOD && !wish->session->closing;
}

static void on_ping(struct wish *wish)
{
    if (!shows_a_good_token(wish))
        return;

    session_pong(wish->session, wish->pong);
    done(wish);
}

static bool may_join(const struct wish *wish)
{
    struct session *session = wish->session;
    enum refusal refusal;

    if (wish->room.size == 0)
        refuse(wish, REFUSAL_MALFORMED, "room_id must name the room to join");
    else if (session->n_memberships >= MAX_ROOMS && !session_membership_in(session, wish->room))
        refuse(wish, REFUSAL_TOO_MANY, "one connection can be in 100 rooms");
    else if (!hub_can_show(session->hub, wish->room))
        refuse(wish, REFUSAL_UNAVAILABLE, NULL);
    else if ((refusal = admit_room(session, wish->room)) != REFUSAL_NONE)
        refuse(wish, refusal, NULL);
    else
        return true;

    return false;
}

static void on_join(struct wish *wish)
{
    struct session *session = wish->session;
    struct resume *resume;

    metrics_add(session->hub->settings.metrics, METRIC_MESSAGES_IN, KIND_JOIN, 1);

    if (wish->room.size == 0 && session->n_memberships == 1)
        wish->room = span_of(session_membership(session)->room->id);

    if (!shows_a_good_token(wish) || !may_join(wish))
        return;

    resume = resume_new(wish->ack);
    if (!resume) {
        refuse(wish, REFUSAL_INTERNAL, NULL);
        return;
    }

    resume->goes_on = wish->goes_on;
    resume->after = wish->at;
    enter_with(session, wish->message, wish->room, resume);
}

static void on_leave(struct wish *wish)
{
    struct membership *membership = meant(wish);

    metrics_add(wish->session->hub->settings.metrics, METRIC_MESSAGES_IN, KIND_LEAVE, 1);

    if (!membership)
        return;

    hub_leave(membership, LEAVING_CLEANLY);
    done(wish);
}

static void on_publish(struct wish *wish)
{
    struct membership *membership = meant(wish);
    struct command *command;
    enum refusal refusal;

    if (!membership)
        return;

    command = command_new(wish->session, wish->ack);
    if (!command) {
        refuse(wish, REFUSAL_INTERNAL, NULL);
        return;
    }

    refusal = client_message_submit(membership, wish->message, command);
    if (refusal != REFUSAL_NONE) {
        command_cancel(command);
        refuse(wish, refusal, NULL);
    }
}

static void (*const by_kind[KIND_COUNT])(struct wish *wish) = {
    [KIND_JOIN] = on_join,     [KIND_LEAVE] = on_leave,    [KIND_CHAT] = on_publish,
    [KIND_LIKE] = on_publish,  [KIND_FOLLOW] = on_publish, [KIND_BUY] = on_publish,
    [KIND_SHELF] = on_publish, [KIND_CUSTOM] = on_publish,
};

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

static bool read_ack(struct wish *wish)
{
    static const struct message_fault fault = {"ack", A_NUMBER};
    int64_t ack = NO_ACK;

    if (read_number(wish->message, FIELD_ACK, &ack) < 0) {
        refuse_fault(wish, REFUSAL_MALFORMED, &fault);
        return false;
    }

    wish->ack = ack;

    return true;
}

/* A join's, of which both numbers have to be there. */
static bool read_position(struct wish *wish)
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
        refuse_fault(wish, REFUSAL_MALFORMED, &term_fault);
        return false;
    }

    if (has_seq < 0 || (has_seq == 0 && has_term != 0)) {
        refuse_fault(wish, REFUSAL_MALFORMED, &seq_fault);
        return false;
    }

    wish->goes_on = has_term > 0;
    wish->at = (struct position){(uint64_t)term, (uint64_t)seq};

    return true;
}

static void obey(struct wish *wish)
{
    char room[ROOM_ID_MAX + 1];
    struct message_fault fault;
    int rc, size;

    if (!read_ack(wish))
        return;

    if (span_is(wish->message->fields[FIELD_MSG_TYPE].raw, "ping")) {
        on_ping(wish);
        return;
    }

    rc = message_check(wish->message, &fault);
    if (rc != 0) {
        refuse_fault(wish, rc == -ENOENT ? REFUSAL_UNKNOWN : REFUSAL_MALFORMED, &fault);
        return;
    }

    if (!read_position(wish))
        return;

    size = message_id_text(wish->message, FIELD_ROOM_ID, room, sizeof room);
    wish->room = span_make(room, size > 0 ? (size_t)size : 0);
    by_kind[wish->message->kind](wish);
}

static void refuse_frame(const struct wish *wish, const struct message_fault *fault)
{
    if (++wish->session->n_malformed < MAX_MALFORMED) {
        refuse_fault(wish, REFUSAL_MALFORMED, fault);
        return;
    }

    client_message_drop(wish->session, DROP_MALFORMED);
    session_close(wish->session, CLOSE_MALFORMED);
}

static void on_text(struct session *session, struct span text)
{
    struct message message;
    struct message_fault fault;
    struct wish wish = {
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
    struct wish wish = {
        .session = session, .message = &message, .ack = NO_ACK, .pong = PONG_PACKED};
    int rc = -EBADMSG;

    buffer_init(&json, MAX_JSON);

    if (msgpack_is_map(data)) /* else it would be read as JSON */
        rc = payload_read(&message, data, &json, &fault);

    if (rc == 0)
        obey(&wish);
    else if (rc == -ENOMEM)
        refuse(&wish, REFUSAL_INTERNAL, NULL);
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
    .encode_degraded = v1_degraded_write,
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
    .encode_degraded = v1_degraded_write_packed,
    .tell_to_move = v1_reply_reconnect,
};
