#include "gateway/admit.h"

#include "base/clock.h"
#include "base/metrics.h"
#include "gateway/hub.h"
#include "gateway/pass.h"
#include "gateway/session.h"

#define MAY(constant) (1U << ROLE_##constant)
#define EVERY_ROLE ((1U << ROLE_COUNT) - 1)

/* By the last column of schema/kinds.h. */
static const unsigned senders[] = {
    [ANYONE] = EVERY_ROLE,    [ANCHOR_OR_BACKEND] = MAY(ANCHOR) | MAY(BACKEND),
    [BACKEND] = MAY(BACKEND), [GATEWAY_OR_BACKEND] = MAY(BACKEND),
    [BROKER_ONLY] = 0,
};

enum token_fault admit_token(const struct admit_settings *settings, struct span text,
                             struct token **token)
{
    const struct token_rules rules = {.audience = settings->audience,
                                      .now_s = (int64_t)(clock_wall_ms() / 1000)};

    return token_verify(token, text, settings->keys, &rules);
}

enum refusal admit_room(const struct session *session, struct span room)
{
    const struct admit_settings *settings = &session->hub->settings.admit;
    const struct token *token = session_token(session);

    if (!settings->keys)
        return REFUSAL_NONE;

    if (token)
        return token_opens(token, room) ? REFUSAL_NONE : REFUSAL_NOT_ALLOWED;

    return settings->anonymous == ANONYMOUS_VIEWER ? REFUSAL_NONE : REFUSAL_UNAUTHORIZED;
}

enum refusal admit_once_more(struct session *session, enum message_kind kind)
{
    const struct hub_settings *settings = &session->hub->settings;

    if (allowance_take(&session->allowance, &settings->admit.allowances, kind))
        return REFUSAL_NONE;

    metrics_add(settings->metrics, METRIC_COMMANDS_LIMITED, kind, 1);

    return REFUSAL_TOO_MANY;
}

enum refusal admit_message(struct session *session, enum message_kind kind)
{
    const struct admit_settings *settings = &session->hub->settings.admit;
    const struct token *token = session_token(session);
    bool may = settings->open;

    if (settings->keys)
        may = token && (senders[kind_traits(kind)->sender] & 1U << token->role);

    return may ? admit_once_more(session, kind) : REFUSAL_NOT_ALLOWED;
}
