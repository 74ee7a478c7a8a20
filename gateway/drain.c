#include "gateway/drain.h"

#include "base/clock.h"
#include "base/list.h"
#include "base/log.h"
#include "base/random.h"
#include "base/wheel.h"
#include "gateway/hub.h"
#include "gateway/session.h"

#include <stdlib.h>

/* What a client that was told to move has for it before it is closed. */
#define PATIENCE_MS 2000

/* What the last ones' leaving has to tell the broker goes out meanwhile. */
#define LAST_WORDS_MS 100

/* `closes_at` of a session that has been closed. */
#define CLOSED UINT32_MAX

/* One way, downwards. */
enum drain_state {
    DRAIN_SERVING,
    DRAIN_WAITING, /* for those who send clients to learn of it */
    DRAIN_CLOSING,
    DRAIN_LEAVING, /* all were closed: for them to go */
    DRAIN_DONE
};

struct drain {
    struct drain_settings settings;
    enum drain_state state;
    struct wheel_timer step;
    uint64_t closing_since;
    uint64_t last_step; /* UINT64_MAX: not decided */
};

/* The sessions that are told to move, and the others, each by the time they are closed at. */
struct parties {
    struct list movers, others;
};

static void wait_until(struct drain *drain, uint64_t due_ms)
{
    wheel_add(drain->settings.wheel, &drain->step, due_ms);
}

/* ---- who goes when ---- */

static uint32_t count(const struct list *sessions)
{
    uint32_t n = 0;

    LIST_FOR_EACH (node, sessions)
        n++;

    return n;
}

static struct session *session_of(struct list_node *node)
{
    return CONTAINER_OF(node, struct session, node);
}

/* Every session goes to one of the lists, the others in the order of their turns. */
static void sort_out(struct list *sessions, struct parties *parties)
{
    struct list turns[DRAIN_TURNS];

    for (int i = 0; i < DRAIN_TURNS; i++)
        list_init(&turns[i]);

    for (struct list_node *node; (node = list_pop(sessions));)
        list_append(&turns[session_of(node)->dialect->drain_turn], node);

    list_init(&parties->movers);
    list_init(&parties->others);
    list_move_all(&parties->movers, &turns[DRAIN_MOVES_WHEN_TOLD]);
    for (int i = DRAIN_MOVES_WHEN_TOLD + 1; i < DRAIN_TURNS; i++)
        list_move_all(&parties->others, &turns[i]);
}

static void plan_closes(struct drain *drain, struct list *others)
{
    uint64_t n = count(others), i = 0;

    if (n == 0)
        return;

    LIST_FOR_EACH (node, others)
        session_of(node)->closes_at = (uint32_t)(drain->settings.spread_ms * i++ / n);
}

/* Each has a stretch of the time to itself, and is told some moment in it. */
static void tell_movers(struct drain *drain, struct list *movers)
{
    uint64_t spread_ms = drain->settings.spread_ms;
    uint64_t patience_ms = spread_ms / 2 < PATIENCE_MS ? spread_ms / 2 : PATIENCE_MS;
    uint64_t n = count(movers), i = 0;

    if (n == 0 || patience_ms == 0)
        return; /* they are closed before they could move */

    spread_ms -= patience_ms;

    LIST_FOR_EACH (node, movers) {
        struct session *session = session_of(node);
        uint64_t begins = spread_ms * i / n, ends = spread_ms * (i + 1) / n;
        uint64_t moves_at = begins + random_below(ends - begins);

        i++;
        session->closes_at = (uint32_t)(moves_at + patience_ms);
        session->dialect->tell_to_move(session, moves_at);
    }
}

static void move(struct list *sessions, struct list_node *node)
{
    list_remove(node);
    list_append(sessions, node);
}

/* Back to the hub, who may have to find one of them all the while, by the time they are closed. */
static void line_up(struct list *sessions, struct parties *parties)
{
    LIST_FOR_EACH (other, &parties->others) {
        LIST_FOR_EACH (mover, &parties->movers) {
            if (session_of(mover)->closes_at > session_of(other)->closes_at)
                break;

            move(sessions, mover);
        }

        move(sessions, other);
    }

    list_move_all(sessions, &parties->movers);
}

/* ---- its steps ---- */

/* The first in the line; NULL: all have been closed. */
static struct session *next_in_line(const struct drain *drain)
{
    struct list_node *first = list_first(&drain->settings.hub->sessions);

    return first && session_of(first)->closes_at != CLOSED ? session_of(first) : NULL;
}

/* Closes who is due: these stand last, until they have ended. */
static void go_on_closing(struct drain *drain, uint64_t elapsed_ms)
{
    struct session *next;

    while ((next = next_in_line(drain)) && next->closes_at <= elapsed_ms) {
        next->closes_at = CLOSED;
        move(&drain->settings.hub->sessions, &next->node);
        session_close(next, CLOSE_RESTART);
    }

    if (next)
        return;

    drain->state = DRAIN_LEAVING;
    drain->last_step = clock_now() + DRAIN_GOODBYE_MS;
}

static void go_on_leaving(struct drain *drain, uint64_t now)
{
    bool gone = list_empty(&drain->settings.hub->sessions);

    if (gone && drain->last_step > now + LAST_WORDS_MS)
        drain->last_step = now + LAST_WORDS_MS;

    if (now < drain->last_step)
        return;

    drain->state = DRAIN_DONE;
    LOG(INFO, "drained", LOG_BOOL("all_gone", gone));
    drain->settings.on_done(drain->settings.owner);
}

static void begin_closing(struct drain *drain, uint64_t now)
{
    struct list *sessions = &drain->settings.hub->sessions;
    struct parties parties;

    drain->state = DRAIN_CLOSING;
    drain->closing_since = now;
    drain->settings.on_closing(drain->settings.owner);
    sort_out(sessions, &parties);
    LOG(INFO, "closing clients", LOG_UINT("told_to_move", count(&parties.movers)),
        LOG_UINT("others", count(&parties.others)),
        LOG_UINT("within_ms", drain->settings.spread_ms));
    plan_closes(drain, &parties.others);
    tell_movers(drain, &parties.movers);
    line_up(sessions, &parties);
}

static void on_step(struct wheel_timer *timer)
{
    struct drain *drain = CONTAINER_OF(timer, struct drain, step);
    uint64_t now = clock_now();

    if (drain->state == DRAIN_WAITING)
        begin_closing(drain, now);

    if (drain->state == DRAIN_CLOSING)
        go_on_closing(drain, now - drain->closing_since);

    if (drain->state == DRAIN_LEAVING)
        go_on_leaving(drain, now);

    if (drain->state != DRAIN_DONE)
        wait_until(drain, now); /* the next tick */
}

/* ---- its life ---- */

void drain_free(struct drain *drain)
{
    if (!drain)
        return;

    wheel_cancel(drain->settings.wheel, &drain->step);
    free(drain);
}

struct drain *drain_new(const struct drain_settings *settings)
{
    struct drain *drain = calloc(1, sizeof *drain);

    if (!drain)
        return NULL;

    drain->settings = *settings;
    drain->last_step = UINT64_MAX;
    wheel_timer_init(&drain->step, on_step);

    return drain;
}

void drain_set_times(struct drain *drain, uint64_t delay_ms, uint64_t spread_ms)
{
    if (drain->state != DRAIN_SERVING)
        return;

    drain->settings.delay_ms = delay_ms;
    drain->settings.spread_ms = spread_ms;
}

void drain_begin(struct drain *drain)
{
    if (drain->state != DRAIN_SERVING)
        return;

    drain->state = DRAIN_WAITING;
    wait_until(drain, clock_now() + drain->settings.delay_ms);
}

void drain_hasten(struct drain *drain)
{
    if (drain->state > DRAIN_CLOSING)
        return;

    drain->settings.spread_ms = 0;
    if (drain->state < DRAIN_CLOSING)
        begin_closing(drain, clock_now());
    else
        go_on_closing(drain, UINT64_MAX);

    wait_until(drain, clock_now());
}

bool drain_begun(const struct drain *drain)
{
    return drain->state != DRAIN_SERVING;
}
