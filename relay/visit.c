#include "relay/visit.h"

#include "relay/relay_room.h"

int visit_enter(struct visit *visit, struct relay_room *room, const struct visitor *visitor)
{
    int error = census_enter(&room->census, visit, visitor);

    if (error == 0)
        visit->room = room;

    return error;
}

bool visit_has_company(const struct visit *visit)
{
    return visit->room && visit->presence->sockets > 1;
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
