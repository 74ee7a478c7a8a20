#include "relay/memory_room.h"

#include "base/bytes.h"
#include "base/clock.h"
#include "base/table.h"
#include "relay/memory_ids.h"
#include "relay/memory_shelf.h"
#include "relay/position.h"
#include "relay/publication.h"
#include "schema/json.h"
#include "schema/kinds.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void dispose(struct memory_room *room)
{
    memory_census_dispose(&room->census);
    table_free(room->followers);
    memory_shelf_free(room->shelf);
    memory_log_dispose(&room->chat);
    memory_log_dispose(&room->log);
    free(room);
}

void memory_room_free(struct memory_room *room)
{
    if (room)
        dispose(room);
}

struct memory_room *memory_room_new(struct memory_rooms_shared *shared, struct span id,
                                    uint64_t term)
{
    struct memory_room *room = calloc(1, sizeof *room + id.size);

    if (!room)
        return NULL;

    list_node_init(&room->node);
    room->shared = shared;
    room->term = term;
    memory_log_init(&room->log, shared->history);
    memory_log_init(&room->chat, BROKER_CHAT);
    room->id_size = id.size;
    memcpy(room->id, id.data, id.size);

    room->shelf = memory_shelf_new();
    if (!room->shelf) {
        dispose(room);
        return NULL;
    }

    return room;
}

struct span memory_room_id(const struct memory_room *room)
{
    return span_make(room->id, room->id_size);
}

struct span memory_room_write(const struct memory_room *room, const struct entry *entry)
{
    struct buffer *out = &room->shared->entry;

    buffer_clear(out);
    entry_write(entry, out);

    return buffer_status(out) == 0 ? buffer_span(out) : SPAN_NONE;
}

static struct span position_text(struct position position, char text[48])
{
    int size = snprintf(text, 48, "%" PRIu64 "-%" PRIu64, position.term, position.seq);

    return span_make(text, (size_t)size);
}

/* The counter after the message, or -1. */
static int64_t total_after(const struct memory_room *room, const struct publication *p)
{
    if (p->message.kind == KIND_LIKE)
        return (int64_t)(room->likes + p->taps);

    if (p->message.kind == KIND_FOLLOW)
        return (int64_t)(room->follows + 1);

    return -1;
}

static void write_message(struct memory_room *room, const struct publication *p,
                          struct memory_outcome *outcome)
{
    bool sequenced = kind_traits(p->message.kind)->sequenced;
    struct position next = {room->term, room->position.seq + 1};
    struct entry entry = {
        .ts = (int64_t)clock_wall_ms(),
        .id = p->id,
        .total = total_after(room, p),
        .origin = p->publish->origin,
        .flags = p->publish->flags,
        .payload = p->publish->message,
    };

    if (sequenced) {
        entry.position = next;
        if (next.seq == 1)
            entry.flags |= ENTRY_FIRST_OF_TERM;
        if (p->id.size == 0)
            entry.id = position_text(next, outcome->id);
    }

    outcome->published = (struct broker_published){entry.id, entry.position};
    outcome->entry = memory_room_write(room, &entry);
}

/* Takes the message into the log, the chat and the shelf.  The one step that can fail and
 * cannot be prepared, the shelf's, comes last.  0, or -ENOMEM (nothing changed). */
static int store(struct memory_room *room, const struct publication *p, struct bytes *entry,
                 uint64_t now_ms)
{
    bool is_chat = p->message.kind == KIND_CHAT;

    if (memory_log_reserve(&room->log) != 0 || (is_chat && memory_log_reserve(&room->chat) != 0))
        return -ENOMEM;

    if (p->message.kind == KIND_SHELF &&
        memory_shelf_make(room->shelf, &p->shelf, entry, now_ms) != 0)
        return -ENOMEM;

    memory_log_append(&room->log, entry);
    if (is_chat)
        memory_log_append(&room->chat, entry);

    return 0;
}

/* 0, or -ENOMEM (nothing changed). */
static int keep(struct memory_room *room, const struct publication *p,
                const struct memory_outcome *outcome, uint64_t now_ms)
{
    struct memory_ids *ids = room->shared->ids;
    struct bytes *entry;
    int error;

    if (p->id.size > 0 &&
        memory_ids_add(ids, memory_room_id(room), p->id, outcome->published.position, now_ms) != 0)
        return -ENOMEM;

    if (!kind_traits(p->message.kind)->sequenced)
        return 0;

    entry = bytes_copy(outcome->entry.data, outcome->entry.size);
    error = entry ? store(room, p, entry, now_ms) : -ENOMEM;
    bytes_release(entry);
    if (error == 0)
        room->position = outcome->published.position;
    else if (p->id.size > 0)
        memory_ids_remove(ids, memory_room_id(room), p->id);

    return error;
}

/* Notes a verified viewer who subscribes.  0, -ESTALE (it has before), or -ENOMEM. */
static int note_follower(struct memory_room *room, const struct publication *p)
{
    struct span uid = p->publish->uid;

    if (p->message.kind != KIND_FOLLOW || uid.size == 0)
        return 0;

    if (!room->followers)
        room->followers = table_new();

    if (!room->followers)
        return -ENOMEM;

    return table_get(room->followers, uid) ? -ESTALE : table_put(room->followers, uid, room);
}

static void forget_follower(struct memory_room *room, const struct publication *p)
{
    if (p->message.kind == KIND_FOLLOW && room->followers)
        (void)table_remove(room->followers, p->publish->uid);
}

enum refusal memory_room_publish(struct memory_room *room, const struct publication *p,
                                 struct memory_outcome *outcome)
{
    uint64_t now_ms = clock_now();
    const struct position *known =
        p->id.size > 0 ? memory_ids_find(room->shared->ids, memory_room_id(room), p->id, now_ms)
                       : NULL;
    int judged = 0;

    outcome->entry = SPAN_NONE;
    if (known) {
        outcome->published = (struct broker_published){p->id, *known};
        return REFUSAL_NONE;
    }

    if (p->message.kind == KIND_SHELF)
        judged = memory_shelf_judge(room->shelf, &p->shelf, now_ms);
    else
        judged = note_follower(room, p);

    if (judged == -ENOSPC)
        return REFUSAL_SHELF_FULL;

    if (judged == -ESTALE) {
        outcome->published.position = room->position;
        outcome->published.id = p->id.size > 0 ? p->id : position_text(room->position, outcome->id);
        return REFUSAL_NONE;
    }

    if (judged != 0)
        return REFUSAL_INTERNAL;

    write_message(room, p, outcome);
    if (keep(room, p, outcome, now_ms) != 0) {
        forget_follower(room, p);
        return REFUSAL_INTERNAL;
    }

    if (p->message.kind == KIND_LIKE)
        room->likes += p->taps;
    else if (p->message.kind == KIND_FOLLOW)
        room->follows++;

    return REFUSAL_NONE;
}

/* So that whoever else knows the viewer lets it go. */
static struct span returning_message(const struct memory_room *room, struct span uid)
{
    struct buffer *out = &room->shared->returning;

    buffer_clear(out);
    (void)buffer_add_text(out, "{\"msg_type\":\"join\",\"room_id\":");
    json_write_string(out, memory_room_id(room));
    (void)buffer_add_text(out, ",\"from_uid\":");
    json_write_string(out, uid);
    (void)buffer_add_char(out, '}');

    return buffer_status(out) == 0 ? buffer_span(out) : SPAN_NONE;
}

struct span memory_room_announce(const struct memory_room *room, const struct census_item *item,
                                 enum census_outcome outcome)
{
    struct entry entry = {
        .ts = (int64_t)clock_wall_ms(),
        .total = (int64_t)room->census.online,
        .origin = item->origin,
        .flags = ENTRY_NOT_TO_SENDER,
    };

    if (outcome == OUTCOME_RETURNING) {
        entry.flags |= ENTRY_RETURNING;
        entry.payload = returning_message(room, item->uid);
    } else if (outcome == OUTCOME_ANNOUNCED) {
        entry.payload = item->announcement;
    }

    return entry.payload.size > 0 ? memory_room_write(room, &entry) : SPAN_NONE;
}

void memory_room_cut(const struct memory_room *room, struct memory_cut *cut)
{
    for (size_t i = 0; i < room->chat.count; i++)
        cut->chat[i] = memory_log_at(&room->chat, i);

    cut->snapshot = (struct broker_snapshot){
        .position = room->position,
        .chat = cut->chat,
        .n_chat = room->chat.count,
        .shelf = cut->shelf,
        .n_shelf = memory_shelf_list(room->shelf, cut->shelf),
        .likes = room->likes,
        .follows = room->follows,
        .online = room->census.online,
    };
}

static struct entry logged(const struct memory_room *room, size_t i)
{
    struct entry entry;

    if (entry_parse(&entry, memory_log_at(&room->log, i)) != 0)
        entry.position = (struct position){0, 0}; /* not reached: we wrote it */

    return entry;
}

void memory_room_past(const struct memory_room *room, struct position after, size_t limit,
                      struct memory_past *past)
{
    size_t first = room->log.count;
    size_t n = 0;

    while (first > 0 && position_compare(logged(room, first - 1).position, after) > 0)
        first--;

    while (n < limit && n < BROKER_HISTORY_MAX && first + n < room->log.count) {
        past->entries[n] = memory_log_at(&room->log, first + n);
        n++;
    }

    past->history = (struct broker_history){
        .position = room->position, .entries = past->entries, .n_entries = n, .likes = room->likes};
    if (n > 0) {
        struct entry next = logged(room, first);

        past->history.complete = position_leads_to(after, &next, first > 0);
    } else {
        past->history.complete = position_compare(room->position, after) <= 0;
    }
}
