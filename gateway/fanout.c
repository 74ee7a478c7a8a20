#include "gateway/fanout.h"

#include "base/list.h"
#include "base/metrics.h"
#include "gateway/block.h"
#include "gateway/gather.h"
#include "gateway/hub_room.h"
#include "gateway/laggards.h"
#include "gateway/pressure.h"
#include "gateway/room_log.h"
#include "gateway/session.h"
#include "gateway/ws.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>

/* A block holds one write of whole frames; only a single frame may be larger. */
#define MAX_BLOCK ((size_t)16 << 20)

/* A client that takes all it is given still lets others go first after so many blocks. */
#define MAX_WRITES 8

/* What most members of a room get next, put together once for each dialect. */
struct shared_block {
    struct buffer block;
    uint64_t from; /* for cursors that stand here */
    uint64_t to;   /* afterwards they stand here */
    size_t frames;
    bool made;
};

struct fanout {
    struct event *flush;
    struct metrics *metrics;
    struct laggards *laggards;
    struct pressure *pressure;
    struct list rooms;
    struct list sessions;
    struct shared_block shared[DIALECT_COUNT];
    struct buffer own; /* for one session alone, empty between two */
    bool making_space;
};

static void fanout_flush(evutil_socket_t fd, short what, void *arg);

static void dispose(struct fanout *fanout)
{
    if (fanout->flush)
        event_free(fanout->flush);

    for (size_t i = 0; i < DIALECT_COUNT; i++)
        buffer_dispose(&fanout->shared[i].block);

    pressure_free(fanout->pressure);
    laggards_free(fanout->laggards);
    buffer_dispose(&fanout->own);
    free(fanout);
}

void fanout_free(struct fanout *fanout)
{
    if (fanout)
        dispose(fanout);
}

static bool shed(void *owner)
{
    const struct fanout *fanout = owner;

    return laggards_shed(fanout->laggards);
}

struct fanout *fanout_new(const struct fanout_settings *settings)
{
    struct pressure_settings pressure = {
        .wheel = settings->wheel,
        .metrics = settings->metrics,
        .limit = settings->memory_limit,
        .first = settings->first,
        .shed = shed,
    };
    struct fanout *fanout = calloc(1, sizeof *fanout);

    if (!fanout)
        return NULL;

    fanout->metrics = settings->metrics;
    list_init(&fanout->rooms);
    list_init(&fanout->sessions);
    buffer_init(&fanout->own, MAX_BLOCK);

    for (size_t i = 0; i < DIALECT_COUNT; i++)
        buffer_init(&fanout->shared[i].block, MAX_BLOCK);

    fanout->laggards = laggards_new(settings->loop, settings->slow_ms);
    pressure.owner = fanout;
    fanout->pressure = fanout->laggards ? pressure_new(&pressure) : NULL;
    fanout->flush = event_new(settings->loop, -1, 0, fanout_flush, fanout);
    if (!fanout->pressure || !fanout->flush) {
        dispose(fanout);
        return NULL;
    }

    return fanout;
}

void fanout_change(struct fanout *fanout, uint64_t slow_ms, size_t memory_limit)
{
    laggards_change_patience(fanout->laggards, slow_ms);
    pressure_change_limit(fanout->pressure, memory_limit);
}

const struct pressure *fanout_pressure(const struct fanout *fanout)
{
    return fanout->pressure;
}

/* Runs after all that is active in this turn: libevent appends it to the queue. */
static void schedule(struct fanout *fanout)
{
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

static void wait_for_socket(struct fanout *fanout, struct session *session, size_t refused)
{
    session->blocked = true;
    gather_note_places(session);
    ws_want_writable(session->ws);

    if (laggards_add(fanout->laggards, session, refused) != 0)
        session_close(session, CLOSE_TRY_LATER);

    if (refused > 0)
        pressure_judge(fanout->pressure);
}

/* False when the session has to wait for its socket, or is going. */
static bool ready(struct fanout *fanout, struct session *session)
{
    if (session->closing || session->blocked)
        return false;

    if (ws_ready(session->ws))
        return true;

    wait_for_socket(fanout, session, 0);

    return false;
}

static int send_block(struct fanout *fanout, struct session *session, struct buffer *block,
                      size_t frames)
{
    size_t size = block_size(block);
    int rc = ws_write(session->ws, block_frames(block), size);

    if (rc < 0) {
        session->closing = true; /* on_closed will come */
        return rc;
    }

    if (rc == WS_PARTLY)
        wait_for_socket(fanout, session, size + ws_kept(session->ws));

    metrics_add(fanout->metrics, METRIC_DELIVERIES, 0, (int64_t)frames);
    metrics_add(fanout->metrics, METRIC_DELIVERED_BYTES, 0, (int64_t)size);

    return 0;
}

/* ---- one session, whatever it has to get ---- */

static void count_skipped(struct fanout *fanout, const struct gathering *gathering)
{
    for (unsigned kind = 0; kind <= KIND_UNKNOWN; kind++) {
        if (gathering->skipped[kind] > 0)
            metrics_add_of_kind(fanout->metrics, METRIC_DROPS, DROP_LAGGING, kind,
                                (int64_t)gathering->skipped[kind]);
    }
}

/* Until nothing is left or the socket is full. */
static void send_all(struct fanout *fanout, struct session *session)
{
    for (int writes = 0; gather_has_more(session) && ready(fanout, session); writes++) {
        struct gathering gathering = {.block = &fanout->own, .no_answers = fanout->making_space};
        int rc;

        if (writes == MAX_WRITES) {
            wait_for_socket(fanout, session, 0);
            return;
        }

        rc = gather_next(session, &gathering);
        count_skipped(fanout, &gathering);

        if (rc != 0) {
            session_close(session, rc == -EPIPE ? CLOSE_TOO_SLOW : CLOSE_TRY_LATER);
            return;
        }

        if (block_size(&fanout->own) == 0 ||
            send_block(fanout, session, &fanout->own, gathering.frames) != 0)
            return;
    }
}

static void serve(struct fanout *fanout, struct session *session)
{
    send_all(fanout, session);

    if (session->laggard && !session->blocked && gather_is_complete(session))
        laggards_remove(session);
}

/* ---- a room ---- */

/* The block for those whose cursor stands at its beginning.  NULL: there is none to be had. */
static struct shared_block *shared_block(struct fanout *fanout, const struct hub_room *room,
                                         const struct member *member)
{
    enum dialect_id dialect = member->session->dialect->id;
    struct shared_block *shared = &fanout->shared[dialect];
    struct room_reader reader = {.dialect = dialect, .max_bytes = WS_MAX_WRITE};
    struct room_read got;

    if (member->cursor != shared->from)
        return NULL;

    if (!shared->made) {
        block_clear(&shared->block);
        shared->to = shared->from;
        if (room_log_read(room->log, &reader, &shared->to, &shared->block, &got) != 0)
            return NULL;

        shared->frames = got.frames;
        shared->made = true;
    }

    return room_log_withholds(room->log, shared->from, shared->to, member->session->number)
               ? NULL
               : shared;
}

static void send_to_member(struct fanout *fanout, struct hub_room *room, struct member *member)
{
    struct shared_block *shared;

    if (member->cursor >= room_log_end(room->log) || !ready(fanout, member->session))
        return;

    shared = shared_block(fanout, room, member);
    if (!shared) {
        serve(fanout, member->session);
        return;
    }

    member->cursor = shared->to;
    if (shared->frames > 0)
        (void)!send_block(fanout, member->session, &shared->block, shared->frames);
}

static void begin_room(struct fanout *fanout, const struct hub_room *room)
{
    for (size_t i = 0; i < DIALECT_COUNT; i++) {
        fanout->shared[i].from = room->common;
        fanout->shared[i].made = false;
    }
}

/* False when everything is in the blocks that were sent. */
static bool next_blocks(struct fanout *fanout, const struct hub_room *room)
{
    bool more = false;

    for (size_t i = 0; i < DIALECT_COUNT; i++) {
        struct shared_block *shared = &fanout->shared[i];

        if (shared->made && shared->to != room_log_end(room->log)) {
            shared->from = shared->to;
            shared->made = false;
            more = true;
        }
    }

    return more;
}

/* While the kernel sends to one member, what it takes to send to the next comes from memory:
 * with thousands of sessions it is in no cache. */
static void send_to_members(struct fanout *fanout, struct hub_room *room)
{
    for (uint32_t i = 0; i < room->n_members; i++) {
        const struct member *next = &room->members[i + 1];

        if (i + 2 < room->n_members)
            __builtin_prefetch(next[1].session);
        if (i + 1 < room->n_members)
            __builtin_prefetch(next->session->ws);

        send_to_member(fanout, room, &room->members[i]);
    }
}

static void flush_room(struct fanout *fanout, struct hub_room *room)
{
    begin_room(fanout, room);

    do
        send_to_members(fanout, room);
    while (next_blocks(fanout, room));

    room->common = room_log_end(room->log);
    lateness_observe(&room->lateness, fanout->metrics);
}

static void flush_rooms(struct fanout *fanout)
{
    struct list_node *node;

    while ((node = list_pop(&fanout->rooms))) {
        struct list_node *next = list_first(&fanout->rooms);
        const struct hub_room *soon = next ? CONTAINER_OF(next, struct hub_room, dirty) : NULL;

        /* As send_to_members() does, where each room has but a few. */
        if (soon && soon->n_members > 0)
            __builtin_prefetch(soon->members[0].session->ws);

        flush_room(fanout, CONTAINER_OF(node, struct hub_room, dirty));
    }
}

/* The end of a turn. */
static void fanout_flush(evutil_socket_t fd, short what, void *arg)
{
    struct fanout *fanout = arg;
    struct list_node *node;

    (void)fd, (void)what;

    while ((node = list_pop(&fanout->sessions)))
        serve(fanout, CONTAINER_OF(node, struct session, dirty));

    flush_rooms(fanout);
}

void fanout_make_space(struct fanout *fanout)
{
    struct list_node *node;
    struct list sessions;

    fanout->making_space = true;
    list_init(&sessions);
    list_move_all(&sessions, &fanout->sessions);

    /* They stay: what was not to be sent now comes later. */
    while ((node = list_pop(&sessions))) {
        list_append(&fanout->sessions, node);
        serve(fanout, CONTAINER_OF(node, struct session, dirty));
    }

    flush_rooms(fanout);
    fanout->making_space = false;
}

void fanout_catch_up(struct fanout *fanout, struct session *session)
{
    session->blocked = false;
    laggards_took(session);
    if (!gather_is_far_behind(session))
        laggards_renew(fanout->laggards, session);

    serve(fanout, session);
}

void fanout_relieve(struct fanout *fanout, struct session *session)
{
    serve(fanout, session);
}
