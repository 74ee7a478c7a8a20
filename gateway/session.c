#include "gateway/session.h"

#include "base/burden.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "base/random.h"
#include "gateway/client_message.h"
#include "gateway/command.h"
#include "gateway/fanout.h"
#include "gateway/frame.h"
#include "gateway/hub.h"
#include "gateway/laggards.h"
#include "gateway/membership.h"
#include "gateway/pass.h"
#include "gateway/resume.h"
#include "gateway/upgrade.h"

#include <errno.h>
#include <stdlib.h>

#define MAX_REPLIES ((size_t)32 << 10)
#define MAX_MISSED_PINGS 2
#define MAX_PONGS 4 /* of a kind */

static const struct span pongs[PONG_KINDS] = {
    [PONG_OBJECT] = SPAN_LITERAL("{\"msg_type\":\"pong\"}"),
    [PONG_WORD] = SPAN_LITERAL("pong"),
    [PONG_PACKED] = SPAN_LITERAL("\x81\xa8msg_type\xa4pong"),
};

/* Framed; few sessions have any at a time. */
struct replies {
    struct buffer frames;
    size_t n;
};

static void on_ping_due(struct wheel_timer *timer)
{
    struct session *session = CONTAINER_OF(timer, struct session, ping);

    if (session->silent_for >= MAX_MISSED_PINGS) {
        session_close(session, CLOSE_GOING_AWAY);
        return;
    }

    session->silent_for++;
    ws_ping(session->ws);
    wheel_add(session->hub->settings.wheel, timer,
              clock_now() + session->hub->settings.ping_interval_ms);
}

static void *on_open(void *owner, struct ws *ws, const struct upgrade *upgrade)
{
    struct hub *hub = owner;
    struct session *session = calloc(1, sizeof *session);

    if (!session)
        return NULL;

    session->ws = ws;
    session->hub = hub;
    session->dialect = dialect_choose(&hub->settings.dialects, upgrade);
    session->number = ++hub->last_session;
    list_init(&session->memberships);
    list_init(&session->commands);
    list_append(&hub->sessions, &session->node);
    list_node_init(&session->dirty);
    allowance_init(&session->allowance);
    random_hex(session->client_id, CLIENT_ID_DIGITS);

    /* Spread out: sessions that came together are not pinged together. */
    wheel_timer_init(&session->ping, on_ping_due);
    wheel_add(hub->settings.wheel, &session->ping,
              clock_now() + hub->settings.ping_interval_ms / 2 +
                  random_below(hub->settings.ping_interval_ms / 2 + 1));

    if (pass_open(session, upgrade->token) == 0)
        session->dialect->on_open(session, upgrade);
    else
        session_close(session, CLOSE_TRY_LATER);

    fanout_relieve(hub->settings.fanout, session); /* while the response is held back for it */

    return session;
}

static void on_message(void *arg, enum ws_opcode opcode, struct span message)
{
    struct session *session = arg;

    if (session->closing)
        return;

    if (opcode == WS_TEXT)
        session->dialect->on_text(session, message);
    else if (session->dialect->on_binary)
        session->dialect->on_binary(session, message);
    else
        client_message_drop(session, DROP_UNKNOWN, KIND_UNKNOWN);
}

static void on_alive(void *arg)
{
    struct session *session = arg;

    session->silent_for = 0;
}

static void on_writable(void *arg)
{
    struct session *session = arg;

    fanout_catch_up(session->hub->settings.fanout, session);
}

static void forget_replies(struct session *session)
{
    if (!session->replies)
        return;

    burden_sub(session->replies->frames.size);
    buffer_dispose(&session->replies->frames);
    free(session->replies);
    session->replies = NULL;
}

/* What a clean end is: a Close of 1000 that the client chose to send.  WeChat closes sockets of a
 * page in the background with 1000 and the reason "interrupted": that one comes back. */
static bool ended_cleanly(const struct session *session, const struct ws_ending *ending)
{
    return session->said_goodbye ||
           (ending->code == CLOSE_NORMAL && !span_is(ending->reason, "interrupted"));
}

static void on_closed(void *arg, const struct ws_ending *ending)
{
    struct session *session = arg;

    session->ws = NULL;
    session->closing = true;
    command_orphan_all(&session->commands);
    hub_leave_all(session, ended_cleanly(session, ending) ? LEAVING_CLEANLY : LEAVING_LOST);
    wheel_cancel(session->hub->settings.wheel, &session->ping);
    laggards_remove(session);
    pass_close(session);
    list_remove(&session->dirty);
    list_remove(&session->node);
    forget_replies(session);
    answer_dispose(&session->answer);
    free(session);
}

const struct ws_events session_events = {
    .on_open = on_open,
    .on_message = on_message,
    .on_alive = on_alive,
    .on_writable = on_writable,
    .on_closed = on_closed,
};

static bool is_much(const struct session *session, size_t more)
{
    return session->replies && session->replies->frames.size + more > MAX_REPLIES / 2;
}

/* 0, -ENOMEM or -EMSGSIZE. */
static int add_reply(struct session *session, struct span payload)
{
    size_t before;

    if (!session->replies) {
        session->replies = malloc(sizeof *session->replies);
        if (!session->replies)
            return -ENOMEM;

        session->replies->n = 0;
        buffer_init(&session->replies->frames, MAX_REPLIES);
    }

    before = session->replies->frames.size;
    frame_write(&session->replies->frames, session->dialect->opcode, payload);
    burden_add(session->replies->frames.size - before);
    session->replies->n++;

    return buffer_status(&session->replies->frames);
}

void session_reply(struct session *session, struct span payload)
{
    int rc;

    if (is_much(session, payload.size)) /* a burst of commands */
        fanout_relieve(session->hub->settings.fanout, session);

    if (session->closing)
        return;

    rc = add_reply(session, payload);

    if (rc == 0)
        fanout_session(session->hub->settings.fanout, session);
    else
        session_close(session, rc == -EMSGSIZE ? CLOSE_TOO_SLOW : CLOSE_TRY_LATER);
}

void session_pong(struct session *session, enum pong pong)
{
    if (session->closing || session->pongs[pong] == MAX_PONGS)
        return;

    session->pongs[pong]++;
    fanout_session(session->hub->settings.fanout, session);
}

bool session_has_replies(const struct session *session)
{
    return session->replies || session->pongs[PONG_OBJECT] > 0 || session->pongs[PONG_WORD] > 0 ||
           session->pongs[PONG_PACKED] > 0;
}

size_t session_take_replies(struct session *session, struct buffer *out)
{
    size_t frames = session->replies ? session->replies->n : 0;

    if (session->replies) {
        (void)buffer_add_span(out, buffer_span(&session->replies->frames));
        forget_replies(session);
    }

    for (int i = 0; i < PONG_KINDS; i++) {
        for (; session->pongs[i] > 0; session->pongs[i]--, frames++)
            frame_write(out, session->dialect->opcode, pongs[i]);
    }

    return frames;
}

/* What was read of its rooms' past is held for it alone. */
static void forget_past(const struct session *session)
{
    LIST_FOR_EACH (node, &session->memberships) {
        const struct membership *membership = CONTAINER_OF(node, struct membership, node);

        if (membership->resume)
            resume_forget_batch(membership->resume);
    }
}

void session_close(struct session *session, enum close_code code)
{
    if (session->closing)
        return;

    session->closing = true;
    forget_replies(session);
    answer_dispose(&session->answer);
    forget_past(session);
    list_remove(&session->dirty);
    ws_close(session->ws, code, NULL);
}
