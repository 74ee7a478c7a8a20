/* What the relay brings, on its way into the logs of the hub's rooms. */
#include "base/metrics.h"
#include "gateway/fanout.h"
#include "gateway/hub.h"
#include "gateway/moderator.h"
#include "gateway/recall.h"
#include "gateway/replace.h"
#include "gateway/resume.h"
#include "gateway/room_log.h"
#include "gateway/session.h"

/* The log has no frame of a message.  Who comes back with all before it is not to go on behind it:
 * the history has it. */
static void leave_out(struct hub_room *room, struct position position)
{
    if (position.seq > 0)
        room_log_break(room->log, position);
}

/* There was no memory for it. */
static void lose(struct hub_room *room, const struct room_frame *frame)
{
    leave_out(room, frame->position);

    if (kind_traits(frame->kind)->class == CLASS_DROPPABLE)
        metrics_add_of_kind(room->hub->settings.metrics, METRIC_DROPS, DROP_OVERLOAD, frame->kind,
                            1);
    else
        hub_room_lost_frame(room);
}

static void limit_logs(struct hub *hub, const struct hub_room *speaking)
{
    struct hub_room *room;

    while ((room = room_logs_next_to_clear(&hub->logs, speaking))) {
        if (list_node_linked(&room->dirty))
            fanout_make_space(hub->settings.fanout);

        room_logs_clear(&hub->logs, room);
    }
}

/* Takes what is in `frame`.  `published_ms` is 0 when it is of no message. */
static void append(struct hub_room *room, const struct room_frame *frame, int64_t published_ms)
{
    struct hub *hub = room->hub;
    size_t before = room_log_bytes(room->log);

    if (room_frame_is_empty(frame)) {
        leave_out(room, frame->position);
        return;
    }

    /* More in one turn than the log holds: who keeps up must not fall off it. */
    if (room_log_would_lose(room->log, frame, room->common))
        fanout_make_space(hub->settings.fanout);

    if (room_log_append(room->log, frame) == 0) {
        /* before the limits are seen to, which may send it */
        lateness_note(&room->lateness, kind_traits(frame->kind)->class, published_ms);
        fanout_room(hub->settings.fanout, room);
    } else {
        lose(room, frame);
    }

    room_logs_grew(&hub->logs, room, before);
    limit_logs(hub, room);
}

static void on_relayed(void *room_owner, const struct relayed *relayed)
{
    struct hub_room *room = room_owner;
    struct room_frame frame = {.kind = relayed->message->kind,
                               .position = relayed->entry->position};

    /* Where it goes, while it is encoded: of thousands of rooms nothing is in a cache. */
    __builtin_prefetch(room->members);
    room_log_prefetch(room->log);

    metrics_add(room->hub->settings.metrics, METRIC_MESSAGES_OUT, relayed->message->kind, 1);
    if (frame.kind == KIND_RECALL)
        recall_apply(room, relayed);
    else if (kind_can_be_recalled(frame.kind))
        frame.id = recall_id(room->hub, relayed->entry->id);

    if (relayed->entry->flags & ENTRY_NOT_TO_SENDER)
        frame.not_to = relayed->sender;

    if (hub_room_encode(room, relayed, &frame) != 0) {
        room_frame_dispose(&frame);
        lose(room, &frame);
        return;
    }

    if (room->n_members > 0)
        __builtin_prefetch(room->members[0].session);
    append(room, &frame, relayed->entry->ts);
}

static void on_snapshot(void *room_owner)
{
    struct hub_room *room = room_owner;

    hub_room_forget_answers(room);
    if (room_log_end(room->log) == 0)
        room_log_break(room->log, relay_position(room->relay)); /* the room has just begun */
}

static void on_taken(void *room_owner, struct span uid)
{
    replace_all(room_owner, uid);
}

/* What comes next does not follow what was told: who can be told so is. */
static void on_missed(void *room_owner)
{
    struct hub_room *room = room_owner;

    fanout_make_space(room->hub->settings.fanout);
    room_log_break(room->log, relay_position(room->relay));

    for (uint32_t i = 0; i < room->n_members; i++) {
        const struct member *member = &room->members[i];

        if (member->session->dialect->resumes)
            resume_anew(member->membership);
    }
}

/* In the room's stream, so that it is told between what came before and what comes after. */
static void tell(struct hub_room *room, enum room_notice notice)
{
    struct room_frame frame = {.kind = KIND_CUSTOM}; /* not droppable */

    if (hub_room_encode_notice(room, notice, &frame) == 0) {
        append(room, &frame, 0);
        return;
    }

    room_frame_dispose(&frame);
    lose(room, &frame);
}

static void on_degraded(void *room_owner, bool degraded)
{
    tell(room_owner, degraded ? NOTICE_DEGRADED : NOTICE_WHOLE);
}

static void on_settings(void *room_owner)
{
    tell(room_owner, NOTICE_SETTINGS);
}

const struct relay_events hub_relay_events = {.on_message = on_relayed,
                                              .on_snapshot = on_snapshot,
                                              .on_missed = on_missed,
                                              .on_taken = on_taken,
                                              .on_degraded = on_degraded,
                                              .on_removed = moderator_on_removed,
                                              .on_settings = on_settings};
