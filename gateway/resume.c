#include "gateway/resume.h"

#include "base/clock.h"
#include "base/metrics.h"
#include "gateway/hub.h"
#include "gateway/membership.h"
#include "gateway/room_log.h"
#include "gateway/room_past.h"
#include "gateway/session.h"
#include "gateway/v1_frame.h"
#include "gateway/v1_reply.h"
#include "relay/relay.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

/* A broker that is away, for as long as it is, or a relay that has not heard yet what the client
 * has: 0.05, 0.1 … 1 s. */
#define FIRST_RETRY_MS 50
#define LAST_RETRY_MS 1000
#define SLOW_TRIES 5 /* from here on a second apart */
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
    list_node_init(&resume->node);
    wheel_timer_init(&resume->retry, on_retry);

    return resume;
}

static void dispose(struct resume *resume)
{
    bytes_release(resume->batch);
    free(resume);
}

static void let_go(struct resume *resume)
{
    struct membership *membership = resume->membership;

    if (membership) {
        wheel_cancel(membership->room->hub->settings.wheel, &resume->retry);
        membership->resume = NULL;
    }

    list_remove(&resume->node);
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

int resume_repair(struct membership *membership)
{
    struct resume *resume;

    /* Who waits for an answer hears nothing of the room, and so has no place to fall off.  Its join
     * would be acknowledged by this, amid the block that is being gathered. */
    assert(!membership->resume);

    resume = resume_new(NO_ACK);
    if (!resume)
        return -ENOMEM;

    resume->goes_on = true;
    resume->repairs = true;
    resume->after = membership->sent[0];
    resume_begin(resume, membership);
    hub_answer(membership);
    metrics_add(membership->room->hub->settings.metrics, METRIC_SESSIONS_REPAIRED, 0, 1);

    return 0;
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

static void again_later(struct resume *resume)
{
    uint64_t delay = LAST_RETRY_MS;

    if (resume->tries < SLOW_TRIES)
        delay = (uint64_t)FIRST_RETRY_MS << resume->tries;

    resume->state = RESUME_WAITING;
    wheel_add(resume->membership->room->hub->settings.wheel, &resume->retry, clock_now() + delay);
}

static void on_away(struct resume *resume)
{
    again_later(resume);
    if (resume->tries < SLOW_TRIES)
        resume->tries++;
}

static void on_not_yet(struct resume *resume)
{
    if (resume->tries == MAX_TRIES) {
        resume->state = RESUME_LOST;
        hub_answer(resume->membership);
        return;
    }

    again_later(resume);
    resume->tries++;
}

void resume_on_past(struct resume *resume, enum past_verdict verdict,
                    const struct past_piece *piece)
{
    if (resume->membership->session->closing)
        return; /* and must hold nothing */

    switch (verdict) {
    case PAST_LATER:
        on_not_yet(resume);
        return;
    case PAST_AWAY:
        on_away(resume);
        return;
    case PAST_NO_MEMORY:
        resume->state = RESUME_IDLE;
        session_close(resume->membership->session, CLOSE_TRY_LATER);
        return;
    case PAST_LOST:
        resume->state = RESUME_LOST;
        break;
    case PAST_FOUND:
        resume->state = RESUME_BATCH;
        resume->batch = bytes_share(piece->frames);
        resume->until = piece->until;
        break;
    }

    hub_answer(resume->membership);
}

static void ask(struct resume *resume)
{
    resume->state = RESUME_ASKING;
    if (room_past_ask(resume->membership->room, resume) != 0)
        on_away(resume);
}

/* ---- what to do next ---- */

static bool goes_on_here(const struct resume *resume, struct position after, uint64_t *cursor)
{
    const struct hub_room *room = resume->membership->room;

    if (position_compare(after, relay_position(room->relay)) != 0 &&
        room_log_find(room->log, resume->membership->session->dialect->id, after, cursor))
        return true;

    *cursor = room_log_end(room->log);

    /* The state is behind the stream when Redis has lost messages: no history has them. */
    return position_compare(after, relay_position(room->relay)) == 0 ||
           position_compare(after, hub_room_position(room)) == 0;
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

static void drop_batch(struct resume *resume)
{
    bytes_release(resume->batch);
    resume->batch = NULL;
}

void resume_forget_batch(struct resume *resume)
{
    if (resume->state != RESUME_BATCH)
        return;

    drop_batch(resume);
    resume->state = RESUME_IDLE;
}

void resume_ask_on(struct resume *resume)
{
    drop_batch(resume);
    resume->after = resume->until;
    ask(resume);
}
