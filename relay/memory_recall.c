#include "relay/memory_recall.h"

#include "base/bytes.h"
#include "base/clock.h"
#include "relay/memory_room.h"
#include "schema/json.h"
#include "schema/kinds.h"
#include "schema/payload.h"
#include "schema/room.h"
#include "schema/word.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

/* What of a room is to be changed. */
struct plan {
    struct memory_room *room;
    struct span id;
    int64_t now_ms;
    struct span payload;   /* of the recall, and of each tombstone */
    struct bytes **stones; /* for each entry of the log: its tombstone, or NULL */
    struct bytes *recall;  /* the entry that tells of it */
    bool found_whole;      /* there is something to be taken back … */
    bool wrong_kind;       /* … but of a kind that cannot be */
    bool was_recalled;
    bool no_memory;
};

/* The message itself, not what stands in its place. */
static bool is_whole(const struct plan *plan, struct span bytes, struct entry *entry)
{
    return entry_parse(entry, bytes) == 0 && span_equal(entry->id, plan->id) &&
           !span_equal(entry->payload, plan->payload);
}

/* Of one that was published: it can be read, if there is memory for it. */
static void judge_kind(struct plan *plan, const struct entry *entry)
{
    struct message message;
    struct buffer scratch;
    int rc;

    buffer_init(&scratch, PAYLOAD_JSON_MAX(MESSAGE_MAX_BYTES));
    rc = payload_read(&message, entry->payload, &scratch, NULL);
    if (rc == -ENOMEM)
        plan->no_memory = true;
    else if (rc == 0 && message_check(&message, NULL) == 0)
        plan->wrong_kind |= !kind_can_be_recalled(message.kind);

    buffer_dispose(&scratch);
}

static void judge(struct plan *plan, const struct memory_log *log)
{
    for (size_t i = 0; i < log->count; i++) {
        struct entry entry = {.payload = SPAN_NONE};

        if (is_whole(plan, memory_log_at(log, i), &entry)) {
            plan->found_whole = true;
            judge_kind(plan, &entry);
        } else {
            plan->was_recalled |= span_equal(entry.payload, plan->payload);
        }
    }
}

static void write_payload(struct buffer *out, struct span id)
{
    (void)buffer_add_text(out, "{\"msg_type\":\"recall\",\"id\":");
    json_write_string(out, id);
    (void)buffer_add_char(out, '}');
}

/* NULL when out of memory. */
static struct bytes *make(const struct plan *plan, struct position position, struct span id,
                          unsigned flags)
{
    const struct entry entry = {.position = position,
                                .ts = plan->now_ms,
                                .id = id,
                                .total = -1,
                                .flags = flags & ENTRY_FIRST_OF_TERM,
                                .payload = plan->payload};
    struct span bytes = memory_room_write(plan->room, &entry);

    return bytes_copy(bytes.data, bytes.size);
}

/* 0, or -ENOMEM (the plan is to be disposed of all the same). */
static int prepare(struct plan *plan)
{
    struct memory_room *room = plan->room;
    struct entry entry;

    plan->stones = calloc(room->log.count + 1, sizeof(void *));
    if (!plan->stones || memory_log_reserve(&room->log) != 0)
        return -ENOMEM;

    for (size_t i = 0; i < room->log.count; i++) {
        if (!is_whole(plan, memory_log_at(&room->log, i), &entry))
            continue;

        plan->stones[i] = make(plan, entry.position, entry.id, entry.flags);
        if (!plan->stones[i])
            return -ENOMEM;
    }

    /* Its head has no id: that would be taken for the message itself. */
    plan->recall = make(plan, (struct position){room->term, room->position.seq + 1}, SPAN_NONE, 0);

    return plan->recall ? 0 : -ENOMEM;
}

static enum refusal carry_out(const struct plan *plan, struct span *told)
{
    struct memory_room *room = plan->room;
    struct entry entry;

    for (size_t i = 0; i < room->log.count; i++) {
        if (plan->stones[i])
            memory_log_replace(&room->log, i, plan->stones[i]);
    }

    for (size_t i = room->chat.count; i-- > 0;) {
        if (is_whole(plan, memory_log_at(&room->chat, i), &entry))
            memory_log_remove(&room->chat, i);
    }

    memory_log_append(&room->log, plan->recall);
    room->position = (struct position){room->term, room->position.seq + 1};
    *told = memory_log_at(&room->log, room->log.count - 1);

    return REFUSAL_NONE;
}

static void dispose(struct plan *plan, size_t n)
{
    for (size_t i = 0; plan->stones && i < n; i++)
        bytes_release(plan->stones[i]);

    free(plan->stones);
    bytes_release(plan->recall);
}

static enum refusal wrong_kind(const char **detail)
{
    *detail = "id must be that of a message, a buy or an x_ message";

    return REFUSAL_MALFORMED;
}

const char *memory_recall_fault(struct span room, struct span id)
{
    if (span_is(room, BROKER_EVERYWHERE))
        return "verb is for one room";
    if (!room_id_valid(room))
        return "room_id must be 1 to 64 of A-Za-z0-9_.-";
    if (!word_valid(id, ENTRY_MAX_ID))
        return "id must be 1 to 256 of A-Za-z0-9_.-";

    return NULL;
}

enum refusal memory_recall(struct memory_room *room, struct span id, struct span *entry,
                           const char **detail)
{
    struct plan plan = {.room = room, .id = id, .now_ms = (int64_t)clock_wall_ms()};
    size_t n = room->log.count;
    struct buffer payload;
    enum refusal refusal = REFUSAL_INTERNAL;

    *entry = SPAN_NONE;
    *detail = NULL;
    buffer_init(&payload, MESSAGE_MAX_BYTES);
    write_payload(&payload, id);
    plan.payload = buffer_span(&payload);
    judge(&plan, &room->log);
    judge(&plan, &room->chat);

    if (buffer_status(&payload) != 0 || plan.no_memory)
        refusal = REFUSAL_INTERNAL;
    else if (!plan.found_whole)
        refusal = plan.was_recalled ? REFUSAL_NONE : REFUSAL_NOT_IN_HISTORY;
    else if (plan.wrong_kind)
        refusal = wrong_kind(detail);
    else if (prepare(&plan) == 0)
        refusal = carry_out(&plan, entry);

    buffer_dispose(&payload);
    dispose(&plan, n);

    return refusal;
}
