#include "gateway/recall.h"

#include "base/siphash.h"
#include "gateway/hub.h"
#include "gateway/resume.h"
#include "gateway/room_log.h"
#include "relay/relay.h"
#include "schema/message.h"

#include <stddef.h>

uint64_t recall_id(const struct hub *hub, struct span id)
{
    return id.size > 0 ? siphash13(hub->id_key, id) : 0;
}

/* 0, or -ENOMEM: nothing stands there now. */
static int bury(struct hub_room *room, const struct relayed *recall, uint64_t cursor)
{
    struct room_frame frame = {.kind = KIND_RECALL, .position = room_log_place(room->log, cursor)};
    struct entry entry = *recall->entry;
    struct relayed tombstone = *recall;
    int rc;

    entry.position = frame.position;
    entry.id = recall->message->fields[FIELD_ID].raw;
    tombstone.entry = &entry;

    rc = hub_room_encode(room, &tombstone, &frame);
    if (rc != 0) {
        room_frame_dispose(&frame);
        frame = (struct room_frame){.kind = KIND_RECALL, .position = frame.position};
    }

    room_log_replace(room->log, cursor, &frame);

    return rc;
}

void recall_apply(struct hub_room *room, const struct relayed *recall)
{
    struct room_logs *logs = &room->hub->logs;
    uint64_t id = recall_id(room->hub, recall->message->fields[FIELD_ID].raw);
    size_t before = room_log_bytes(room->log);
    int rc = 0;

    for (uint64_t at = 0; room_log_seek(room->log, id, &at); at++) {
        if (bury(room, recall, at) != 0)
            rc = -1;
    }

    if (room_log_bytes(room->log) != before)
        room_logs_grew(logs, room, before);

    room->recalls++;
    for (uint32_t i = 0; i < room->n_members; i++) {
        struct resume *resume = room->members[i].membership->resume;

        if (resume)
            resume_forget_batch(resume);
    }

    if (rc != 0)
        hub_room_lost_frame(room);
}
