#include "gateway/membership.h"

#include "base/bytes.h"
#include "gateway/hub_room.h"
#include "gateway/session.h"
#include "schema/message.h"

struct membership *session_membership(const struct session *session)
{
    struct list_node *node = list_first(&session->memberships);

    return node ? CONTAINER_OF(node, struct membership, node) : NULL;
}

struct membership *session_membership_in(const struct session *session, struct span room)
{
    LIST_FOR_EACH (node, &session->memberships) {
        struct membership *membership = CONTAINER_OF(node, struct membership, node);

        if (span_is(room, membership->room->id))
            return membership;
    }

    return NULL;
}

bool membership_has_uid(const struct membership *membership, struct span uid)
{
    char text[MESSAGE_MAX_UID + 1];
    struct message message;
    int size = 0;

    if (message_read(&message, bytes_span(membership->join), NULL) == 0)
        size = message_id_text(&message, FIELD_FROM_UID, text, sizeof text);

    return span_equal(uid, span_make(text, size > 0 ? (size_t)size : 0));
}
