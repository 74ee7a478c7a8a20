/* What moderation means for a worker's rooms: who is there and must go, and who may be counted. */
#include "relay/moderation.h"

#include "base/table.h"
#include "relay/relay_room.h"
#include "relay/roster.h"

/* Who is counted can hear what is published from then on, and may be there at all. */
void relay_room_let_count(struct relay_room *room)
{
    if (!room->open || !room->shown || !relay_room_knows_moderation(room))
        return;

    room->census.paused = false;
    relay_room_wake(room);
}

bool relay_room_knows_moderation(const struct relay_room *room)
{
    return room->moderation.known && room->relay->everywhere.known;
}

static void remove_from(struct relay_room *room, struct span uid, enum removal removal)
{
    const struct relay_events *events = room->relay->events;
    const struct presence *presence = room->open ? roster_find(&room->census.roster, uid) : NULL;

    if (presence && presence->sockets > 0 && events->on_removed)
        events->on_removed(room->owner, presence, removal);
}

/* ---- of one room ---- */

static struct relay_room *room_of(struct moderation *moderation)
{
    return CONTAINER_OF(moderation, struct relay_room, moderation);
}

static void room_known(struct moderation *moderation)
{
    relay_room_let_count(room_of(moderation));
}

static void room_removes(struct moderation *moderation, struct span uid, bool banned)
{
    remove_from(room_of(moderation), uid, banned ? REMOVAL_BAN : REMOVAL_KICK);
}

static void room_set(struct moderation *moderation)
{
    struct relay_room *room = room_of(moderation);
    const struct relay_events *events = room->relay->events;

    if (room->open && events->on_settings)
        events->on_settings(room->owner);
}

static void room_idle(struct moderation *moderation)
{
    relay_room_wake(room_of(moderation));
}

const struct moderation_events room_moderation_events = {.on_known = room_known,
                                                         .on_removed = room_removes,
                                                         .on_settings = room_set,
                                                         .on_idle = room_idle};

/* ---- of all rooms ---- */

static struct relay *relay_of(struct moderation *moderation)
{
    return CONTAINER_OF(moderation, struct relay, everywhere);
}

static void all_known(struct moderation *moderation)
{
    const struct relay *relay = relay_of(moderation);
    struct relay_room *room;
    size_t cursor = 0;

    while ((room = table_next(relay->rooms, &cursor, NULL)))
        relay_room_let_count(room);
}

static void all_remove(struct moderation *moderation, struct span uid, bool banned)
{
    const struct relay *relay = relay_of(moderation);
    struct relay_room *room;
    size_t cursor = 0;

    while ((room = table_next(relay->rooms, &cursor, NULL)))
        remove_from(room, uid, banned ? REMOVAL_BAN_EVERYWHERE : REMOVAL_KICK_EVERYWHERE);
}

/* Only rooms have settings, and everywhere stays as long as the relay does. */
static void nothing(struct moderation *moderation)
{
    (void)moderation;
}

const struct moderation_events everywhere_moderation_events = {
    .on_known = all_known, .on_removed = all_remove, .on_settings = nothing, .on_idle = nothing};

/* ---- what is asked ---- */

bool relay_bans(const struct relay *relay, const struct relay_room *room, struct span uid)
{
    return uid.size > 0 && (moderation_bans(&relay->everywhere, uid) ||
                            (room && moderation_bans(&room->moderation, uid)));
}

bool relay_mutes(const struct relay_room *room, struct span uid)
{
    return uid.size > 0 && (moderation_mutes(&room->relay->everywhere, uid) ||
                            moderation_mutes(&room->moderation, uid));
}

struct room_settings relay_room_settings(const struct relay_room *room)
{
    return room->moderation.settings;
}

/* ---- what is changed and read, of any room ---- */

void relay_moderate(struct relay *relay, const struct broker_moderate *moderate,
                    broker_on_moderated *done, void *arg)
{
    broker_moderate(relay->broker, moderate, done, arg);
}

void relay_read_sanctions(struct relay *relay, struct span room, broker_on_sanctions *done,
                          void *arg)
{
    broker_sanctions(relay->broker, room, done, arg);
}
