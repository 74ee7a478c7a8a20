#include "gateway/v1_reply.h"

#include "base/buffer.h"
#include "gateway/hub.h"
#include "gateway/session.h"
#include "gateway/v1_frame.h"
#include "schema/msgpack.h"

#define MAX_REPLY ((size_t)8 << 10)

/* Disposes of `json`. */
static void reply(struct session *session, struct buffer *json)
{
    struct buffer packed;
    int rc = buffer_status(json);

    buffer_init(&packed, MAX_REPLY);
    if (rc == 0 && session->dialect->opcode == WS_BINARY)
        rc = msgpack_from_json(buffer_span(json), &packed);

    if (rc == 0)
        session_reply(session, buffer_span(packed.size > 0 ? &packed : json));
    else
        session_close(session, CLOSE_TRY_LATER);

    buffer_dispose(json);
    buffer_dispose(&packed);
}

void v1_reply_ack(struct session *session, int64_t ack, struct span id, struct position position)
{
    struct buffer json;

    if (ack == NO_ACK)
        return;

    buffer_init(&json, MAX_REPLY);
    v1_frame_write_ack(ack, id, position, &json);
    reply(session, &json);
}

void v1_reply_dropped(struct session *session, int64_t ack)
{
    struct buffer json;

    if (ack == NO_ACK)
        return;

    buffer_init(&json, MAX_REPLY);
    v1_frame_write_dropped(ack, &json);
    reply(session, &json);
}

void v1_reply_error(struct session *session, int64_t ack, enum refusal refusal, const char *detail)
{
    struct buffer json;

    buffer_init(&json, MAX_REPLY);
    v1_frame_write_error(ack, refusal, detail, &json);
    reply(session, &json);
}

void v1_reply_refusal(struct session *session, int64_t ack, enum refusal refusal,
                      const char *detail)
{
    const struct allowance_limits *limits = &session->hub->settings.admit.allowances;

    if (refusal == REFUSAL_TOO_MANY && !allowance_forgive(&session->allowance, limits))
        session_close(session, CLOSE_TOO_MANY);
    else
        v1_reply_error(session, ack, refusal, detail);
}

void v1_reply_removed(struct session *session, struct span room, const char *code)
{
    struct buffer json;

    buffer_init(&json, MAX_REPLY);
    v1_frame_write_removed(room, code, &json);
    reply(session, &json);
}

void v1_reply_reconnect(struct session *session, uint64_t after_ms)
{
    struct buffer json;

    buffer_init(&json, MAX_REPLY);
    v1_frame_write_reconnect(after_ms, &json);
    reply(session, &json);
}

void v1_reply_expired(struct session *session)
{
    v1_reply_error(session, NO_ACK, REFUSAL_UNAUTHORIZED,
                   "the token has expired: send a fresh one in a ping or join");
}
