#include "gateway/fanout.h"

#include "base/list.h"
#include "base/metrics.h"
#include "gateway/block.h"
#include "gateway/hub_room.h"
#include "gateway/room_log.h"
#include "gateway/session.h"
#include "gateway/ws.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>

/* A member this far behind lags: it is spared what may be dropped. */
#define LAGGING_FRAMES 64

/* A block holds one write of whole frames; only a single frame may be larger. */
#define MAX_BLOCK ((size_t)16 << 20)

/* What most members of a room get this turn, put together once for each dialect. */
struct shared_block {
    struct buffer block;
    bool made;
    uint64_t to; /* cursors stand here afterwards */
    size_t frames;
};

struct fanout {
    struct event *flush;
    struct metrics *metrics;
    struct list rooms;
    struct list sessions;
    struct shared_block shared[DIALECT_COUNT];
    struct buffer own; /* for one session alone */
};

static void on_flush(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what;
    fanout_flush(arg);
}

static void dispose(struct fanout *fanout)
{
    if (fanout->flush)
        event_free(fanout->flush);

    for (size_t i = 0; i < DIALECT_COUNT; i++)
        buffer_dispose(&fanout->shared[i].block);

    buffer_dispose(&fanout->own);
    free(fanout);
}

void fanout_free(struct fanout *fanout)
{
    if (fanout)
        dispose(fanout);
}

struct fanout *fanout_new(struct event_base *loop, struct metrics *metrics)
{
    struct fanout *fanout = calloc(1, sizeof *fanout);

    if (!fanout)
        return NULL;

    fanout->metrics = metrics;
    list_init(&fanout->rooms);
    list_init(&fanout->sessions);
    buffer_init(&fanout->own, MAX_BLOCK);

    for (size_t i = 0; i < DIALECT_COUNT; i++)
        buffer_init(&fanout->shared[i].block, MAX_BLOCK);

    fanout->flush = event_new(loop, -1, 0, on_flush, fanout);
    if (!fanout->flush) {
        dispose(fanout);
        return NULL;
    }

    return fanout;
}

/* Runs after all that is active in this turn: libevent appends it to the queue. */
static void schedule(struct fanout *fanout)
{
    if (list_empty(&fanout->rooms) && list_empty(&fanout->sessions))
        event_active(fanout->flush, EV_TIMEOUT, 0);
}

void fanout_room(struct fanout *fanout, struct hub_room *room)
{
    if (list_node_linked(&room->dirty))
        return;

    schedule(fanout);
    list_append(&fanout->rooms, &room->dirty);
}

void fanout_session(struct fanout *fanout, struct session *session)
{
    if (list_node_linked(&session->dirty))
        return;

    schedule(fanout);
    list_append(&fanout->sessions, &session->dirty);
}

/* False when the session has to wait for its socket, or is going. */
static bool ready(struct session *session)
{
    if (session->closing || session->blocked)
        return false;

    if (ws_ready(session->ws))
        return true;

    session->blocked = true;
    ws_want_writable(session->ws);

    return false;
}

static int send_block(struct fanout *fanout, struct session *session, struct buffer *block,
                      size_t frames)
{
    int rc = ws_write(session->ws, block_frames(block), block_size(block));

    if (rc != 0) {
        session->closing = true; /* on_closed will come */
        return rc;
    }

    metrics_add(fanout->metrics, METRIC_DELIVERIES, 0, (int64_t)frames);
    metrics_add(fanout->metrics, METRIC_DELIVERED_BYTES, 0, (int64_t)block_size(block));

    return 0;
}

/* What only this session is told goes before its room's frames. */
static bool send_replies(struct fanout *fanout, struct session *session)
{
    if (session->replies.size == 0)
        return true;

    if (!ready(session))
        return false;

    if (send_block(fanout, session, &session->replies, 1) != 0)
        return false;

    buffer_dispose(&session->replies);

    return true;
}

/* Reads on from the member's cursor and sends, until it is at the end or its socket is full. */
static void send_own(struct fanout *fanout, struct hub_room *room, struct member *member)
{
    struct session *session = member->session;

    while (member->cursor != room_log_end(room->log) && ready(session)) {
        struct room_reader reader = {
            .dialect = session->dialect->id,
            .session = session->number,
            .skip_droppable = room_log_end(room->log) - member->cursor > LAGGING_FRAMES,
            .max_bytes = WS_MAX_WRITE,
        };
        struct room_read got;
        int rc;

        block_clear(&fanout->own);
        rc = room_log_read(room->log, &reader, &member->cursor, &fanout->own, &got);
        if (rc != 0) {
            session_close(session, rc == -EPIPE ? CLOSE_TOO_SLOW : CLOSE_INTERNAL);
            return;
        }

        if (got.skipped > 0)
            metrics_add(fanout->metrics, METRIC_DROPS, DROP_LAGGING, (int64_t)got.skipped);

        if (got.frames > 0 && send_block(fanout, session, &fanout->own, got.frames) != 0)
            return;
    }
}

/* The block for those whose cursor stands where the room's last flush ended. */
static struct shared_block *shared_block(struct fanout *fanout, const struct hub_room *room,
                                         enum dialect_id dialect)
{
    struct shared_block *shared = &fanout->shared[dialect];
    struct room_reader reader = {.dialect = dialect, .max_bytes = WS_MAX_WRITE};
    struct room_read got;

    if (shared->made)
        return shared;

    block_clear(&shared->block);
    shared->to = room->common;

    if (room_log_read(room->log, &reader, &shared->to, &shared->block, &got) != 0)
        return NULL;

    shared->frames = got.frames;
    shared->made = true;

    return shared;
}

static void send_to_member(struct fanout *fanout, struct hub_room *room, struct member *member)
{
    struct session *session = member->session;
    struct shared_block *shared;

    if (member->cursor == room_log_end(room->log) || !ready(session))
        return;

    shared =
        member->cursor == room->common ? shared_block(fanout, room, session->dialect->id) : NULL;

    if (shared && !room_log_withholds(room->log, member->cursor, shared->to, session->number)) {
        member->cursor = shared->to;

        if (shared->frames > 0 && send_block(fanout, session, &shared->block, shared->frames) != 0)
            return;
    }

    send_own(fanout, room, member); /* what was more than one block, or not the common one */
}

static void flush_room(struct fanout *fanout, struct hub_room *room)
{
    for (size_t i = 0; i < DIALECT_COUNT; i++)
        fanout->shared[i].made = false;

    for (uint32_t i = 0; i < room->n_members; i++)
        send_to_member(fanout, room, &room->members[i]);

    room->common = room_log_end(room->log);
}

void fanout_flush(struct fanout *fanout)
{
    struct list_node *node;

    while ((node = list_pop(&fanout->sessions)))
        (void)send_replies(fanout, CONTAINER_OF(node, struct session, dirty));

    while ((node = list_pop(&fanout->rooms)))
        flush_room(fanout, CONTAINER_OF(node, struct hub_room, dirty));
}

void fanout_catch_up(struct fanout *fanout, struct session *session)
{
    session->blocked = false;

    if (!send_replies(fanout, session) || !session->membership)
        return;

    if (session->membership->index != NOT_A_MEMBER)
        send_own(fanout, session->membership->room,
                 hub_room_member(session->membership->room, session->membership));
}
