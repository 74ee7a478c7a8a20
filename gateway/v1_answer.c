#include "gateway/v1_answer.h"

#include "gateway/frame.h"
#include "gateway/hub.h"
#include "gateway/membership.h"
#include "gateway/resume.h"
#include "gateway/room_log.h"
#include "gateway/session.h"
#include "gateway/v1_frame.h"
#include "relay/relay.h"
#include "relay/snapshot.h"
#include "schema/msgpack.h"

#include <errno.h>

#define MAX_HEAD ((size_t)8 << 10)
#define FIXMAP 0x80

struct plan {
    struct position position; /* where the client stands when it has read the answer */
    bool goes_on;             /* what it has missed follows */
    bool resumed;             /* and is all of it */
    bool joins;               /* it is told of the room; else only the next of what it has missed */
    bool more;                /* of that has to follow */
    uint64_t cursor;          /* where it goes on */
};

/* Turns JSON into what the dialect speaks.  Disposes of `json`. */
static int add_in_dialect(const struct session *session, struct buffer *json, struct buffer *out)
{
    int rc = buffer_status(json);

    if (rc == 0 && session->dialect->opcode == WS_TEXT)
        rc = buffer_add_span(out, buffer_span(json));
    else if (rc == 0)
        rc = msgpack_from_json(buffer_span(json), out);
    buffer_dispose(json);

    return rc;
}

static int add_ack(const struct membership *membership, const struct plan *plan,
                   struct buffer *block)
{
    const struct resume *resume = membership->resume;
    const struct session *session = membership->session;
    struct buffer json, out;
    int rc;

    if (!resume || resume->ack == NO_ACK)
        return 0;

    buffer_init(&json, MAX_HEAD);
    buffer_init(&out, MAX_HEAD);
    v1_frame_write_ack(resume->ack, span_of(""), plan->position, &json);
    rc = add_in_dialect(session, &json, &out);
    if (rc == 0)
        frame_write(block, session->dialect->opcode, buffer_span(&out));
    buffer_dispose(&out);

    return rc;
}

/* An object that is open for the lists that follow. */
static int write_head(const struct membership *membership, const struct plan *plan,
                      struct buffer *out)
{
    const struct relay_room *relay = membership->room->relay;
    const struct snapshot *snapshot = relay_snapshot(relay);
    const struct room_settings settings = relay_room_settings(relay);
    const struct v1_joined joined = {
        .room = span_of(membership->room->id),
        .position = plan->position,
        .resumed = plan->resumed,
        .degraded = relay_degraded(relay),
        .muted = settings.muted,
        .slow_mode_s = settings.slow_mode_s,
        .online_num = relay_online(relay),
        .like_num = snapshot_likes(snapshot),
        .subscribe_num = snapshot_follows(snapshot),
    };
    struct buffer json;
    int rc;

    buffer_init(&json, MAX_HEAD);
    v1_frame_write_joined(&joined, &json);
    rc = add_in_dialect(membership->session, &json, out);
    if (rc != 0)
        return rc;

    if (membership->session->dialect->opcode == WS_TEXT)
        buffer_truncate(out, out->size - 1);
    else
        out->data[0] = (unsigned char)(FIXMAP | (v1_joined_members(&joined)));

    return 0;
}

static void add_joined(struct session *session, struct span head, const struct v1_tail *tail,
                       struct buffer *block)
{
    enum ws_opcode opcode = session->dialect->opcode;
    unsigned char frame[FRAME_HEAD_MAX];

    if (tail->is_framed) {
        frame_write_part(block, opcode, head, false);
        answer_add(&session->answer, tail->bytes);
        return;
    }

    (void)buffer_add(block, frame, frame_head(frame, opcode, head.size + tail->bytes->size));
    (void)buffer_add_span(block, head);
    (void)buffer_add_span(block, bytes_span(tail->bytes));
}

static bool shows_all(const struct membership *membership, const struct plan *plan)
{
    const struct snapshot *snapshot = relay_snapshot(membership->room->relay);

    return position_compare(plan->position, snapshot_position(snapshot)) == 0;
}

static int tell(struct membership *membership, const struct plan *plan, struct buffer *block)
{
    struct hub_room *room = membership->room;
    struct session *session = membership->session;
    const struct snapshot *snapshot = relay_snapshot(room->relay);
    enum ws_opcode opcode = session->dialect->opcode;
    bool whole = shows_all(membership, plan);
    struct v1_tails *tails = &room->tails[opcode == WS_BINARY];
    struct v1_tail *tail = whole ? &tails->whole : &tails->part;
    struct buffer head;
    int rc = v1_tail_refresh(tail, span_of(room->id), snapshot,
                             whole ? V1_TAIL_WHOLE : plan->position, opcode);

    buffer_init(&head, MAX_HEAD);
    if (rc == 0)
        rc = add_ack(membership, plan, block);
    if (rc == 0)
        rc = write_head(membership, plan, &head);
    if (rc == 0)
        add_joined(session, buffer_span(&head), tail, block);

    buffer_dispose(&head);

    return rc == 0 ? buffer_status(block) : rc;
}

/* 0, or -EAGAIN. */
static int make_plan(const struct membership *membership, struct plan *plan)
{
    struct resume *resume = membership->resume;

    *plan = (struct plan){
        .position = hub_room_position(membership->room),
        .joins = true,
        .cursor = room_log_end(membership->room->log),
    };

    if (!resume || !resume->goes_on)
        return 0;

    switch (resume_next(resume, &plan->cursor)) {
    case STEP_WAIT:
        return -EAGAIN;
    case STEP_LOST:
        return 0;
    case STEP_MORE:
        plan->more = true;
        break;
    case STEP_GO_ON:
        break;
    }

    plan->position = resume->after;
    plan->goes_on = true;
    plan->resumed = !resume->lost;
    plan->joins = !resume->told;

    return 0;
}

/* Once the client is told, the next answer owed is a new one. */
static void go_on(struct membership *membership, const struct plan *plan)
{
    struct resume *resume = membership->resume;

    hub_room_member(membership->room, membership)->cursor = plan->more ? CURSOR_NONE : plan->cursor;

    if (!resume)
        return;

    if (plan->goes_on && resume->batch && resume->batch->size > 0)
        answer_add(&membership->session->answer, resume->batch);

    resume->told = true;
    resume->ack = NO_ACK;

    if (plan->more)
        resume_ask_on(resume);
    else
        resume_end(resume);
}

int v1_answer(struct membership *membership, struct buffer *block)
{
    struct plan plan;
    int rc = make_plan(membership, &plan);

    if (rc == 0 && plan.joins)
        rc = tell(membership, &plan, block);
    if (rc == 0)
        go_on(membership, &plan);

    return rc;
}
