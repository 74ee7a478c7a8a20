#include "gateway/gather.h"

#include "gateway/answer.h"
#include "gateway/block.h"
#include "gateway/hub_room.h"
#include "gateway/resume.h"
#include "gateway/room_log.h"
#include "gateway/session.h"

#include <errno.h>

/* A member this far behind lags: it is spared what may be dropped. */
#define LAGGING_FRAMES 64

/* What the socket of one that is behind will hardly take is not copied for it. */
#define MAX_FOR_LAGGARD (WS_MAX_WRITE / 4)

/* An answer is not begun in a block with more than this in it. */
#define ROOM_FOR_ANSWER (WS_MAX_WRITE / 4)

/* NULL: its room is not known yet. */
static struct member *member_of(struct list_node *node)
{
    struct membership *membership = CONTAINER_OF(node, struct membership, node);

    return hub_room_member(membership->room, membership);
}

static bool room_has_more(const struct member *member)
{
    const struct membership *membership = member->membership;

    return (membership->owes_answer && !membership->waits) ||
           member->cursor < room_log_end(membership->room->log);
}

bool gather_has_more(const struct session *session)
{
    if (session_has_replies(session) || !answer_is_sent(&session->answer))
        return true;

    LIST_FOR_EACH (node, &session->memberships) {
        const struct member *member = member_of(node);

        if (member && room_has_more(member))
            return true;
    }

    return false;
}

static bool is_in_stream(const struct member *member)
{
    return member->cursor <= room_log_end(member->membership->room->log);
}

static bool is_repaired(const struct member *member)
{
    return member->membership->resume && member->membership->resume->repairs;
}

static bool is_far_behind(const struct member *member)
{
    return is_in_stream(member) &&
           room_log_end(member->membership->room->log) - member->cursor > LAGGING_FRAMES;
}

bool gather_is_far_behind(const struct session *session)
{
    LIST_FOR_EACH (node, &session->memberships) {
        const struct member *member = member_of(node);

        if (member && (is_far_behind(member) || is_repaired(member)))
            return true;
    }

    return false;
}

bool gather_is_complete(const struct session *session)
{
    LIST_FOR_EACH (node, &session->memberships) {
        const struct member *member = member_of(node);

        if (member && is_repaired(member))
            return false;
    }

    return !gather_has_more(session);
}

void gather_note_places(const struct session *session)
{
    if (!session->dialect->resumes)
        return;

    LIST_FOR_EACH (node, &session->memberships) {
        const struct member *member = member_of(node);
        struct membership *membership = CONTAINER_OF(node, struct membership, node);
        const struct room_log *log = membership->room->log;

        if (member && is_in_stream(member) && member->cursor >= room_log_begin(log))
            membership->sent[0] = room_log_position(log, member->cursor);
    }
}

static int gather_answer(struct session *session, struct gathering *gathering)
{
    int n = answer_read(&session->answer, gathering->block);

    if (n < 0)
        return n;

    gathering->frames += (size_t)n;

    return 0;
}

static int gather_frames(struct member *member, struct gathering *gathering)
{
    struct session *session = member->session;
    const struct room_log *log = member->membership->room->log;
    size_t used = block_size(gathering->block);
    size_t most = session->laggard ? MAX_FOR_LAGGARD : WS_MAX_WRITE;
    struct room_reader reader = {
        .dialect = session->dialect->id,
        .session = session->number,
        .skip_droppable = is_far_behind(member),
        .max_bytes = used < most ? most - used : 0,
        .must_fit = used > 0,
    };
    struct room_read got;
    int rc;

    if (member->cursor == CURSOR_NONE)
        return 0;

    rc = room_log_read(log, &reader, &member->cursor, gathering->block, &got);
    if (rc != 0)
        return rc;

    gathering->frames += got.frames;
    for (size_t kind = 0; kind <= KIND_UNKNOWN; kind++)
        gathering->skipped[kind] += got.skipped[kind];

    return 0;
}

static bool has_room_for_answer(const struct gathering *gathering)
{
    return block_size(gathering->block) <= ROOM_FOR_ANSWER;
}

/* The answer shows the room as it is now, so what was sent before must reach up to now. */
static int begin_answer(struct member *member, struct gathering *gathering)
{
    struct membership *membership = member->membership;
    struct session *session = member->session;
    int rc;

    if (member->cursor != room_log_end(membership->room->log) || !has_room_for_answer(gathering))
        return 0;

    rc = session->dialect->answer(membership, gathering->block);
    if (rc == -EAGAIN) {
        membership->waits = true;
        member->cursor = CURSOR_NONE;
        return 0;
    }

    if (rc != 0)
        return rc;

    session->answering = membership;
    membership->owes_answer = false;
    gathering->frames += 1;

    return gather_answer(session, gathering);
}

static int gather_room(struct member *member, struct gathering *gathering)
{
    struct membership *membership = member->membership;
    bool is_due = membership->owes_answer && !membership->waits && !gathering->no_answers;
    int rc;

    /* Its first sight.  It goes back from there when it is answered, so it may hear nothing before:
     * the answer has to be begun in this block. */
    if (is_due && member->cursor == CURSOR_NONE && has_room_for_answer(gathering))
        member->cursor = room_log_end(membership->room->log);

    rc = gather_frames(member, gathering);
    if (rc == -EPIPE && member->session->dialect->resumes)
        return resume_repair(membership);

    return rc == 0 && is_due ? begin_answer(member, gathering) : rc;
}

/* Another room comes first next time, or one with much to tell would keep the others waiting. */
static void rotate(struct list *memberships)
{
    struct list_node *first = list_pop(memberships);

    if (first)
        list_append(memberships, first);
}

int gather_next(struct session *session, struct gathering *gathering)
{
    int rc;

    block_clear(gathering->block);

    if (!answer_is_amid_message(&session->answer))
        gathering->frames += session_take_replies(session, gathering->block);

    rc = gather_answer(session, gathering);

    LIST_FOR_EACH (node, &session->memberships) {
        struct member *member = member_of(node);

        if (rc == 0 && member && answer_is_sent(&session->answer))
            rc = gather_room(member, gathering);
    }

    rotate(&session->memberships);

    return rc == 0 ? buffer_status(gathering->block) : rc;
}
