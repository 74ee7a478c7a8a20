#include "gateway/pass.h"

#include "base/clock.h"
#include "base/metrics.h"
#include "gateway/hub.h"
#include "gateway/membership.h"
#include "gateway/session.h"

#include <errno.h>
#include <stdlib.h>

/* The wall clock may be set: so it is looked at this often. */
#define LOOK_MS INT64_C(600000)

struct token *session_token(const struct session *session)
{
    return session->pass ? session->pass->token : NULL;
}

/* ---- how long it lasts ---- */

static void wake_at(struct pass *pass, int64_t seconds)
{
    int64_t wait = seconds * 1000 - (int64_t)clock_wall_ms();

    if (wait < 0)
        wait = 0;

    if (wait > LOOK_MS)
        wait = LOOK_MS;

    wheel_add(pass->session->hub->settings.wheel, &pass->due, clock_now() + (uint64_t)wait);
}

static void on_due(struct wheel_timer *timer)
{
    struct pass *pass = CONTAINER_OF(timer, struct pass, due);
    struct session *session = pass->session;
    int64_t now = (int64_t)(clock_wall_ms() / 1000);
    int64_t expires, end;

    if (!pass->token) {
        session_close(session, CLOSE_TOKEN);
        return;
    }

    expires = pass->token->expires_s;
    end = expires + PASS_GRACE_S;

    if (now >= end) {
        session_close(session, CLOSE_TOKEN);
        return;
    }

    if (now >= expires && !pass->told) {
        pass->told = true;
        if (session->dialect->on_expired)
            session->dialect->on_expired(session);
    }

    wake_at(pass, now >= expires ? end : expires);
}

/* ---- its life ---- */

/* Shares the token. */
static void take(struct pass *pass, struct token *token)
{
    token_share(token);
    token_release(pass->token);
    pass->token = token;
    pass->told = false;
    wake_at(pass, token->expires_s);
}

int pass_open(struct session *session, struct token *token)
{
    const struct hub_settings *settings = &session->hub->settings;
    struct pass *pass;

    if (!settings->admit.keys)
        return 0;

    pass = calloc(1, sizeof *pass);
    if (!pass)
        return -ENOMEM;

    pass->session = session;
    session->pass = pass;
    wheel_timer_init(&pass->due, on_due);

    if (token)
        take(pass, token);
    else if (settings->admit.anonymous == ANONYMOUS_NONE)
        wheel_add(settings->wheel, &pass->due, clock_now() + settings->admit.patience_ms);

    return 0;
}

void pass_close(struct session *session)
{
    if (!session->pass)
        return;

    wheel_cancel(session->hub->settings.wheel, &session->pass->due);
    token_release(session->pass->token);
    free(session->pass);
    session->pass = NULL;
}

/* ---- a fresh token ---- */

/* A message counts "" as no token at all; here it is one, and a bad one. */
static bool is_empty_text(const struct message *message)
{
    return message->written & FIELD_BIT(TOKEN) &&
           span_ends_with(message->members[FIELD_TOKEN], span_of("\"\""));
}

/* It may open other rooms than the one before. */
static void leave_closed_rooms(struct session *session)
{
    LIST_FOR_EACH (node, &session->memberships) {
        const struct membership *membership = CONTAINER_OF(node, struct membership, node);

        if (!token_opens(session->pass->token, span_of(membership->room->id))) {
            session_close(session, CLOSE_NOT_ALLOWED);
            return;
        }
    }
}

static enum token_fault verify(struct session *session, const struct message *message,
                               struct token **token)
{
    const struct token *known = session->pass->token;
    enum token_fault fault;

    if (is_empty_text(message))
        return TOKEN_MALFORMED;

    fault = admit_token(&session->hub->settings.admit, message->fields[FIELD_TOKEN].raw, token);
    if (fault == TOKEN_GOOD && known && known->uid.size > 0 &&
        !span_equal(known->uid, (*token)->uid)) {
        token_release(*token);
        return TOKEN_SOMEBODY_ELSE;
    }

    return fault;
}

enum token_fault pass_show(struct session *session, const struct message *message)
{
    struct token *token = NULL;
    enum token_fault fault;

    if (!session->pass ||
        (message->fields[FIELD_TOKEN].type == JSON_NONE && !is_empty_text(message)))
        return TOKEN_GOOD;

    fault = verify(session, message, &token);
    if (fault != TOKEN_GOOD) {
        metrics_add(session->hub->settings.metrics, METRIC_TOKENS_REFUSED, (unsigned)fault, 1);
        return fault;
    }

    take(session->pass, token);
    token_release(token);
    leave_closed_rooms(session);

    return TOKEN_GOOD;
}

/* ---- who he is ---- */

struct span pass_verified_uid(const struct session *session)
{
    const struct token *token = session_token(session);

    return token && token->role != ROLE_BACKEND ? token->uid : SPAN_NONE;
}

struct span pass_uid(const struct session *session, struct span said)
{
    const struct token *token = session_token(session);

    if (!session->pass || (token && token->role == ROLE_BACKEND && token->uid.size == 0))
        return said;

    return token ? token->uid : SPAN_NONE;
}

uint32_t pass_false_fields(const struct session *session, const struct message *message)
{
    const struct token *token = session_token(session);
    const struct json_value *name = &message->fields[FIELD_FROM_NAME];
    char uid[MESSAGE_MAX_UID + 1];
    uint32_t fields = 0;
    int size;

    if (!session->pass || (token && token->role == ROLE_BACKEND))
        return 0;

    size = message_id_text(message, FIELD_FROM_UID, uid, sizeof uid);
    if (size != 0 && (size < 0 || !token || !span_equal(token->uid, span_make(uid, (size_t)size))))
        fields |= FIELD_BIT(FROM_UID);

    if (token && token->name.type != JSON_NONE && name->type != JSON_NONE &&
        !span_equal(name->raw, token->name.raw))
        fields |= FIELD_BIT(FROM_NAME);

    return fields;
}

uint32_t pass_write(const struct session *session, uint32_t fields, struct buffer *out)
{
    const struct token *token = session_token(session);
    uint32_t written = 0;

    if (!token)
        return 0;

    if (fields & FIELD_BIT(FROM_UID) && token->uid.size > 0) {
        buffer_add_text(out, ",\"from_uid\":");
        json_write_string(out, token->uid);
        written |= FIELD_BIT(FROM_UID);
    }

    if (fields & FIELD_BIT(FROM_NAME) && token->name.type != JSON_NONE) {
        buffer_add_text(out, ",\"from_name\":");
        json_write_value(out, token->name);
        written |= FIELD_BIT(FROM_NAME);
    }

    return written;
}
