#include "relay/census.h"

#include "base/clock.h"
#include "relay/census_inside.h"

#include <errno.h>

static void on_grace_over(struct wheel_timer *timer);

void census_changed(struct census *census)
{
    census->settings->on_change(census);
}

static void on_later(struct wheel_timer *timer)
{
    census_changed(CONTAINER_OF(timer, struct census, later));
}

static void on_refresh(struct wheel_timer *timer)
{
    struct census *census = CONTAINER_OF(timer, struct census, refresh);

    census->stale = census->written > 0;
    census_changed(census);
}

void census_init(struct census *census, const struct census_settings *settings, struct span room)
{
    *census = (struct census){.settings = settings, .room = room};
    list_init(&census->ready);
    roster_init(&census->roster);
    wheel_timer_init(&census->later, on_later);
    wheel_timer_init(&census->refresh, on_refresh);
}

/* It does not speak for others any more. */
static void silence(struct census *census, const struct presence *presence)
{
    census->unvoiced |= voices_have(&census->voices, presence);
    voices_remove(&census->voices, presence);
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
    wheel_cancel(census->settings->wheel, &census->refresh);
    for (size_t i = 0; i < PLACES; i++) {
        LIST_FOR_EACH (node, &census->roster.places[i])
            wheel_cancel(census->settings->wheel,
                         &CONTAINER_OF(node, struct presence, node)->grace);
    }

    roster_dispose(&census->roster);
}

static void set_standing(struct census *census, struct presence *presence, enum standing is)
{
    census->count = census->count + standing_counts(is) - standing_counts(presence->is);
    presence->is = is;
    if (is == STANDING_AWAY)
        wheel_add(census->settings->wheel, &presence->grace,
                  clock_now() + census->settings->leave_grace_ms);
    else
        wheel_cancel(census->settings->wheel, &presence->grace);
}

void census_answer(struct census *census, struct presence *presence)
{
    list_move_all(&census->ready, &presence->waiting);
}

void census_review(struct census *census, struct presence *presence)
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
    if (presence->told == STANDING_HERE) {
        presence_hush_join(presence);
        census_answer(census, presence);
    }

    if (!telling.needed && presence->is == STANDING_NOWHERE && presence->sockets == 0)
        discard(census, presence);
}

static void on_grace_over(struct wheel_timer *timer)
{
    struct presence *presence = CONTAINER_OF(timer, struct presence, grace);
    struct census *census = presence->census;

    set_standing(census, presence, STANDING_NOWHERE);
    census_review(census, presence);
    census_changed(census);
}

bool census_is_big(const struct census *census)
{
    return census_online(census) > census->settings->big_room;
}

/* Will the census be answered soon, and is it worth waiting for? */
static bool worth_waiting(const struct census *census, const struct presence *presence)
{
    bool told = presence->told == STANDING_HERE && presence->place != PLACE_IN_CALL;

    return !told && !census_is_big(census) && census->settings->broker->state == BROKER_UP &&
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
    struct presence *presence = roster_find(&census->roster, visitor->uid);

    if (!presence)
        presence = add(census, visitor);
    if (!presence)
        return -ENOMEM;

    presence_renew(presence, visitor);
    presence->sockets++;
    set_standing(census, presence, STANDING_HERE);
    census_review(census, presence);
    visit->presence = presence;
    list_append(&presence->visits, &visit->sibling);
    list_append(worth_waiting(census, presence) ? &presence->waiting : &census->ready,
                &visit->node);
    census_changed(census);

    return 0;
}

void census_leave(struct visit *visit, enum leaving leaving)
{
    struct presence *presence = visit->presence;
    struct census *census = presence->census;
    bool may_return =
        leaving == LEAVING_LOST && presence->uid_size > 0 && census->settings->leave_grace_ms > 0;

    list_remove(&visit->node);
    list_remove(&visit->sibling);
    visit->presence = NULL;
    if (--presence->sockets > 0)
        return;

    if (presence->is != STANDING_NOWHERE) /* else another worker has it */
        set_standing(census, presence, may_return ? STANDING_AWAY : STANDING_NOWHERE);
    census_review(census, presence);
    census_changed(census);
}

void census_give_up(struct census *census, struct presence *presence, bool sure)
{
    set_standing(census, presence, STANDING_NOWHERE);
    census_answer(census, presence);
    presence->known = false;
    if (presence->sockets > 0)
        census->settings->on_taken(census, presence_uid(presence));

    if (sure) {
        census->told_count -= standing_counts(presence->told);
        presence_forget_told(presence);
    }

    census_review(census, presence);
}

void census_let_go(struct census *census, struct span uid)
{
    struct presence *presence = roster_find(&census->roster, uid);

    if (!presence || !presence_on_taken(presence, clock_now()))
        return;

    /* That it was lost may have been heard after it had returned and left again. */
    census_give_up(census, presence, presence->told != STANDING_AWAY);
    census_changed(census);
}

/* Sockets of it that have stayed here count again. */
static void take_back(struct census *census, struct presence *presence)
{
    presence->maybe_taken = false;
    if (presence->sockets == 0 || presence->is != STANDING_NOWHERE)
        return;

    presence->known = true;
    set_standing(census, presence, STANDING_HERE);
    census_review(census, presence);
    census_changed(census);
}

void census_on_echo(struct census *census, struct span uid, uint64_t session)
{
    struct presence *presence = roster_find(&census->roster, uid);

    if (!presence)
        return;

    presence_on_echo(presence, session);
    take_back(census, presence); /* whoever took it did so before */
}

void census_take_back(struct census *census, struct span uid)
{
    struct presence *presence = roster_find(&census->roster, uid);

    if (presence)
        take_back(census, presence);
}

void census_heard(struct census *census, uint64_t online)
{
    uint64_t ours = census->asking ? census->asked_count : census->written;

    if (ours == CENSUS_UNWRITTEN)
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
        census_answer(census, CONTAINER_OF(node, struct presence, node));
}

void census_on_broker(struct census *census, enum broker_state state)
{
    backoff_reset(&census->backoff);
    wheel_cancel(census->settings->wheel, &census->later);
    census->round = 0;
    if (state == BROKER_UP && (census->told_count > 0 || census->written > 0))
        census->written = CENSUS_UNWRITTEN;

    if (state == BROKER_DOWN) {
        answer_all(census, PLACE_TO_TELL);
        answer_all(census, PLACE_IN_CALL);
    }

    census_changed(census);
}

bool census_idle(const struct census *census)
{
    return roster_empty(&census->roster) && !census->asking &&
           census->told_count == census->written;
}
