#include "gateway/hub_room.h"

#include "gateway/room_log.h"
#include "gateway/session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 2

struct hub_room *hub_room_new(struct hub *hub, struct span id, size_t max_frames, size_t max_bytes)
{
    struct hub_room *room = calloc(1, sizeof *room);

    if (!room)
        return NULL;

    room->log = room_log_new(max_frames, max_bytes);
    if (!room->log) {
        free(room);
        return NULL;
    }

    room->hub = hub;
    list_node_init(&room->dirty);
    memcpy(room->id, id.data, id.size); /* the rest is zero */

    return room;
}

void hub_room_free(struct hub_room *room)
{
    if (!room)
        return;

    list_remove(&room->dirty);
    join_cache_clear(&room->cache);
    room_log_free(room->log);
    free(room->members);
    free(room);
}

/* Doubles, and halves when three quarters are empty. */
static int resize(struct hub_room *room, uint32_t capacity)
{
    struct member *members = realloc(room->members, capacity * sizeof *members);

    if (!members)
        return -ENOMEM;

    room->members = members;
    room->capacity = capacity;

    return 0;
}

int hub_room_admit(struct hub_room *room, struct membership *membership)
{
    if (room->n_members == room->capacity &&
        resize(room, room->capacity ? room->capacity * 2 : FIRST_CAPACITY) != 0)
        return -ENOMEM;

    if (room->n_members == 0)
        room->common = room_log_end(room->log);

    membership->index = room->n_members;
    room->members[room->n_members++] = (struct member){
        .session = membership->session,
        .membership = membership,
        .cursor = membership->session->dialect->answer ? CURSOR_NONE : room_log_end(room->log)};

    return 0;
}

void hub_room_dismiss(struct hub_room *room, struct membership *membership)
{
    struct member *place;

    if (membership->index == NOT_A_MEMBER)
        return;

    place = &room->members[membership->index];
    *place = room->members[--room->n_members];
    place->membership->index = membership->index;
    membership->index = NOT_A_MEMBER;

    if (room->n_members > 0 && room->n_members < room->capacity / 4 &&
        resize(room, room->capacity / 2) != 0)
        return; /* then it stays large */
}

struct member *hub_room_member(struct hub_room *room, const struct membership *membership)
{
    return membership->index == NOT_A_MEMBER ? NULL : &room->members[membership->index];
}

void hub_room_lost_frame(struct hub_room *room)
{
    for (uint32_t i = 0; i < room->n_members; i++)
        session_close(room->members[i].session, CLOSE_TRY_LATER);
}
