#include "relay/visit.h"

#include "relay/relay_room.h"

int visit_enter(struct visit *visit, struct relay_room *room, const struct visitor *visitor)
{
    int error = census_enter(&room->census, visit, visitor);

    if (error == 0)
        visit->room = room;

    return error;
}

struct visit *visit_next_of(const struct relay_room *room, struct span uid,
                            const struct visit *after)
{
    const struct presence *presence =
        after ? after->presence : roster_find(&room->census.roster, uid);
    struct list_node *next;

    if (!presence)
        return NULL;

    next = after ? after->sibling.next : presence->visits.head.next;

    return next == &presence->visits.head ? NULL : CONTAINER_OF(next, struct visit, sibling);
}

void visit_leave(struct visit *visit, enum leaving leaving)
{
    if (!visit->room)
        return;

    visit->room = NULL;
    census_leave(visit, leaving);
}

struct span visit_uid(const struct visit *visit)
{
    return visit->presence ? presence_uid(visit->presence) : SPAN_NONE;
}
