#include "relay/census.h"

#include "base/clock.h"
#include "relay/origin.h"

#include <errno.h>

#define UNWRITTEN UINT64_MAX /* no count: it has to be written */

static void on_grace_over(struct wheel_timer *timer);

static void changed(struct census *census)
{
    census->settings->on_change(census);
}

static void on_later(struct wheel_timer *timer)
{
    changed(CONTAINER_OF(timer, struct census, later));
}

void census_init(struct census *census, const struct census_settings *settings, struct span room)
{
    *census = (struct census){.settings = settings, .room = room};
    list_init(&census->ready);
    roster_init(&census->roster);
    wheel_timer_init(&census->later, on_later);
}

static unsigned counts(enum standing standing)
{
    return standing != STANDING_NOWHERE;
}

/* It has no announcement to make for others any more. */
static void silence(struct census *census, const struct presence *presence)
{
    struct presence **voices[] = {&census->now.join, &census->now.leave, &census->next.join,
                                  &census->next.leave};

    for (size_t i = 0; i < sizeof voices / sizeof voices[0]; i++) {
        if (*voices[i] == presence)
            *voices[i] = NULL;
    }
}

static void discard(struct census *census, struct presence *presence)
{
    wheel_cancel(census->settings->wheel, &presence->grace);
    silence(census, presence);
    roster_remove(&census->roster, presence);
    presence_free(presence);
}

void census_dispose(struct census *census)
{
    wheel_cancel(census->settings->wheel, &census->later);
    for (size_t i = 0; i < PLACES; i++) {
        LIST_FOR_EACH (node, &census->roster.places[i])
            wheel_cancel(census->settings->wheel,
                         &CONTAINER_OF(node, struct presence, node)->grace);
    }

    roster_dispose(&census->roster);
}

static void set_standing(struct census *census, struct presence *presence, enum standing is)
{
    census->count = census->count + counts(is) - counts(presence->is);
    presence->is = is;
    if (is == STANDING_AWAY)
        wheel_add(census->settings->wheel, &presence->grace,
                  clock_now() + census->settings->leave_grace_ms);
    else
        wheel_cancel(census->settings->wheel, &presence->grace);
}

static void answer(struct census *census, struct presence *presence)
{
    list_move_all(&census->ready, &presence->waiting);
}

/* Something about it has changed: it is queued, or need not be, or can be forgotten. */
static void review(struct census *census, struct presence *presence)
{
    struct telling telling;

    if (presence->place == PLACE_IN_CALL)
        return; /* when it is over */

    /* Nobody heard that it came: nobody needs to hear that it went. */
    if (presence->told == STANDING_NOWHERE && presence->is == STANDING_AWAY)
        set_standing(census, presence, STANDING_NOWHERE);

    telling = presence_telling(presence);
    silence(census, presence);
    roster_move(&census->roster, presence, telling.needed ? PLACE_TO_TELL : PLACE_QUIET);
    if (telling.words == WORDS_JOIN)
        census->next.join = presence;
    if (telling.words == WORDS_LEAVE)
        census->next.leave = presence;

    if (presence->told == STANDING_HERE) {
        presence_drop_join(presence);
        answer(census, presence);
    }

    if (!telling.needed && presence->is == STANDING_NOWHERE && presence->sockets == 0)
        discard(census, presence);
}

static void on_grace_over(struct wheel_timer *timer)
{
    struct presence *presence = CONTAINER_OF(timer, struct presence, grace);
    struct census *census = presence->census;

    set_standing(census, presence, STANDING_NOWHERE);
    review(census, presence);
    changed(census);
}

static bool is_big(const struct census *census)
{
    return census_online(census) > census->settings->big_room;
}

/* Will the census be answered soon, and is it worth waiting for? */
static bool worth_waiting(const struct census *census, const struct presence *presence)
{
    bool told = presence->told == STANDING_HERE && presence->place != PLACE_IN_CALL;

    return !told && !is_big(census) && census->settings->broker->state == BROKER_UP &&
           census->backoff.limit_ms == 0;
}

static struct presence *add(struct census *census, const struct visitor *visitor)
{
    struct presence *presence = presence_new(census, visitor, on_grace_over);

    if (!presence)
        return NULL;

    if (roster_add(&census->roster, presence) != 0) {
        presence_free(presence);
        return NULL;
    }

    return presence;
}

int census_enter(struct census *census, struct visit *visit, const struct visitor *visitor)
{
    struct presence *known = roster_find(&census->roster, visitor->uid);
    struct presence *presence = known ? known : add(census, visitor);

    if (!presence)
        return -ENOMEM;

    if (presence_renew(presence, visitor) != 0) {
        if (!known)
            discard(census, presence);
        return -ENOMEM;
    }

    presence->sockets++;
    set_standing(census, presence, STANDING_HERE);
    review(census, presence);
    visit->presence = presence;
    list_append(worth_waiting(census, presence) ? &presence->waiting : &census->ready,
                &visit->node);
    changed(census);

    return 0;
}

void census_leave(struct visit *visit, enum leaving leaving)
{
    struct presence *presence = visit->presence;
    struct census *census = presence->census;
    bool may_return =
        leaving == LEAVING_LOST && presence->uid_size > 0 && census->settings->leave_grace_ms > 0;

    list_remove(&visit->node);
    visit->presence = NULL;
    if (--presence->sockets > 0)
        return;

    if (presence->is != STANDING_NOWHERE) /* else another worker has it */
        set_standing(census, presence, may_return ? STANDING_AWAY : STANDING_NOWHERE);
    review(census, presence);
    changed(census);
}

/* Counted by another worker: here it is nobody any more. */
static void let_go(struct census *census, struct presence *presence)
{
    census->told_count -= counts(presence->told);
    presence->told = STANDING_NOWHERE;
    presence->before = STANDING_NOWHERE;
    set_standing(census, presence, STANDING_NOWHERE);
    roster_forget_uid(&census->roster, presence);
    answer(census, presence);
    review(census, presence);
}

void census_let_go(struct census *census, struct span uid)
{
    struct presence *presence = roster_find(&census->roster, uid);

    if (!presence)
        return;

    if (presence->place == PLACE_IN_CALL && presence->told == STANDING_HERE) {
        presence->maybe_taken = true; /* which came first? the answer says */
        return;
    }

    if (presence->is == STANDING_HERE && presence->told != STANDING_HERE)
        return; /* ours is the later one, it has yet to be told */

    let_go(census, presence);
    changed(census);
}

void census_heard(struct census *census, uint64_t online)
{
    uint64_t ours = census->asking ? census->asked_count : census->written;

    if (ours == UNWRITTEN)
        ours = census->told_count;
    census->others = online > ours ? online - ours : 0;
}

uint64_t census_online(const struct census *census)
{
    return census->others + census->count;
}

static void answer_all(struct census *census, enum place place)
{
    LIST_FOR_EACH (node, &census->roster.places[place])
        answer(census, CONTAINER_OF(node, struct presence, node));
}

void census_on_broker(struct census *census, enum broker_state state)
{
    backoff_reset(&census->backoff);
    wheel_cancel(census->settings->wheel, &census->later);
    census->round = 0;
    if (state == BROKER_UP && (census->told_count > 0 || census->written > 0))
        census->written = UNWRITTEN;

    if (state == BROKER_DOWN) {
        answer_all(census, PLACE_TO_TELL);
        answer_all(census, PLACE_IN_CALL);
    }

    changed(census);
}

static void refused(struct census *census, const struct broker_status *status)
{
    census->round = 0;
    wheel_add(census->settings->wheel, &census->later,
              clock_now() + backoff_next(&census->backoff));
    if (!refusal_traits(status->refusal)->retry) {
        census->muted = true;
        census->settings->on_refused(census, status);
    }
}

/* One of those in the call that is over. */
static void settle(struct census *census, struct presence *presence, bool done, bool returning)
{
    bool taken = done && presence->maybe_taken && !returning;

    if (!done) {
        census->told_count = census->told_count + counts(presence->before) - counts(presence->told);
        answer(census, presence); /* with what is known */
    }

    presence_end_telling(presence, done);
    roster_move(&census->roster, presence, PLACE_QUIET);
    if (taken)
        let_go(census, presence);
    else
        review(census, presence);
}

static void on_counted(void *arg, const struct broker_status *status,
                       const struct broker_counted *counted)
{
    struct census *census = arg;
    bool done = status->refusal == REFUSAL_NONE;
    struct presence *presence;

    census->asking = false;
    if (done) {
        backoff_reset(&census->backoff);
        census->muted = false;
        census->written = census->asked_count;
        census_heard(census, counted->online);
    } else {
        refused(census, status);
    }

    for (size_t i = 0; (presence = roster_first(&census->roster, PLACE_IN_CALL)); i++)
        settle(census, presence, done, done && counted->returning[i]);

    changed(census);
}

/* In a big room only the last one of a round speaks. */
static bool may_speak(const struct census *census, const struct presence *presence, bool big)
{
    return !census->muted &&
           (!big || presence == census->now.join || presence == census->now.leave);
}

static void tell(struct census *census, struct presence *presence, struct census_item *item,
                 struct span origin)
{
    struct telling telling = presence_telling(presence);
    enum words words = may_speak(census, presence, is_big(census)) ? telling.words : WORDS_NONE;

    *item = (struct census_item){
        .verb = telling.verb,
        .uid = presence_uid(presence),
        .announcement = presence_words(presence, words),
        .origin = origin,
    };
    census->told_count = census->told_count + counts(presence->is) - counts(presence->told);
    silence(census, presence);
    presence_begin_telling(presence);
    roster_move(&census->roster, presence, PLACE_IN_CALL);
}

static void ask(struct census *census)
{
    struct census_item items[CENSUS_MAX_ITEMS];
    struct broker_census call = {
        .room = census->room, .grace_ms = census->settings->leave_grace_ms, .items = items};

    while (call.n_items < CENSUS_MAX_ITEMS && census->round > 0 && census->roster.n_to_tell > 0) {
        struct presence *presence = roster_first(&census->roster, PLACE_TO_TELL);
        struct span origin = origin_text(census->settings->origin, call.n_items, presence->session);

        tell(census, presence, &items[call.n_items++], origin);
        census->round--;
    }

    call.count = census->told_count;
    census->asked_count = census->told_count;
    census->asking = true;
    broker_census(census->settings->broker, &call, on_counted, census);
}

static void begin_round(struct census *census)
{
    census->round = census->roster.n_to_tell;
    census->now = census->next;
    census->next = (struct voices){NULL, NULL};
    if (is_big(census))
        wheel_add(census->settings->wheel, &census->later, clock_now() + census->settings->tick_ms);
}

void census_attend(struct census *census)
{
    bool anything = census->roster.n_to_tell > 0 || census->told_count != census->written;

    if (census->roster.n_to_tell == 0)
        census->round = 0;
    if (!anything || census->asking || census->settings->broker->state == BROKER_DOWN)
        return;

    if (census->round == 0) {
        if (wheel_pending(&census->later))
            return;
        begin_round(census);
    }

    ask(census);
}

bool census_idle(const struct census *census)
{
    return roster_empty(&census->roster) && !census->asking &&
           census->told_count == census->written;
}
