#include "gateway/replace.h"

#include "gateway/hub.h"
#include "gateway/membership.h"
#include "gateway/pass.h"
#include "gateway/session.h"

/* Looked for among all sessions: it is done only when the census knows that there is one. */
static void close_all(const struct hub_room *room, struct span uid, const struct session *but)
{
    LIST_FOR_EACH (node, &room->hub->sessions) {
        struct session *session = CONTAINER_OF(node, struct session, node);

        if (session != but && span_equal(pass_verified_uid(session), uid) &&
            session_membership_in(session, span_of(room->id)))
            session_close(session, CLOSE_REPLACED);
    }
}

void replace_older(const struct membership *newest)
{
    const struct hub *hub = newest->room->hub;
    struct span uid = pass_verified_uid(newest->session);

    if (hub->settings.admit.single_session && uid.size > 0 && visit_has_company(&newest->visit))
        close_all(newest->room, uid, newest->session);
}

void replace_all(struct hub_room *room, struct span uid)
{
    if (room->hub->settings.admit.single_session && uid.size > 0)
        close_all(room, uid, NULL);
}
