#include "gateway/moderator.h"

#include "base/metrics.h"
#include "gateway/client_message.h"
#include "gateway/hub.h"
#include "gateway/membership.h"
#include "gateway/pass.h"
#include "gateway/session.h"
#include "gateway/turn.h"

enum refusal moderator_admit(const struct hub *hub, struct span room, struct span uid)
{
    const struct hub_room *known = hub_find_room(hub, room);

    return relay_bans(hub->relay, known ? known->relay : NULL, uid) ? REFUSAL_BANNED : REFUSAL_NONE;
}

void moderator_refuse(struct session *session, struct resume *resume, enum refusal refusal)
{
    client_message_drop(session, client_message_drop_reason(refusal), KIND_JOIN);
    if (session->dialect->tell_refused)
        session->dialect->tell_refused(session, resume, refusal);
}

/* ---- who must go ---- */

static struct membership *stay_of(const struct session *session, const struct hub_room *room,
                                  const struct presence *viewer)
{
    LIST_FOR_EACH (node, &session->memberships) {
        struct membership *membership = CONTAINER_OF(node, struct membership, node);

        if (membership->room == room && membership->visit.presence == viewer)
            return membership;
    }

    return NULL;
}

/* False when its session is being closed, and leaves by itself. */
static bool remove_from_room(struct membership *membership, enum removal removal)
{
    struct session *session = membership->session;
    bool is_ban = removal == REMOVAL_BAN || removal == REMOVAL_BAN_EVERYWHERE;

    if (membership->index == NOT_A_MEMBER && is_ban) { /* it was not known yet when it came */
        moderator_refuse(session, membership->resume, REFUSAL_BANNED);
    } else {
        metrics_add(session->hub->settings.metrics, METRIC_REMOVALS, removal, 1);
        if (session->dialect->tell_removed)
            session->dialect->tell_removed(membership, removal);
    }

    if (session->closing)
        return false;

    hub_leave(membership, LEAVING_CLEANLY);

    return true;
}

void moderator_on_removed(void *room_owner, const struct presence *viewer, enum removal removal)
{
    struct hub_room *room = room_owner;
    const struct hub *hub = room->hub;

    LIST_FOR_EACH (node, &hub->sessions) {
        struct session *session = CONTAINER_OF(node, struct session, node);
        struct membership *stay = session->closing ? NULL : stay_of(session, room, viewer);
        bool is_last = room->n_memberships == 1;

        if (stay && remove_from_room(stay, removal) && is_last)
            return; /* the room went with it */
    }
}

/* ---- who may speak ---- */

/* Taps carry no words. */
static bool speaks(enum message_kind kind)
{
    return kind != KIND_LIKE && kind != KIND_FOLLOW;
}

static bool has_role(const struct session *session, unsigned roles)
{
    const struct token *token = session_token(session);

    return token && (roles & 1U << token->role);
}

/* Each name that it goes by: it came into the room under one, perhaps under none, may have shown a
 * token since, and says one now. */
enum refusal moderator_judge(struct membership *membership, enum message_kind kind, struct span uid)
{
    static const unsigned backend = 1U << ROLE_BACKEND,
                          staff = backend | 1U << ROLE_ANCHOR | 1U << ROLE_ADMIN;
    const struct session *session = membership->session;
    const struct relay_room *room = membership->room->relay;
    const struct span names[] = {visit_uid(&membership->visit), pass_verified_uid(session), uid};
    struct room_settings settings = relay_room_settings(room);

    if (has_role(session, backend))
        return REFUSAL_NONE;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (relay_bans(session->hub->relay, room, names[i]))
            return REFUSAL_BANNED;
        if (speaks(kind) && relay_mutes(room, names[i]))
            return REFUSAL_MUTED;
    }

    if (!speaks(kind) || has_role(session, staff))
        return REFUSAL_NONE;

    if (settings.muted)
        return REFUSAL_ROOM_MUTED;

    return settings.slow_mode_s == 0 || turn_take(membership, settings.slow_mode_s)
               ? REFUSAL_NONE
               : REFUSAL_SLOW_MODE;
}

bool moderator_gave_turn(const struct membership *membership, enum message_kind kind)
{
    return membership->room->slow && speaks(kind);
}
