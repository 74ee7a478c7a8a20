#include "base/buffer.h"
#include "base/clock.h"
#include "relay/census_inside.h"
#include "relay/crowd.h"
#include "relay/origin.h"

static void refused(struct census *census, const struct broker_status *status)
{
    census->round = 0;
    census->stale |= census->written > 0 && census->settings->refresh_ms > 0;
    wheel_add(census->settings->wheel, &census->later,
              clock_now() + backoff_next(&census->backoff));
    if (status->refusal == REFUSAL_TIMEOUT)
        census->written = CENSUS_UNWRITTEN;
    if (!refusal_traits(status->refusal)->retry) {
        census->muted = true;
        census->settings->on_refused(census, status);
    }
}

/* One of those in the call that is over. */
static void settle(struct census *census, struct presence *presence, enum told how)
{
    enum standing told = presence->told;
    bool taken = presence_end_telling(presence, how);

    census->told_count =
        census->told_count + standing_counts(presence->told) - standing_counts(told);
    roster_move(&census->roster, presence, PLACE_QUIET);
    if (how == TOLD_REFUSED || how == TOLD_PERHAPS)
        census_answer(census, presence); /* with what is known */

    if (taken)
        census_give_up(census, presence, false);
    else
        census_review(census, presence);
}

/* Nobody else says that these viewers are still here, once they have all come. */
static void expect_refresh(struct census *census)
{
    const struct census_settings *settings = census->settings;

    if (settings->refresh_ms > 0 && census->written > 0)
        wheel_add(settings->wheel, &census->refresh, clock_now() + settings->refresh_ms);
    else
        wheel_cancel(settings->wheel, &census->refresh);
}

static void on_counted(void *arg, const struct broker_status *status,
                       const struct broker_counted *counted)
{
    struct census *census = arg;
    enum told how = status->refusal == REFUSAL_TIMEOUT ? TOLD_PERHAPS : TOLD_REFUSED;
    struct presence *presence;

    census->asking = false;
    if (status->refusal == REFUSAL_NONE) {
        how = TOLD_DONE;
        backoff_reset(&census->backoff);
        census->muted = false;
        census->written = census->asked_count;
        expect_refresh(census);
        census_heard(census, counted->online);
    } else {
        refused(census, status);
    }

    for (size_t i = 0; (presence = roster_first(&census->roster, PLACE_IN_CALL)); i++) {
        bool returning = how == TOLD_DONE && counted->returning[i];

        settle(census, presence, returning ? TOLD_DONE_RETURNING : how);
    }

    census_changed(census);
}

/* In a big room only the last one of a round speaks. */
static bool may_speak(const struct census *census, const struct presence *presence, bool big)
{
    return !census->muted && (!big || voices_have(&census->voices, presence));
}

/* "A and 127 others": the last of those who came in this round speaks for them all. */
static struct span speak_for_all(struct census *census, struct span join)
{
    struct buffer *out = census->settings->announcement;
    uint64_t all = (uint64_t)census->came + 1;

    census->came = 0;
    if (all == 1 || join.size == 0)
        return join;

    buffer_clear(out);
    buffer_add(out, join.data, join.size - 1); /* an object, reopened */
    buffer_add_text(out, ",\"count\":");
    buffer_add_u64(out, all);
    buffer_add_char(out, '}');

    return buffer_status(out) == 0 ? buffer_span(out) : join;
}

static struct span announcement_of(struct census *census, struct presence *presence,
                                   enum words wanted)
{
    bool big = census_is_big(census);
    enum words words = may_speak(census, presence, big) ? wanted : WORDS_NONE;
    struct span text = presence_words(presence, words);

    if (big && words == WORDS_JOIN)
        return speak_for_all(census, text);

    if (wanted == WORDS_JOIN && words == WORDS_NONE)
        census->came++;

    return text;
}

static void tell(struct census *census, struct presence *presence, struct census_item *item,
                 struct span origin)
{
    struct telling telling = presence_telling(presence);

    *item = (struct census_item){
        .verb = telling.verb,
        .uid = presence_uid(presence),
        .announcement = announcement_of(census, presence, telling.words),
        .origin = origin,
    };
    census->told_count =
        census->told_count + standing_counts(presence->is) - standing_counts(presence->told);
    voices_remove(&census->voices, presence);
    presence_begin_telling(presence, item->announcement.size > 0, clock_now());
    roster_move(&census->roster, presence, PLACE_IN_CALL);
}

/* The last of those in the round who came, and of those who left. */
static void choose_voices(struct census *census)
{
    size_t left = census->round;

    census->unvoiced = false;
    census->voices = (struct voices){NULL, NULL};
    LIST_FOR_EACH (node, &census->roster.places[PLACE_TO_TELL]) {
        struct presence *presence = CONTAINER_OF(node, struct presence, node);
        enum words words = presence_telling(presence).words;

        if (left-- == 0)
            break;
        if (presence_speaks(presence, words))
            voices_add(&census->voices, presence, words);
    }
}

static void ask(struct census *census)
{
    struct census_item items[CENSUS_MAX_ITEMS];
    struct broker_census call = {
        .room = census->room, .grace_ms = census->settings->leave_grace_ms, .items = items};

    if (census->unvoiced)
        choose_voices(census);

    while (call.n_items < CENSUS_MAX_ITEMS && census->round > 0 && census->roster.n_to_tell > 0) {
        struct presence *presence = roster_first(&census->roster, PLACE_TO_TELL);
        struct span origin = origin_text(census->settings->origin, call.n_items, presence->session);

        tell(census, presence, &items[call.n_items++], origin);
        census->round--;
    }

    call.count = census->told_count;
    census->asked_count = census->told_count;
    census->asking = true;
    census->stale = false;
    broker_census(census->settings->broker, &call, on_counted, census);
}

static void begin_round(struct census *census)
{
    census->round = census->roster.n_to_tell;
    census->came = 0;
    choose_voices(census);
    if (census_is_big(census))
        wheel_add(census->settings->wheel, &census->later,
                  clock_now() + crowd_tick_ms(census->settings->tick_ms, census_online(census)));
}

void census_attend(struct census *census)
{
    bool anything =
        census->roster.n_to_tell > 0 || census->told_count != census->written || census->stale;
    bool possible = !census->paused && census->settings->broker->state == BROKER_UP;

    if (census->roster.n_to_tell == 0)
        census->round = 0;
    if (!anything || !possible || census->asking)
        return;

    if (census->round == 0) {
        if (wheel_pending(&census->later))
            return;
        begin_round(census);
    }

    ask(census);
}
