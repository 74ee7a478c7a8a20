#include "gateway/hub.h"

#include "base/metrics.h"
#include "base/random.h"
#include "base/table.h"
#include "gateway/entrance.h"
#include "gateway/fanout.h"
#include "gateway/replace.h"
#include "gateway/resume.h"
#include "gateway/room_log.h"
#include "gateway/session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Larger than any frame we make of one message. */
#define MAX_SCRATCH ((size_t)4 << 20)

static void dispose(struct hub *hub)
{
    table_free(hub->rooms);
    buffer_dispose(&hub->scratch);
    free(hub);
}

void hub_free(struct hub *hub)
{
    if (hub)
        dispose(hub);
}

struct hub *hub_new(const struct hub_settings *settings)
{
    struct hub *hub = calloc(1, sizeof *hub);

    if (!hub)
        return NULL;

    hub->settings = *settings;
    buffer_init(&hub->scratch, MAX_SCRATCH);
    list_init(&hub->sessions);
    random_bytes(&hub->id_key, sizeof hub->id_key);
    room_logs_init(&hub->logs, settings->room_logs_bytes);
    for (size_t kind = 0; kind < KIND_COUNT; kind++)
        hub->unheard[kind] =
            (struct hub_unheard){.metrics = settings->metrics, .kind = (enum message_kind)kind};

    hub->rooms = table_new();
    if (!hub->rooms) {
        dispose(hub);
        return NULL;
    }

    return hub;
}

void hub_use_relay(struct hub *hub, struct relay *relay)
{
    hub->relay = relay;
}

size_t hub_room_count(const struct hub *hub)
{
    return table_count(hub->rooms);
}

const struct hub_room *hub_find_room(const struct hub *hub, struct span room)
{
    return table_get(hub->rooms, room);
}

bool hub_can_show(const struct hub *hub, struct span room)
{
    const struct hub_room *known = hub_find_room(hub, room);
    const char *why;

    return relay_state(hub->relay, &why) == BROKER_UP || (known && relay_snapshot(known->relay));
}

const struct hub_room *hub_next_room(const struct hub *hub, size_t *cursor)
{
    return table_next(hub->rooms, cursor, NULL);
}

void hub_change(struct hub *hub, const struct banners *banners, uint64_t ping_interval_ms,
                const struct admit_settings *admit)
{
    bool open = hub->settings.admit.open; /* the address stays */
    size_t cursor = 0;

    hub->settings.banners = banners;
    hub->settings.ping_interval_ms = ping_interval_ms;
    hub->settings.admit = *admit;
    hub->settings.admit.open = open;

    for (struct hub_room *room; (room = table_next(hub->rooms, &cursor, NULL));)
        hub_room_forget_answers(room);
}

void hub_change_room_logs(struct hub *hub, size_t max_bytes)
{
    hub->logs.max_bytes = max_bytes;
}

/* ---- rooms come and go with their viewers ---- */

static void close_room(struct hub *hub, struct hub_room *room)
{
    table_remove(hub->rooms, span_of(room->id));
    metrics_set(hub->settings.metrics, METRIC_ROOMS, 0, (int64_t)table_count(hub->rooms));

    if (room->relay)
        relay_close(room->relay);

    room_logs_clear(&hub->logs, room);
    hub_room_free(room);
}

static struct hub_room *open_room(struct hub *hub, struct span id)
{
    struct hub_room *room = table_get(hub->rooms, id);

    if (room)
        return room;

    room = hub_room_new(hub, id, hub->settings.room_log_frames, hub->settings.room_log_bytes);
    if (!room)
        return NULL;

    if (table_put(hub->rooms, id, room) != 0) {
        hub_room_free(room);
        return NULL;
    }

    room->relay = relay_open(hub->relay, id, room);
    if (!room->relay) {
        close_room(hub, room);
        return NULL;
    }

    metrics_set(hub->settings.metrics, METRIC_ROOMS, 0, (int64_t)table_count(hub->rooms));

    return room;
}

static void leave_room(struct membership *membership, enum leaving leaving)
{
    struct hub_room *room = membership->room;
    struct session *session = membership->session;

    visit_leave(&membership->visit, leaving);
    hub_room_dismiss(room, membership);

    if (session->answering == membership) {
        answer_cut_short(&session->answer);
        session->answering = NULL;
    }

    session->n_memberships--;
    room->speakers[session->dialect->id]--;
    list_remove(&membership->node);
    resume_end(membership->resume);
    bytes_release(membership->join);
    free(membership);

    if (--room->n_memberships == 0)
        close_room(room->hub, room);
}

/* Takes entrance->join. */
static void enter_room(struct hub_room *room, struct session *session,
                       struct membership *membership, const struct entrance *entrance)
{
    membership->session = session;
    membership->room = room;
    membership->join = entrance->join;
    membership->announced = entrance->announced;
    membership->index = NOT_A_MEMBER;

    if (entrance->resume)
        resume_begin(entrance->resume, membership);

    list_append(&session->memberships, &membership->node);
    session->n_memberships++;
    room->n_memberships++;
    room->speakers[session->dialect->id]++; /* what comes from now on may be in its answer */
}

/* ---- sessions enter and leave ---- */

void hub_answer(struct membership *membership)
{
    if (membership->index == NOT_A_MEMBER || !membership->session->dialect->answer)
        return;

    membership->owes_answer = true;
    membership->waits = false;
    fanout_session(membership->room->hub->settings.fanout, membership->session);
}

static void on_entered(struct visit *visit, uint64_t online_num)
{
    struct membership *membership = CONTAINER_OF(visit, struct membership, visit);

    (void)online_num; /* the answer is made later, and says how many there are then */

    if (membership->session->closing)
        return;

    if (membership->index == NOT_A_MEMBER && hub_room_admit(membership->room, membership) != 0)
        session_close(membership->session, CLOSE_TRY_LATER);
    else
        hub_answer(membership);
}

static int begin_visit(struct membership *membership, struct span uid)
{
    struct visitor visitor = {.uid = uid, .session = membership->session->number};

    membership->visit.on_entered = on_entered;

    if (membership->announced)
        visitor.join = membership->join;

    return visit_enter(&membership->visit, membership->room->relay, &visitor);
}

/* Joining a room one is in already: a new answer to what it says of itself now.  As somebody else
 * it is also counted anew, but stays a member: nothing of the room passes it by meanwhile. */
static int enter_again(struct membership *membership, const struct entrance *entrance)
{
    bool known = membership_has_uid(membership, entrance->uid) &&
                 membership->announced == entrance->announced;
    int rc;

    bytes_release(membership->join);
    membership->join = entrance->join;
    membership->announced = entrance->announced;

    if (entrance->resume)
        resume_begin(entrance->resume, membership);

    if (known) {
        replace_older(membership);
        hub_answer(membership);
        return 0;
    }

    visit_leave(&membership->visit, LEAVING_CLEANLY);
    membership->visit = (struct visit){0};
    rc = begin_visit(membership, entrance->uid);
    if (rc == 0)
        replace_older(membership);
    else
        leave_room(membership, LEAVING_CLEANLY);

    return rc;
}

static struct membership *new_membership(struct hub *hub, struct session *session,
                                         const struct entrance *entrance)
{
    size_t size =
        sizeof(struct membership) + (session->dialect->resumes ? sizeof(struct position) : 0);
    struct membership *membership = calloc(1, size);
    struct hub_room *room = membership ? open_room(hub, entrance->room) : NULL;

    if (!room) {
        free(membership);
        resume_end(entrance->resume);
        bytes_release(entrance->join);
        return NULL;
    }

    enter_room(room, session, membership, entrance);

    return membership;
}

int hub_enter(struct hub *hub, struct session *session, const struct entrance *entrance)
{
    struct membership *membership = session_membership_in(session, entrance->room);
    int rc;

    session->said_goodbye = false;

    if (membership)
        return enter_again(membership, entrance);

    if (session->dialect->one_room)
        hub_leave_all(session, LEAVING_CLEANLY); /* another room is a switch */

    membership = new_membership(hub, session, entrance);
    if (!membership)
        return -ENOMEM;

    rc = begin_visit(membership, entrance->uid);
    if (rc == 0)
        replace_older(membership);
    else
        leave_room(membership, LEAVING_CLEANLY);

    return rc;
}

void hub_leave(struct membership *membership, enum leaving leaving)
{
    leave_room(membership, leaving);
}

void hub_leave_all(struct session *session, enum leaving leaving)
{
    LIST_FOR_EACH (node, &session->memberships)
        leave_room(CONTAINER_OF(node, struct membership, node), leaving);
}
