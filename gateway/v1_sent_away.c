#include "gateway/v1_sent_away.h"

#include "gateway/hub_room.h"
#include "gateway/membership.h"
#include "gateway/resume.h"
#include "gateway/session.h"
#include "gateway/v1_frame.h"
#include "gateway/v1_reply.h"

void v1_tell_refused(struct session *session, struct resume *resume, enum refusal refusal)
{
    v1_reply_refusal(session, resume ? resume->ack : NO_ACK, refusal, NULL);
    if (resume)
        resume->ack = NO_ACK; /* it has its answer */
}

void v1_tell_removed(struct membership *membership, enum removal removal)
{
    struct session *session = membership->session;
    bool is_ban = removal == REMOVAL_BAN || removal == REMOVAL_BAN_EVERYWHERE;
    bool is_everywhere = removal == REMOVAL_KICK_EVERYWHERE || removal == REMOVAL_BAN_EVERYWHERE;

    if (is_everywhere || session->n_memberships == 1) {
        session->said_goodbye = true; /* the others are told that it has gone, at once */
        session_close(session, CLOSE_KICKED);
    } else {
        v1_reply_removed(session, span_of(membership->room->id), is_ban ? "banned" : "kicked");
    }
}
