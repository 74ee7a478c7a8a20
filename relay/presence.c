#include "relay/presence.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* [what was told][what is] */
static const struct telling tellings[4][3] = {
    [STANDING_NOWHERE] = {[STANDING_HERE] = {true, CENSUS_ENTER, WORDS_JOIN}},
    [STANDING_HERE] = {[STANDING_NOWHERE] = {true, CENSUS_LEAVE, WORDS_LEAVE},
                       [STANDING_AWAY] = {true, CENSUS_LOST, WORDS_NONE}},
    [STANDING_AWAY] = {[STANDING_NOWHERE] = {true, CENSUS_EXPIRE, WORDS_LEAVE},
                       [STANDING_HERE] = {true, CENSUS_ENTER, WORDS_JOIN}},
    [STANDING_UNKNOWN] = {[STANDING_NOWHERE] = {true, CENSUS_LEAVE, WORDS_LEAVE},
                          [STANDING_HERE] = {true, CENSUS_ENTER, WORDS_JOIN},
                          [STANDING_AWAY] = {true, CENSUS_LOST, WORDS_NONE}},
};

void presence_free(struct presence *presence)
{
    if (!presence)
        return;

    bytes_release(presence->join);
    bytes_release(presence->leave);
    free(presence);
}

struct presence *presence_new(struct census *census, const struct visitor *visitor,
                              void (*on_grace_over)(struct wheel_timer *timer))
{
    struct presence *presence = calloc(1, sizeof *presence + visitor->uid.size);

    if (!presence)
        return NULL;

    presence->census = census;
    presence->uid_size = visitor->uid.size;
    if (visitor->uid.size > 0)
        memcpy(presence->uid, visitor->uid.data, visitor->uid.size);
    list_node_init(&presence->node);
    list_init(&presence->waiting);
    wheel_timer_init(&presence->grace, on_grace_over);

    return presence;
}

int presence_renew(struct presence *presence, const struct visitor *visitor)
{
    struct bytes *join = NULL;
    struct bytes *leave = NULL;

    if (visitor->join.size > 0)
        join = bytes_copy(visitor->join.data, visitor->join.size);
    if (visitor->leave.size > 0)
        leave = bytes_copy(visitor->leave.data, visitor->leave.size);

    if ((!join && visitor->join.size > 0) || (!leave && visitor->leave.size > 0)) {
        bytes_release(join);
        bytes_release(leave);
        return -ENOMEM;
    }

    bytes_release(presence->join);
    bytes_release(presence->leave);
    presence->join = join;
    presence->leave = leave;
    presence->session = visitor->session;

    return 0;
}

struct telling presence_telling(const struct presence *presence)
{
    return tellings[presence->told][presence->is];
}

struct span presence_words(const struct presence *presence, enum words words)
{
    const struct bytes *text = NULL;

    if (words == WORDS_JOIN && !presence->known)
        text = presence->join;
    if (words == WORDS_LEAVE && presence->known)
        text = presence->leave;

    return text ? span_make(text->data, text->size) : SPAN_NONE;
}

void presence_begin_telling(struct presence *presence, bool aloud, uint64_t now_ms)
{
    presence->before = presence->told;
    presence->told = presence->is;
    presence->aloud = aloud;
    if (presence->told == STANDING_HERE) {
        presence->echo = presence->session;
        presence->maybe_taken = false;
        presence->asked_ms = now_ms;
    }
}

static void echo_is_over(struct presence *presence)
{
    presence->echo = 0;
    presence->maybe_taken = false;
}

bool presence_end_telling(struct presence *presence, enum told how)
{
    bool entering = presence->told == STANDING_HERE;
    bool has_echo = how == TOLD_DONE_RETURNING || (how == TOLD_DONE && presence->aloud);
    bool taken;

    if (how == TOLD_REFUSED)
        presence->told = presence->before;
    if (how == TOLD_PERHAPS)
        presence->told = STANDING_UNKNOWN;
    if (presence->told == STANDING_HERE || presence->told == STANDING_NOWHERE)
        presence->known = presence->told == STANDING_HERE;
    if (!entering || has_echo)
        return false;

    /* The channel will not tell which of two was the first.  The answer nearly does: whoever
     * announced a return while ours was not one came after us. */
    taken = how == TOLD_DONE && presence->maybe_taken;
    echo_is_over(presence);

    return taken;
}

void presence_forget_told(struct presence *presence)
{
    presence->told = STANDING_NOWHERE;
    presence->before = STANDING_NOWHERE;
}

void presence_on_echo(struct presence *presence, uint64_t session)
{
    presence->maybe_taken = false; /* an entering of ours, whichever it was, came later */
    if (presence->echo == session)
        presence->echo = 0;
}

bool presence_on_taken(struct presence *presence, uint64_t now_ms)
{
    if (presence->is == STANDING_HERE && presence->told != STANDING_HERE)
        return false; /* ours has yet to be told: it will be the later one */

    if (now_ms - presence->asked_ms >= BROKER_DEADLINE_MS)
        presence->echo = 0; /* what has not come by now was lost */

    presence->maybe_taken = presence->echo > 0;

    return !presence->maybe_taken;
}

void presence_drop_join(struct presence *presence)
{
    bytes_release(presence->join);
    presence->join = NULL;
}
