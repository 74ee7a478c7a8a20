#include "gateway/v1_command.h"

#include "base/metrics.h"
#include "gateway/client_message.h"
#include "gateway/command.h"
#include "gateway/entrance.h"
#include "gateway/hub.h"
#include "gateway/membership.h"
#include "gateway/pass.h"
#include "gateway/resume.h"
#include "gateway/session.h"
#include "gateway/v1_reply.h"

#include <stdio.h>

#define MAX_DETAIL 160

void v1_refuse(const struct v1_wish *wish, enum refusal refusal, const char *detail)
{
    client_message_drop(wish->session, client_message_drop_reason(refusal), wish->message->kind);
    v1_reply_refusal(wish->session, wish->ack, refusal, detail);
}

void v1_refuse_fault(const struct v1_wish *wish, enum refusal refusal,
                     const struct message_fault *fault)
{
    char detail[MAX_DETAIL];

    (void)snprintf(detail, sizeof detail, "%s %s", fault->field, fault->why);
    v1_refuse(wish, refusal, detail);
}

static void done(const struct v1_wish *wish)
{
    v1_reply_ack(wish->session, wish->ack, span_of(""), (struct position){0, 0});
}

/* The room that is meant: the one named, or the only one.  NULL: refused. */
static struct membership *meant(const struct v1_wish *wish)
{
    struct session *session = wish->session;
    struct membership *membership = wish->room.size > 0 ? session_membership_in(session, wish->room)
                                                        : session_membership(session);

    if (!membership) {
        enum refusal refusal = admit_room(session, wish->room);

        v1_refuse(wish, refusal == REFUSAL_UNAUTHORIZED ? refusal : REFUSAL_NOT_JOINED, NULL);
        return NULL;
    }

    if (wish->room.size == 0 && session->n_memberships > 1) {
        v1_refuse(wish, REFUSAL_MALFORMED, "room_id must say which of the rooms is meant");
        return NULL;
    }

    return membership;
}

/* ---- commands ---- */

/* Of a join or a ping: it may bring a token, which costs as much to verify in either. */
static bool shows_a_good_token(const struct v1_wish *wish)
{
    enum token_fault fault;

    if ((wish->message->kind == KIND_JOIN || wish->message->written & FIELD_BIT(TOKEN)) &&
        admit_once_more(wish->session, KIND_JOIN) != REFUSAL_NONE) {
        v1_refuse(wish, REFUSAL_TOO_MANY, NULL);
        return false;
    }

    fault = pass_show(wish->session, wish->message);

    if (fault != TOKEN_GOOD)
        v1_refuse(wish, fault == TOKEN_NO_MEMORY ? REFUSAL_INTERNAL : REFUSAL_UNAUTHORIZED,
                  token_fault_text(fault));

    return fault == TOKEN_GOOD && !wish->session->closing;
}

void v1_ping(struct v1_wish *wish)
{
    if (!shows_a_good_token(wish))
        return;

    session_pong(wish->session, wish->pong);
    done(wish);
}

static bool has_room_for(const struct session *session, struct span room)
{
    const struct hub_settings *settings = &session->hub->settings;

    if (settings->admit.max_rooms == 0 || session->n_memberships < settings->admit.max_rooms ||
        session_membership_in(session, room))
        return true;

    metrics_add(settings->metrics, METRIC_LIMITED, LIMIT_ROOMS, 1);

    return false;
}

static bool may_join(const struct v1_wish *wish)
{
    struct session *session = wish->session;
    enum refusal refusal;

    if (wish->room.size == 0)
        v1_refuse(wish, REFUSAL_MALFORMED, "room_id must name the room to join");
    else if (!has_room_for(session, wish->room))
        v1_refuse(wish, REFUSAL_TOO_MANY, "this connection is in as many rooms as it may be");
    else if (!hub_can_show(session->hub, wish->room))
        v1_refuse(wish, REFUSAL_UNAVAILABLE, NULL);
    else if ((refusal = admit_room(session, wish->room)) != REFUSAL_NONE)
        v1_refuse(wish, refusal, NULL);
    else
        return true;

    return false;
}

static void on_join(struct v1_wish *wish)
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
        v1_refuse(wish, REFUSAL_INTERNAL, NULL);
        return;
    }

    resume->goes_on = wish->goes_on;
    resume->after = wish->at;
    enter_with(session, wish->message, wish->room, resume);
}

static void on_leave(struct v1_wish *wish)
{
    struct membership *membership = meant(wish);

    metrics_add(wish->session->hub->settings.metrics, METRIC_MESSAGES_IN, KIND_LEAVE, 1);

    if (!membership)
        return;

    hub_leave(membership, LEAVING_CLEANLY);
    done(wish);
}

static void on_publish(struct v1_wish *wish)
{
    struct membership *membership = meant(wish);
    struct command *command;
    enum refusal refusal;

    if (!membership)
        return;

    command = command_new(wish->session, wish->ack, wish->message->kind);
    if (!command) {
        v1_refuse(wish, REFUSAL_INTERNAL, NULL);
        return;
    }

    refusal = client_message_submit(membership, wish->message, command);
    if (refusal != REFUSAL_NONE) {
        command_cancel(command);
        v1_refuse(wish, refusal, NULL);
    }
}

static void (*const by_kind[KIND_COUNT])(struct v1_wish *wish) = {
    [KIND_JOIN] = on_join,     [KIND_LEAVE] = on_leave,    [KIND_CHAT] = on_publish,
    [KIND_LIKE] = on_publish,  [KIND_FOLLOW] = on_publish, [KIND_BUY] = on_publish,
    [KIND_SHELF] = on_publish, [KIND_CUSTOM] = on_publish,
};

void v1_obey(struct v1_wish *wish)
{
    by_kind[wish->message->kind](wish);
}
