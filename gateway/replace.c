#include "gateway/replace.h"

#include "gateway/hub.h"
#include "gateway/membership.h"
#include "gateway/pass.h"
#include "gateway/session.h"

/* Who shares the uid may only have said so. */
static void close_all(const struct hub_room *room, struct span uid, const struct session *but)
{
    struct visit *visit = NULL;

    while ((visit = visit_next_of(room->relay, uid, visit))) {
        struct session *session = CONTAINER_OF(visit, struct membership, visit)->session;

        if (session != but && span_equal(pass_verified_uid(session), uid))
            session_close(session, CLOSE_REPLACED);
    }
}

static bool counts(const struct hub_room *room, struct span uid)
{
    return room->hub->settings.admit.single_session && uid.size > 0;
}

void replace_older(const struct membership *newest)
{
    struct span uid = pass_verified_uid(newest->session);

    if (counts(newest->room, uid))
        close_all(newest->room, uid, newest->session);
}

void replace_all(struct hub_room *room, struct span uid)
{
    if (counts(room, uid))
        close_all(room, uid, NULL);
}
