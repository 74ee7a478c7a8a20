#include "gateway/hub_room.h"

#include "base/clock.h"
#include "gateway/frame.h"
#include "gateway/hub.h"
#include "gateway/room_log.h"
#include "gateway/room_past.h"
#include "gateway/session.h"
#include "gateway/slow_mode.h"
#include "relay/relay.h"
#include "relay/snapshot.h"

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
    bucket_init(&room->budget, clock_now());
    list_node_init(&room->dirty);
    list_node_init(&room->by_use);
    memcpy(room->id, id.data, id.size); /* the rest is zero */

    return room;
}

void hub_room_forget_answers(struct hub_room *room)
{
    join_cache_clear(&room->cache);

    for (size_t i = 0; i < sizeof room->tails / sizeof room->tails[0]; i++) {
        v1_tail_clear(&room->tails[i].whole);
        v1_tail_clear(&room->tails[i].part);
    }
}

void hub_room_free(struct hub_room *room)
{
    if (!room)
        return;

    list_remove(&room->dirty);
    hub_room_forget_answers(room);
    room_past_free(room->past);
    slow_mode_free(room->slow);
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

struct position hub_room_position(const struct hub_room *room)
{
    struct position state = snapshot_position(relay_snapshot(room->relay));
    struct position told = relay_position(room->relay);

    return position_compare(state, told) < 0 ? state : told;
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

static struct bytes *framed(enum ws_opcode opcode, struct span payload)
{
    unsigned char head[FRAME_HEAD_MAX], *storage;
    size_t head_size = frame_head(head, opcode, payload.size);
    struct bytes *wire = bytes_new(head_size + payload.size, &storage);

    if (!wire)
        return NULL;

    memcpy(storage, head, head_size);
    memcpy(storage + head_size, payload.data, payload.size);

    return wire;
}

/* Frames what was written for a dialect.  0 or -ENOMEM. */
static int add_wire(const struct buffer *payload, const struct dialect *dialect,
                    struct room_frame *frame)
{
    if (buffer_status(payload) == 0)
        frame->wire[dialect->id] = framed(dialect->opcode, buffer_span(payload));

    return frame->wire[dialect->id] ? 0 : -ENOMEM;
}

int hub_room_encode(const struct hub_room *room, const struct relayed *relayed,
                    struct room_frame *frame)
{
    struct hub *hub = room->hub;

    for (size_t i = 0; i < DIALECT_COUNT; i++) {
        buffer_clear(&hub->scratch);

        if (room->speakers[i] == 0 || !dialects[i]->encode(room, relayed, &hub->scratch))
            continue;

        if (add_wire(&hub->scratch, dialects[i], frame) != 0)
            return -ENOMEM;
    }

    return 0;
}

int hub_room_encode_notice(const struct hub_room *room, enum room_notice notice,
                           struct room_frame *frame)
{
    struct hub *hub = room->hub;

    for (size_t i = 0; i < DIALECT_COUNT; i++) {
        if (room->speakers[i] == 0 || !dialects[i]->encode_notice)
            continue;

        buffer_clear(&hub->scratch);
        dialects[i]->encode_notice(room, notice, &hub->scratch);
        if (add_wire(&hub->scratch, dialects[i], frame) != 0)
            return -ENOMEM;
    }

    return 0;
}
