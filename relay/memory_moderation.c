#include "relay/memory_moderation.h"

#include "base/clock.h"
#include "base/table.h"
#include "relay/moderation_notice.h"
#include "relay/sanctions.h"
#include "schema/entry.h"
#include "schema/room.h"

#include <stdlib.h>

#define MAX_ENTRY 512

struct moderated_room {
    struct sanctions sanctions;
    bool muted;
    uint32_t slow_mode_s;
};

struct memory_moderation {
    struct table *rooms; /* id -> struct moderated_room */
    struct buffer items; /* struct broker_sanction, of the room being shown */
    struct buffer entry;
};

static void dispose(struct memory_moderation *moderation)
{
    struct moderated_room *room;
    size_t cursor = 0;

    while (moderation->rooms && (room = table_next(moderation->rooms, &cursor, NULL))) {
        sanctions_dispose(&room->sanctions);
        free(room);
    }

    table_free(moderation->rooms);
    buffer_dispose(&moderation->items);
    buffer_dispose(&moderation->entry);
    free(moderation);
}

void memory_moderation_free(struct memory_moderation *moderation)
{
    if (moderation)
        dispose(moderation);
}

struct memory_moderation *memory_moderation_new(void)
{
    struct memory_moderation *moderation = calloc(1, sizeof *moderation);

    if (!moderation)
        return NULL;

    buffer_init(&moderation->items,
                (size_t)2 * BROKER_MAX_MODERATED * sizeof(struct broker_sanction));
    buffer_init(&moderation->entry, MAX_ENTRY);
    moderation->rooms = table_new();
    if (!moderation->rooms || !buffer_reserve(&moderation->entry, MAX_ENTRY)) {
        dispose(moderation);
        return NULL;
    }

    return moderation;
}

static struct moderated_room *use(struct memory_moderation *moderation, struct span id)
{
    struct moderated_room *room = table_get(moderation->rooms, id);

    if (room)
        return room;

    room = calloc(1, sizeof *room);
    if (room && table_put(moderation->rooms, id, room) != 0) {
        free(room);
        return NULL;
    }

    return room;
}

/* ---- changes ---- */

static bool has_place(struct sanctions *sanctions, struct span uid, uint64_t now_ms)
{
    if (sanctions_know(sanctions, uid))
        return true;

    if (sanctions_count(sanctions) >= BROKER_MAX_MODERATED)
        sanctions_forget_ended(sanctions, now_ms);

    return sanctions_count(sanctions) < BROKER_MAX_MODERATED;
}

static enum refusal impose(struct moderated_room *room, enum sanction kind,
                           const struct broker_moderate *change, struct memory_moderated *moderated)
{
    uint64_t now_ms = clock_now();

    if (change->seconds > BROKER_MAX_SANCTION_S) {
        moderated->detail = "seconds must be an integer from 0 to 315360000";
        return REFUSAL_MALFORMED;
    }

    if (!has_place(&room->sanctions, change->uid, now_ms)) {
        moderated->detail = "at most 10000 viewers of a room can be moderated";
        return REFUSAL_TOO_MANY;
    }

    moderated->changed = true;

    return sanctions_impose(&room->sanctions, kind, change->uid,
                            sanction_until(change->seconds * 1000, now_ms)) == 0
               ? REFUSAL_NONE
               : REFUSAL_INTERNAL;
}

static enum refusal set(struct moderated_room *room, const struct broker_moderate *change,
                        struct memory_moderated *moderated)
{
    if (change->slow_mode_s > BROKER_MAX_SLOW_MODE_S) {
        moderated->detail = "slow_mode_s must be an integer from 0 to 3600";
        return REFUSAL_MALFORMED;
    }

    if (change->muted != BROKER_UNCHANGED)
        room->muted = change->muted > 0;
    if (change->slow_mode_s != BROKER_UNCHANGED)
        room->slow_mode_s = (uint32_t)change->slow_mode_s;
    moderated->changed = true;

    return REFUSAL_NONE;
}

static enum refusal apply(struct moderated_room *room, const struct broker_moderate *change,
                          struct memory_moderated *moderated)
{
    switch (change->verb) {
    case MODERATE_BAN:
        return impose(room, SANCTION_BAN, change, moderated);
    case MODERATE_MUTE:
        return impose(room, SANCTION_MUTE, change, moderated);
    case MODERATE_UNBAN:
        moderated->changed =
            sanctions_lift(&room->sanctions, SANCTION_BAN, change->uid, clock_now());
        return REFUSAL_NONE;
    case MODERATE_UNMUTE:
        moderated->changed =
            sanctions_lift(&room->sanctions, SANCTION_MUTE, change->uid, clock_now());
        return REFUSAL_NONE;
    case MODERATE_KICK:
        moderated->changed = true;
        return REFUSAL_NONE;
    case MODERATE_SETTINGS:
        return set(room, change, moderated);
    case MODERATE_RECALL: /* memory_recall.h */
    case MODERATION_VERB_COUNT:
        break;
    }

    return REFUSAL_INTERNAL;
}

static const char *fault_of(const struct broker_moderate *change)
{
    bool is_everywhere = span_is(change->room, BROKER_EVERYWHERE);
    bool is_settings = change->verb == MODERATE_SETTINGS;

    if (!is_everywhere && !room_id_valid(change->room))
        return "room_id must be 1 to 64 of A-Za-z0-9_.-";
    if (is_everywhere && is_settings)
        return "verb is for one room";
    if (!is_settings && !moderation_uid_valid(change->uid))
        return "uid must be 1 to 128 bytes of UTF-8 without control characters";

    return NULL;
}

static struct span entry_of(struct buffer *out, const struct broker_moderate *change,
                            const struct moderated_room *room)
{
    const struct moderation_notice notice = {.verb = change->verb,
                                             .uid = change->uid,
                                             .left_ms = change->seconds * 1000,
                                             .muted = room->muted,
                                             .slow_mode_s = room->slow_mode_s};
    const struct entry head = {
        .ts = (int64_t)clock_wall_ms(), .total = -1, .flags = ENTRY_MODERATION};

    buffer_clear(out);
    entry_write(&head, out);
    moderation_notice_write(&notice, out);

    return buffer_span(out);
}

enum refusal memory_moderation_change(struct memory_moderation *moderation,
                                      const struct broker_moderate *change,
                                      struct memory_moderated *moderated)
{
    struct moderated_room *room;
    enum refusal refusal;

    *moderated = (struct memory_moderated){.detail = fault_of(change)};
    if (moderated->detail)
        return REFUSAL_MALFORMED;

    room = use(moderation, change->room);
    refusal = room ? apply(room, change, moderated) : REFUSAL_INTERNAL;
    if (refusal == REFUSAL_NONE)
        moderated->entry = entry_of(&moderation->entry, change, room);

    return refusal;
}

/* ---- reading ---- */

enum refusal memory_moderation_read(struct memory_moderation *moderation, struct span id,
                                    struct broker_sanctions *sanctions)
{
    const struct moderated_room *room = table_get(moderation->rooms, id);
    const struct sanctioned *sanctioned;
    uint64_t now_ms = clock_now();
    size_t cursor = 0;

    *sanctions = (struct broker_sanctions){0};
    if (!room)
        return REFUSAL_NONE;

    buffer_clear(&moderation->items);
    while ((sanctioned = sanctions_next(&room->sanctions, &cursor))) {
        for (int kind = 0; kind < SANCTION_COUNT; kind++) {
            const struct broker_sanction item = {
                .uid = span_make(sanctioned->uid, sanctioned->uid_size),
                .is_ban = kind == SANCTION_BAN,
                .left_ms = sanction_left(sanctioned->until[kind], now_ms),
            };

            if (sanctioned->until[kind] > now_ms)
                (void)buffer_add(&moderation->items, &item, sizeof item);
        }
    }

    if (buffer_status(&moderation->items) != 0)
        return REFUSAL_INTERNAL;

    sanctions->muted = room->muted;
    sanctions->slow_mode_s = room->slow_mode_s;
    sanctions->items = (const struct broker_sanction *)(const void *)moderation->items.data;
    sanctions->n_items = moderation->items.size / sizeof(struct broker_sanction);

    return REFUSAL_NONE;
}
