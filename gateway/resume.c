#include "gateway/resume.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "gateway/frame.h"
#include "gateway/hub.h"
#include "gateway/membership.h"
#include "gateway/room_log.h"
#include "gateway/session.h"
#include "gateway/v1_frame.h"
#include "gateway/v1_reply.h"
#include "relay/relay.h"
#include "schema/msgpack.h"
#include "schema/payload.h"

#include <errno.h>
#include <stdlib.h>

/* Entries asked for at once: what a client that reads nothing may hold. */
#define BATCH ((size_t)64)
#define MAX_BATCH (BATCH * PAYLOAD_JSON_MAX(2 * MESSAGE_MAX_BYTES))

/* A broker that is away, or a relay that has not heard yet what the client has: 0.05, 0.1 … 1 s. */
#define FIRST_RETRY_MS 50
#define LAST_RETRY_MS 1000
#define MAX_TRIES 40

static void on_retry(struct wheel_timer *timer)
{
    struct resume *resume = CONTAINER_OF(timer, struct resume, retry);

    resume->state = RESUME_IDLE;
    hub_answer(resume->membership);
}

struct resume *resume_new(int64_t ack)
{
    struct resume *resume = calloc(1, sizeof *resume);

    if (!resume)
        return NULL;

    resume->ack = ack;
    wheel_timer_init(&resume->retry, on_retry);

    return resume;
}

static void dispose(struct resume *resume)
{
    bytes_release(resume->batch);
    free(resume);
}

/* The broker's answer finds an orphan and frees it. */
static void let_go(struct resume *resume)
{
    struct membership *membership = resume->membership;

    if (membership) {
        wheel_cancel(membership->room->hub->settings.wheel, &resume->retry);
        membership->resume = NULL;
        resume->membership = NULL;
    }

    if (resume->state != RESUME_ASKING)
        dispose(resume);
}

/* What is said to the client is said last: it may be what makes room for more. */
void resume_begin(struct resume *resume, struct membership *membership)
{
    struct member *member = hub_room_member(membership->room, membership);
    int64_t ack = membership->resume ? membership->resume->ack : NO_ACK;

    if (membership->resume)
        let_go(membership->resume);

    if (member)
        member->cursor = CURSOR_NONE; /* it says itself from where on it wants to hear the room */

    membership->resume = resume;
    resume->membership = membership;
    v1_reply_ack(membership->session, ack, span_of(""), (struct position){0, 0});
}

void resume_end(struct resume *resume)
{
    struct session *session = resume && resume->membership ? resume->membership->session : NULL;
    int64_t ack = resume ? resume->ack : NO_ACK;

    if (resume)
        let_go(resume);

    if (session && ack != NO_ACK)
        v1_reply_error(session, ack, REFUSAL_NOT_JOINED, "left before the join was answered");
}

void resume_anew(struct membership *membership)
{
    struct resume *resume;

    if (membership->resume)
        return; /* it is on its way already, and finds out by itself what there is */

    resume = resume_new(NO_ACK);
    if (!resume) {
        session_close(membership->session, CLOSE_TRY_LATER);
        return;
    }

    resume->goes_on = true;
    resume->lost = true;
    resume->after = hub_room_position(membership->room);
    resume_begin(resume, membership);
    hub_answer(membership);
}

/* ---- the history ---- */

static int add_frame(const struct membership *membership, struct span entry, struct buffer *json,
                     struct buffer *out)
{
    enum ws_opcode opcode = membership->session->dialect->opcode;
    struct buffer packed;
    int rc;

    buffer_clear(json);
    rc = v1_frame_write_entry(span_of(membership->room->id), entry, json);
    if (rc != 0)
        return rc == -ENOMEM ? rc : 0; /* it would have been left out when it came, too */

    if (opcode == WS_TEXT) {
        frame_write(out, opcode, buffer_span(json));
        return buffer_status(json);
    }

    buffer_init(&packed, json->max);
    rc = msgpack_from_json(buffer_span(json), &packed);
    if (rc == 0)
        frame_write(out, opcode, buffer_span(&packed));
    buffer_dispose(&packed);

    return rc;
}

/* Takes what the relay has applied: the rest will come.  0, or -ENOMEM. */
static int take_batch(struct resume *resume, const struct broker_history *history,
                      struct position now)
{
    struct buffer json, out;
    int rc = 0;

    buffer_init(&json, PAYLOAD_JSON_MAX(2 * MESSAGE_MAX_BYTES));
    buffer_init(&out, MAX_BATCH);
    resume->until = resume->after;

    for (size_t i = 0; i < history->n_entries && rc == 0; i++) {
        struct entry entry;

        if (entry_parse(&entry, history->entries[i]) != 0)
            continue;
        if (position_compare(entry.position, now) > 0)
            break;

        rc = add_frame(resume->membership, history->entries[i], &json, &out);
        resume->until = entry.position;
    }

    if (rc == 0)
        rc = buffer_status(&out);
    if (rc == 0)
        resume->batch = bytes_copy(out.data, out.size);

    buffer_dispose(&json);
    buffer_dispose(&out);

    return resume->batch ? 0 : -ENOMEM;
}

static void again_later(struct resume *resume)
{
    uint64_t delay = (uint64_t)FIRST_RETRY_MS << (resume->tries < 8 ? resume->tries : 8);

    if (resume->tries++ == MAX_TRIES) {
        resume->state = RESUME_LOST;
        hub_answer(resume->membership);
        return;
    }

    resume->state = RESUME_WAITING;
    wheel_add(resume->membership->room->hub->settings.wheel, &resume->retry,
              clock_now() + (delay < LAST_RETRY_MS ? delay : LAST_RETRY_MS));
}

static void on_history(void *arg, const struct broker_status *status,
                       const struct broker_history *history)
{
    struct resume *resume = arg;
    struct position now;

    resume->state = RESUME_IDLE;
    if (!resume->membership) {
        dispose(resume);
        return;
    }

    now = hub_room_position(resume->membership->room);

    if (status->refusal != REFUSAL_NONE) {
        again_later(resume);
        return;
    }

    if (!history->complete || position_compare(history->position, resume->after) < 0) {
        resume->state = RESUME_LOST;
    } else if (position_compare(resume->after, now) > 0) {
        again_later(resume); /* the client is ahead of us */
        return;
    } else if (take_batch(resume, history, now) != 0) {
        session_close(resume->membership->session, CLOSE_TRY_LATER);
        return;
    } else {
        resume->state = RESUME_BATCH;
    }

    hub_answer(resume->membership);
}

static void ask(struct resume *resume)
{
    const struct hub_room *room = resume->membership->room;

    resume->state = RESUME_ASKING;
    relay_read_history(room->hub->relay, span_of(room->id), resume->after, BATCH, on_history,
                       resume);
}

/* ---- what to do next ---- */

static bool goes_on_here(const struct resume *resume, struct position after, uint64_t *cursor)
{
    const struct room_log *log = resume->membership->room->log;

    if (position_compare(after, hub_room_position(resume->membership->room)) == 0) {
        *cursor = room_log_end(log);
        return true;
    }

    return room_log_find(log, resume->membership->session->dialect->id, after, cursor);
}

static enum resume_step after_batch(struct resume *resume, uint64_t *cursor)
{
    if (goes_on_here(resume, resume->until, cursor))
        return STEP_GO_ON;

    /* nothing of what the relay has applied is in the history */
    return position_compare(resume->until, resume->after) == 0 ? STEP_LOST : STEP_MORE;
}

enum resume_step resume_next(struct resume *resume, uint64_t *cursor)
{
    switch (resume->state) {
    case RESUME_ASKING:
    case RESUME_WAITING:
        return STEP_WAIT;
    case RESUME_LOST:
        return STEP_LOST;
    case RESUME_BATCH:
        return after_batch(resume, cursor);
    case RESUME_IDLE:
        break;
    }

    if (goes_on_here(resume, resume->after, cursor))
        return STEP_GO_ON;

    ask(resume);

    return STEP_WAIT;
}

void resume_ask_on(struct resume *resume)
{
    bytes_release(resume->batch);
    resume->batch = NULL;
    resume->after = resume->until;
    ask(resume);
}
