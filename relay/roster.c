#include "relay/roster.h"

#include "base/table.h"

#include <errno.h>

void roster_init(struct roster *roster)
{
    *roster = (struct roster){0};
    for (size_t i = 0; i < PLACES; i++)
        list_init(&roster->places[i]);
}

void roster_dispose(struct roster *roster)
{
    for (size_t i = 0; i < PLACES; i++) {
        LIST_FOR_EACH (node, &roster->places[i])
            presence_free(CONTAINER_OF(node, struct presence, node));
    }

    table_free(roster->uids);
    roster_init(roster);
}

struct presence *roster_find(const struct roster *roster, struct span uid)
{
    return roster->uids && uid.size > 0 ? table_get(roster->uids, uid) : NULL;
}

static int know_uid(struct roster *roster, struct presence *presence)
{
    if (presence->uid_size == 0)
        return 0;

    if (!roster->uids)
        roster->uids = table_new();

    return roster->uids ? table_put(roster->uids, presence_uid(presence), presence) : -ENOMEM;
}

int roster_add(struct roster *roster, struct presence *presence)
{
    if (know_uid(roster, presence) != 0)
        return -ENOMEM;

    presence->place = PLACE_QUIET;
    list_append(&roster->places[PLACE_QUIET], &presence->node);

    return 0;
}

void roster_move(struct roster *roster, struct presence *presence, enum place place)
{
    if (presence->place == place)
        return;

    roster->n_to_tell -= presence->place == PLACE_TO_TELL;
    roster->n_to_tell += place == PLACE_TO_TELL;
    presence->place = place;
    list_remove(&presence->node);
    list_append(&roster->places[place], &presence->node);
}

struct presence *roster_first(const struct roster *roster, enum place place)
{
    struct list_node *node = list_first(&roster->places[place]);

    return node ? CONTAINER_OF(node, struct presence, node) : NULL;
}

void roster_forget_uid(struct roster *roster, const struct presence *presence)
{
    if (roster_find(roster, presence_uid(presence)) != presence)
        return;

    (void)table_remove(roster->uids, presence_uid(presence));
    if (table_count(roster->uids) == 0) {
        table_free(roster->uids);
        roster->uids = NULL;
    }
}

void roster_remove(struct roster *roster, struct presence *presence)
{
    roster_move(roster, presence, PLACE_QUIET);
    roster_forget_uid(roster, presence);
    list_remove(&presence->node);
}

bool roster_empty(const struct roster *roster)
{
    for (size_t i = 0; i < PLACES; i++) {
        if (!list_empty(&roster->places[i]))
            return false;
    }

    return true;
}
